/**
 * A VRRP advert as bytes behind the IP header: VRRPv2 RFC 3768 5.1 with the authentication data of RFC 2338
 * 5.3.10, which keepalived still sends and wants (2.3.4 `vrrp.c:vrrp_build_vrrp_v2`); VRRPv3 RFC 9568 5.1.
 */
import { MICROSECONDS_PER_SECOND, type Us } from "../../../core/time.ts";

export interface AdvertFields {
  readonly version: 2 | 3;
  /** Counts in the checksum of version 3 (RFC 9568 5.2.8). */
  readonly source: string;
  readonly vrid: number;
  readonly priority: number;
  readonly addresses: readonly string[];
  readonly advertIntUs: Us;
  /** Version 2, `auth_type PASS`. */
  readonly password?: string;
}

const GROUP = "224.0.0.18";
const PROTOCOL = 112;
const ADVERTISEMENT = 1;
const AUTH_BYTES = 8;
const CENTISECOND_US = 10_000;

export function advertBytes(fields: AdvertFields): Uint8Array {
  const body = fields.version === 2 ? bodyOfVersion2(fields) : bodyOfVersion3(fields);
  const before = fields.version === 2 ? [] : pseudoHeader(fields.source, body.length);
  const sum = checksum([...before, ...body]);
  body[6] = sum >> 8;
  body[7] = sum & 0xff;
  return Uint8Array.from(body);
}

function bodyOfVersion2(fields: AdvertFields): number[] {
  const { vrid, priority, addresses, advertIntUs, password } = fields;
  const text = [...new TextEncoder().encode(password ?? "")].slice(0, AUTH_BYTES);
  const secret = Array.from({ length: AUTH_BYTES }, (_, index) => text[index] ?? 0);
  const seconds = Math.round(advertIntUs / MICROSECONDS_PER_SECOND);
  return [
    (2 << 4) | ADVERTISEMENT,
    vrid,
    priority,
    addresses.length,
    password === undefined ? 0 : 1,
    seconds,
    0,
    0,
    ...addresses.flatMap(octets),
    ...secret,
  ];
}

function bodyOfVersion3(fields: AdvertFields): number[] {
  const { vrid, priority, addresses, advertIntUs } = fields;
  const centiseconds = Math.round(advertIntUs / CENTISECOND_US);
  return [
    (3 << 4) | ADVERTISEMENT,
    vrid,
    priority,
    addresses.length,
    (centiseconds >> 8) & 0x0f,
    centiseconds & 0xff,
    0,
    0,
    ...addresses.flatMap(octets),
  ];
}

function pseudoHeader(source: string, length: number): number[] {
  return [...octets(source), ...octets(GROUP), 0, PROTOCOL, length >> 8, length & 0xff];
}

function octets(address: string): number[] {
  return address.split(".").map(Number);
}

/** One's complement of the one's complement sum of all 16-bit words (RFC 1071). */
function checksum(bytes: readonly number[]): number {
  let sum = 0;
  bytes.forEach((byte, index) => {
    sum += index % 2 === 0 ? byte << 8 : byte;
  });
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
