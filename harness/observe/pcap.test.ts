import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pcapReader, type CapturedPacket } from "./pcap.ts";

/** Tool, version and command: fixtures/README.md. */
const CAPTURE = new Uint8Array(readFileSync(join(import.meta.dirname, "fixtures/segment.pcap")));
const WHOLE = pcapReader().push(CAPTURE);

const HEADER_BYTES = 24;
const RECORD_BYTES = 16;

/** The same capture as another machine would have written it. */
function rewritten(variant: { littleEndian: boolean; nanoseconds: boolean }): Uint8Array {
  const { littleEndian, nanoseconds } = variant;
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  header.setUint32(0, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, littleEndian);
  const records = WHOLE.map(({ epochUs, bytes }) => {
    const record = new DataView(new ArrayBuffer(RECORD_BYTES));
    const fraction = epochUs % 1_000_000;
    record.setUint32(0, Math.floor(epochUs / 1_000_000), littleEndian);
    record.setUint32(4, nanoseconds ? fraction * 1000 + 999 : fraction, littleEndian);
    record.setUint32(8, bytes.length, littleEndian);
    return Buffer.concat([new Uint8Array(record.buffer), bytes]);
  });
  return Buffer.concat([new Uint8Array(header.buffer), ...records]);
}

function readInPieces(bytes: Uint8Array, sizes: readonly number[]): CapturedPacket[] {
  const reader = pcapReader();
  const packets: CapturedPacket[] = [];
  let offset = 0;
  for (const size of sizes) {
    packets.push(...reader.push(bytes.subarray(offset, offset + size)));
    offset += size;
  }
  return [...packets, ...reader.push(bytes.subarray(offset))];
}

describe("pcapReader", () => {
  it("reads every packet of a capture by tcpdump, with the kernel's stamps", () => {
    expect({
      count: WHOLE.length,
      first: WHOLE[0]?.epochUs,
      last: WHOLE.at(-1)?.epochUs,
      longest: Math.max(...WHOLE.map((packet) => packet.bytes.length)),
    }).toMatchInlineSnapshot(`
      {
        "count": 44,
        "first": 1795244417427617,
        "last": 1795244427368076,
        "longest": 98,
      }
    `);
  });

  it("gives the same packets however the bytes arrive", () => {
    const anySizes = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 60 });
    fc.assert(
      fc.property(anySizes, (sizes) => {
        expect(readInPieces(CAPTURE, sizes)).toEqual(WHOLE);
      }),
    );
  });

  it("gives the same packets byte by byte", () => {
    expect(
      readInPieces(
        CAPTURE,
        Array.from(CAPTURE, () => 1),
      ),
    ).toEqual(WHOLE);
  });

  it.each([
    { littleEndian: true, nanoseconds: false },
    { littleEndian: true, nanoseconds: true },
    { littleEndian: false, nanoseconds: false },
    { littleEndian: false, nanoseconds: true },
  ])("reads the same from a capture in another form: %o", (variant) => {
    expect(pcapReader().push(rewritten(variant))).toEqual(
      WHOLE.map(({ epochUs, bytes }) => ({ epochUs, bytes: new Uint8Array(bytes) })),
    );
  });

  it("keeps quiet about a last packet that is not whole yet", () => {
    fc.assert(
      fc.property(fc.nat(CAPTURE.length), (cut) => {
        const packets = pcapReader().push(CAPTURE.subarray(0, cut));
        expect(packets).toEqual(WHOLE.slice(0, packets.length));
      }),
    );
  });

  it("refuses what is no capture", () => {
    expect(() =>
      pcapReader().push(new TextEncoder().encode("tcpdump: eth0: no such device")),
    ).toThrow(expect.objectContaining({ code: "PCAP_UNREADABLE" }));
  });
});
