import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFrame, type Packet } from "./packets.ts";
import { pcapReader } from "./pcap.ts";

/** Tool, version and command: fixtures/README.md. */
const FRAMES = pcapReader()
  .push(new Uint8Array(readFileSync(join(import.meta.dirname, "fixtures/segment.pcap"))))
  .map((packet) => packet.bytes);

const anyFrame = fc.constantFrom(...FRAMES);

function words(packet: Packet | undefined): string {
  if (packet === undefined) return "(not followed)";
  switch (packet.kind) {
    case "vrrp":
      return `VRRPv${packet.version} ${packet.source} vrid ${packet.vrid} prio ${packet.priority} ${packet.addresses.join()} from ${packet.sourceMac}`;
    case "arp":
      return `ARP ${packet.operation} ${packet.senderAddress} (${packet.senderMac}) about ${packet.targetAddress}`;
    case "echo":
      return `echo ${packet.source} > ${packet.target}`;
    case "tcp":
      return `TCP ${packet.flag} ${packet.source}:${packet.sourcePort} > ${packet.target}:${packet.targetPort} from ${packet.sourceMac}`;
  }
}

describe("decodeFrame", () => {
  it("reads a take-over as tcpdump shows it", () => {
    const lines = FRAMES.map(decodeFrame).map(words);
    expect(lines.filter((line, index) => line !== lines[index - 1])).toMatchInlineSnapshot(`
      [
        "echo 198.18.91.12 > 224.0.0.18",
        "echo 198.18.91.11 > 224.0.0.18",
        "ARP request 198.18.91.11 (02:42:c6:12:5b:0b) about 198.18.91.12",
        "echo 198.18.91.12 > 224.0.0.18",
        "echo 198.18.91.11 > 224.0.0.18",
        "echo 198.18.91.12 > 224.0.0.18",
        "echo 198.18.91.11 > 224.0.0.18",
        "echo 198.18.91.12 > 224.0.0.18",
        "echo 198.18.91.11 > 224.0.0.18",
        "echo 198.18.91.12 > 224.0.0.18",
        "VRRPv2 198.18.91.11 vrid 180 prio 101 198.18.91.100 from 02:42:c6:12:5b:0b",
        "ARP request 198.18.91.100 (02:42:c6:12:5b:0b) about 198.18.91.100",
        "ARP request 198.18.91.250 (02:42:c6:12:5b:fa) about 198.18.91.11",
        "ARP reply 198.18.91.11 (02:42:c6:12:5b:0b) about 198.18.91.250",
        "ARP request 198.18.91.250 (02:42:c6:12:5b:fa) about 198.18.91.12",
        "ARP reply 198.18.91.12 (02:42:c6:12:5b:0c) about 198.18.91.250",
        "ARP request 198.18.91.250 (02:42:c6:12:5b:fa) about 198.18.91.100",
        "ARP reply 198.18.91.100 (02:42:c6:12:5b:0b) about 198.18.91.250",
        "TCP syn 198.18.91.250:42618 > 198.18.91.100:3306 from 02:42:c6:12:5b:fa",
        "TCP syn-ack 198.18.91.100:3306 > 198.18.91.250:42618 from 02:42:c6:12:5b:0b",
        "TCP syn 198.18.91.250:42620 > 198.18.91.100:3306 from 02:42:c6:12:5b:fa",
        "TCP syn-ack 198.18.91.100:3306 > 198.18.91.250:42620 from 02:42:c6:12:5b:0b",
        "VRRPv2 198.18.91.11 vrid 180 prio 101 198.18.91.100 from 02:42:c6:12:5b:0b",
        "TCP syn 198.18.91.250:44068 > 198.18.91.100:3306 from 02:42:c6:12:5b:fa",
        "TCP syn-ack 198.18.91.100:3306 > 198.18.91.250:44068 from 02:42:c6:12:5b:0b",
        "TCP rst 198.18.91.100:3306 > 198.18.91.250:42620 from 02:42:c6:12:5b:0b",
        "TCP rst 198.18.91.100:3306 > 198.18.91.250:44068 from 02:42:c6:12:5b:0b",
        "VRRPv2 198.18.91.11 vrid 180 prio 101 198.18.91.100 from 02:42:c6:12:5b:0b",
        "VRRPv2 198.18.91.11 vrid 180 prio 0 198.18.91.100 from 02:42:c6:12:5b:0b",
        "ARP request 198.18.91.11 (02:42:c6:12:5b:0b) about 198.18.91.100",
        "VRRPv2 198.18.91.12 vrid 180 prio 99 198.18.91.100 from 02:42:c6:12:5b:0c",
        "ARP request 198.18.91.100 (02:42:c6:12:5b:0c) about 198.18.91.100",
        "VRRPv2 198.18.91.12 vrid 180 prio 99 198.18.91.100 from 02:42:c6:12:5b:0c",
      ]
    `);
  });

  it("never throws on a frame that was cut short", () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(200), (frame, length) => {
        expect(() => decodeFrame(frame.slice(0, length))).not.toThrow();
      }),
    );
  });

  it("reads nothing from less than it needs, and the same from all it needs", () => {
    for (const frame of FRAMES) {
      const whole = decodeFrame(frame);
      const seen = Array.from({ length: frame.length }, (_, length) =>
        decodeFrame(frame.slice(0, length)),
      ).filter((packet) => packet !== undefined);
      expect(seen.every((packet) => words(packet) === words(whole))).toBe(true);
    }
  });

  it("never throws on any bytes", () => {
    const anyBytes = fc.uint8Array({ maxLength: 80 });
    const header = FRAMES.map((frame) => frame.slice(0, 24));
    fc.assert(
      fc.property(fc.constantFrom(...header), anyBytes, (start, rest) => {
        expect(() => decodeFrame(Buffer.concat([start, rest]))).not.toThrow();
        expect(() => decodeFrame(rest)).not.toThrow();
      }),
    );
  });

  it("reads a frame that lies in the middle of a larger buffer", () => {
    const frame = FRAMES.find((bytes) => decodeFrame(bytes)?.kind === "vrrp")!;
    const buffer = new Uint8Array(frame.length + 20);
    buffer.set(frame, 7);
    expect(decodeFrame(buffer.subarray(7, 7 + frame.length))).toEqual(decodeFrame(frame));
  });
});
