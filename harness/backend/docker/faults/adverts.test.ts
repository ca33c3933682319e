/** What our own VRRP packets and rules look like, without an engine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../../../core/time.ts";
import { probesFor } from "../../../fault/vrrp/adverts-lost.ts";
import { decodeFrame } from "../../../observe/packets.ts";
import { pcapReader } from "../../../observe/pcap.ts";
import { advertBytes, type AdvertFields } from "./advert-bytes.ts";
import { delayCommands, packetsOf } from "./adverts-delayed.ts";
import { lossChains } from "./adverts-lost.ts";
import { announcementOf } from "./arp-filter.ts";

/** Behind Ethernet and an IP header without options, or with the router alert that keepalived sends. */
function captured(): { readonly bytes: Uint8Array; readonly body: Uint8Array }[] {
  const file = join(import.meta.dirname, "../../../observe/fixtures/segment.pcap");
  return pcapReader()
    .push(readFileSync(file))
    .map(({ bytes }) => ({ bytes, body: bytes.slice(14 + ((bytes[14] ?? 0) & 0x0f) * 4) }))
    .filter(({ bytes }) => decodeFrame(bytes)?.kind === "vrrp");
}

describe("an advert of ours", () => {
  it("is what keepalived 2.3.4 sends for the same fields, byte for byte", () => {
    const adverts = captured();
    expect(adverts.length).toBeGreaterThan(0);
    for (const { bytes, body } of adverts) {
      const packet = decodeFrame(bytes);
      if (packet?.kind !== "vrrp") continue;
      const { source, vrid, priority, addresses } = packet;
      const secret = new TextDecoder()
        .decode(body.slice(8 + 4 * addresses.length))
        .replace(/\0+$/, "");
      const ours = advertBytes({
        version: 2,
        source,
        vrid,
        priority,
        addresses,
        advertIntUs: seconds(1),
        ...(body[4] === 1 ? { password: secret } : {}),
      });
      expect(ours).toEqual(body.slice(0, ours.length));
    }
  });

  const fields: AdvertFields = {
    version: 3,
    source: "198.18.7.251",
    vrid: 51,
    priority: 255,
    addresses: ["198.18.7.100"],
    advertIntUs: milliseconds(250),
  };

  it("of version 3 has its interval in centiseconds, and sums up with its pseudo header", () => {
    const bytes = advertBytes(fields);
    expect(Array.from(bytes.slice(0, 6))).toEqual([0x31, 51, 255, 1, 0, 25]);
    const pseudo = [198, 18, 7, 251, 224, 0, 0, 18, 0, 112, 0, bytes.length];
    let sum = 0;
    for (const [index, byte] of pseudo.concat(Array.from(bytes)).entries()) {
      sum += index % 2 === 0 ? byte * 256 : byte;
    }
    while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
    expect(sum).toBe(0xffff);
  });

  it("carries at most eight bytes of a password", () => {
    const bytes = advertBytes({ ...fields, version: 2, password: "0123456789" });
    expect(new TextDecoder().decode(bytes.slice(-8))).toBe("01234567");
  });
});

describe("rules and queues", () => {
  it("drop adverts by chance, and count those that pass", () => {
    expect(lossChains(["in"], { kernel: "engine", spec: { interface: "eth0" } }, 0.25)).toEqual([
      {
        name: "in",
        hook: "type filter hook input priority 0;",
        rules: [
          'iifname "eth0" ip protocol 112 numgen random mod 1000000 < 250000 counter drop',
          'iifname "eth0" ip protocol 112 counter',
        ],
      },
    ]);
  });

  it("are probed often enough for both fates", () => {
    expect([0.01, 0.1, 0.5, 0.9].map(probesFor)).toEqual([917, 88, 14, 88]);
  });

  it("know an announcement by its two addresses", () => {
    expect(announcementOf("198.18.7.100")).toBe(
      "arp saddr ip 198.18.7.100 arp daddr ip 198.18.7.100",
    );
  });

  it("delay IP protocol 112 alone, in a band that nothing else gets into", () => {
    expect(delayCommands("eth0", 500_000)).toEqual([
      "tc qdisc add dev eth0 root handle 7d: prio bands 4 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1",
      "tc qdisc add dev eth0 parent 7d:4 handle 7e: netem delay 500000us limit 10000",
      "tc filter add dev eth0 parent 7d: protocol ip prio 1 u32 match ip protocol 112 0xff flowid 7d:4",
    ]);
  });

  it("count what has left the late queue and what waits in it", () => {
    const listing = [
      "qdisc prio 7d: root refcnt 9 bands 4 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1",
      " Sent 5000 bytes 50 pkt (dropped 0, overlimits 0 requeues 0) ",
      " backlog 0b 0p requeues 0",
      "qdisc netem 7e: parent 7d:4 limit 10000 delay 500ms",
      " Sent 162 bytes 3 pkt (dropped 0, overlimits 0 requeues 0) ",
      " backlog 54b 1p requeues 0",
    ].join("\n");
    expect(packetsOf(listing)).toBe(4);
    expect(packetsOf("qdisc noqueue 0: root refcnt 2 \n Sent 0 bytes 0 pkt")).toBeUndefined();
  });
});
