/**
 * A capture file read as it arrives: bytes in, whole packets out.
 *
 * Classic pcap in either byte order, micro- or nanosecond stamps (draft-ietf-opsawg-pcap).
 */
import { HarnessError } from "../core/errors.ts";

export interface CapturedPacket {
  /** Kernel's stamp, microseconds since the epoch. */
  readonly epochUs: number;
  readonly bytes: Uint8Array;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;

interface Format {
  readonly littleEndian: boolean;
  readonly nanoseconds: boolean;
}

export interface PcapReader {
  /** Packets completed by this chunk. Throws `PCAP_UNREADABLE` when it is no capture at all. */
  push(chunk: Uint8Array): CapturedPacket[];
}

export function pcapReader(): PcapReader {
  let rest = new Uint8Array(0);
  let format: Format | undefined;
  return {
    push(chunk) {
      rest = concat(rest, chunk);
      if (format === undefined) {
        if (rest.length < FILE_HEADER_BYTES) return [];
        format = readFormat(rest);
        rest = rest.slice(FILE_HEADER_BYTES);
      }
      const { packets, used } = readRecords(rest, format);
      rest = rest.slice(used);
      return packets;
    },
  };
}

function readFormat(bytes: Uint8Array): Format {
  const view = viewOf(bytes);
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic === MAGIC_MICROSECONDS) return { littleEndian, nanoseconds: false };
    if (magic === MAGIC_NANOSECONDS) return { littleEndian, nanoseconds: true };
  }
  throw new HarnessError("PCAP_UNREADABLE", "the capture does not start with a pcap header");
}

function readRecords(
  bytes: Uint8Array,
  format: Format,
): { packets: CapturedPacket[]; used: number } {
  const view = viewOf(bytes);
  const packets: CapturedPacket[] = [];
  let offset = 0;
  while (offset + RECORD_HEADER_BYTES <= bytes.length) {
    const seconds = view.getUint32(offset, format.littleEndian);
    const fraction = view.getUint32(offset + 4, format.littleEndian);
    const length = view.getUint32(offset + 8, format.littleEndian);
    const end = offset + RECORD_HEADER_BYTES + length;
    if (end > bytes.length) break;
    const microseconds = format.nanoseconds ? Math.floor(fraction / 1000) : fraction;
    packets.push({
      epochUs: seconds * 1_000_000 + microseconds,
      bytes: bytes.slice(offset + RECORD_HEADER_BYTES, end),
    });
    offset = end;
  }
  return { packets, used: offset };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a, 0);
  joined.set(b, a.length);
  return joined;
}
