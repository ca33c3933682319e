/** The decoders of text, line by line, on captured output: fixtures/README.md. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseClientLine } from "./client.ts";
import { parseAddressDump, parseMonitorLine } from "./netlink.ts";
import { parseSyslogLine } from "./syslog.ts";

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, "fixtures", name), "utf8");
const lines = (name: string): string[] => fixture(name).trimEnd().split("\n");

/** Every prefix of a line: what a torn read can leave. */
const prefixes = (line: string): string[] =>
  Array.from({ length: line.length }, (_, length) => line.slice(0, length));

describe("ip monitor", () => {
  it("says when an address came and went, in microseconds", () => {
    expect(lines("monitor-address.log").map(parseMonitorLine)).toMatchInlineSnapshot(`
      [
        {
          "action": "added",
          "address": "127.0.0.77",
          "epochUs": 1795244415277725,
          "interface": "lo",
          "kind": "address",
        },
        {
          "action": "removed",
          "address": "127.0.0.77",
          "epochUs": 1795244415280266,
          "interface": "lo",
          "kind": "address",
        },
        {
          "action": "added",
          "address": "198.18.91.100",
          "epochUs": 1795244421328100,
          "interface": "eth0",
          "kind": "address",
        },
        {
          "action": "removed",
          "address": "198.18.91.100",
          "epochUs": 1795244425750248,
          "interface": "eth0",
          "kind": "address",
        },
        {
          "action": "added",
          "address": "198.18.91.100",
          "epochUs": 1795244432213062,
          "interface": "eth0",
          "kind": "address",
        },
      ]
    `);
  });

  it("says what the kernel believes of its neighbours, and when it has given up", () => {
    const facts = lines("monitor-neighbour.log").map((line) => {
      const fact = parseMonitorLine(line);
      return fact?.kind === "neighbour" ? `${fact.address} ${fact.mac ?? "-"} ${fact.state}` : "-";
    });
    expect(facts).toMatchInlineSnapshot(`
      [
        "198.19.141.100 02:42:c6:13:8d:0b REACHABLE",
        "198.19.141.100 02:42:c6:13:8d:0c STALE",
        "198.19.141.100 02:00:00:00:00:01 STALE",
        "198.19.141.100 - FAILED",
        "198.19.141.100 - deleted",
        "198.19.141.249 - FAILED",
      ]
    `);
  });

  it("says when a link came up and went down, and nothing of IPv6", () => {
    const facts = lines("monitor-link.log").map((line) => {
      const fact = parseMonitorLine(line);
      if (fact === undefined) return "-";
      if (fact.kind === "link") return `${fact.interface} ${fact.up ? "up" : "down"}`;
      const what = fact.kind === "address" ? fact.action : fact.state;
      return `${fact.interface} ${fact.address} ${what}`;
    });
    expect(facts).toMatchInlineSnapshot(`
      [
        "lo up",
        "-",
        "veth0 down",
        "veth0 down",
        "veth0 up",
        "veth0 198.18.7.11 added",
        "veth0 down",
        "veth0 198.18.7.11 removed",
        "veth0 down",
        "-",
        "veth0 down",
      ]
    `);
  });

  it("gives nothing for lines without a stamp", () => {
    const bare = lines("monitor-address.log").map((line) => line.replace(/^\[[^\]]*\] /, ""));
    expect(bare.map(parseMonitorLine)).toEqual(bare.map(() => undefined));
  });

  it("reads the addresses of a node, loopback included, in order", () => {
    expect(parseAddressDump(fixture("address-show.txt"))).toEqual([
      "127.0.0.1",
      "198.18.7.11",
      "198.18.7.100",
    ]);
    expect(parseAddressDump("")).toEqual([]);
  });
});

describe("syslog", () => {
  it("is read with microseconds, program and text", () => {
    expect(lines("syslog.log").map(parseSyslogLine)).toMatchInlineSnapshot(`
      [
        {
          "epochUs": 1795244415062376,
          "program": "rsyslogd",
          "text": "[origin software="rsyslogd" swVersion="8.2610.0" x-pid="10" x-info="https://www.rsyslog.com"] start",
        },
        {
          "epochUs": 1795244417675856,
          "program": "Keepalived",
          "text": "Starting Keepalived v2.3.4 (06/10,2025)",
        },
        {
          "epochUs": 1795244417675865,
          "program": "Keepalived",
          "text": "Running on Linux 6.18.44-fc-v669 #1 SMP PREEMPT_DYNAMIC @0 (built for Linux 6.17.13)",
        },
        {
          "epochUs": 1795244417721997,
          "program": "Keepalived_vrrp",
          "text": "(VI_1) removing VIPs.",
        },
        {
          "epochUs": 1795244417722058,
          "program": "Keepalived_vrrp",
          "text": "(VI_1) removing VIPs.",
        },
        {
          "epochUs": 1795244421327973,
          "program": "Keepalived_vrrp",
          "text": "(VI_1) Entering MASTER STATE",
        },
        {
          "epochUs": 1795244425749563,
          "program": "Keepalived",
          "text": "Stopping",
        },
        {
          "epochUs": 1795244425749872,
          "program": "Keepalived_vrrp",
          "text": "(VI_1) sent 0 priority",
        },
        {
          "epochUs": 1795244425749894,
          "program": "Keepalived_vrrp",
          "text": "(VI_1) removing VIPs.",
        },
      ]
    `);
  });

  it("is read in the time zone that the line names", () => {
    const at = (zone: string): number | undefined =>
      parseSyslogLine(`2026-11-21T07:00:25.749872${zone} db1 Keepalived_vrrp[366]: x`)?.epochUs;
    expect([at("Z"), at("+00:00"), at("+02:00")]).toEqual([
      1_795_244_425_749_872, 1_795_244_425_749_872, 1_795_237_225_749_872,
    ]);
  });

  it("gives nothing for a line that is torn before the program's name is whole", () => {
    const line = lines("syslog.log").at(-1)!;
    const torn = prefixes(line).slice(0, line.indexOf("]: ") + 1);
    expect(torn.map(parseSyslogLine)).toEqual(torn.map(() => undefined));
  });
});

describe("client lines", () => {
  it("are read as they are", () => {
    expect(lines("client.jsonl").map(parseClientLine)).toEqual(
      lines("client.jsonl").map((line) => JSON.parse(line) as unknown),
    );
  });

  it("are nothing while they are torn", () => {
    const torn = lines("client.jsonl").flatMap(prefixes).map(parseClientLine);
    expect(torn.filter((line) => line !== undefined)).toEqual([]);
  });

  it("are nothing when they are not from our client", () => {
    const foreign = ["{}", "[]", '["i"]', '["i","now"]', "null", "Node.js v24.22.2", ""];
    expect(foreign.map(parseClientLine)).toEqual(foreign.map(() => undefined));
  });
});
