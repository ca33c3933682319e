import { describe, expect, test } from "vitest";
import { CannedHost } from "../canned.ts";
import type { HostView } from "../host.ts";
import { executeCommand } from "./execute.ts";

/** A host with one of the two programs, in front of hosts with these MAC addresses. */
function host(arping: "iputils" | "habets", macs: readonly string[]): HostView {
  const canned = new CannedHost("mysqld-up", { nowUs: 0, endsAtUs: undefined }, {});
  return Object.assign(Object.create(canned) as HostView, {
    lacksCommand: () => false,
    arp: () => macs,
    arpingOf: () => arping,
  });
}

function run(view: HostView, command: string): string {
  const end = executeCommand(command.split(" "), "", view);
  if (end.kind !== "ended") return end.kind;
  return `exit ${end.status} after ${(end.durationUs / 1_000_000).toFixed(1)} s`;
}

const ONE = ["02:42:c6:12:c9:0b"];
const TWO = [...ONE, "02:42:c6:12:c9:0c"];

describe("arping as measured", () => {
  test.each<["habets" | "iputils", string, string, string, string]>([
    // Program, command, then with nobody, one host, two hosts.
    ["habets", "-c 1 -d VIP", "exit 0 after 1.1 s", "exit 0 after 1.1 s", "exit 1 after 1.1 s"],
    ["habets", "-c 3 -d VIP", "exit 0 after 3.1 s", "exit 0 after 3.1 s", "exit 1 after 3.1 s"],
    ["habets", "-c 1 VIP", "exit 1 after 1.1 s", "exit 0 after 1.1 s", "exit 0 after 1.1 s"],
    ["habets", "VIP", "hangs", "hangs", "hangs"],
    ["iputils", "-D -c 1 VIP", "exit 0 after 1.0 s", "exit 1 after 0.0 s", "exit 1 after 0.0 s"],
    ["iputils", "-c 1 -d VIP", "exit 2 after 0.0 s", "exit 2 after 0.0 s", "exit 2 after 0.0 s"],
  ])("%s: arping %s", (program, command, ...expected) => {
    const seen = [[], ONE, TWO].map((macs) => run(host(program, macs), `arping ${command}`));
    expect(seen).toEqual(expected);
  });

  test("shows who answered", () => {
    const end = executeCommand(["arping", "-c", "1", "-d", "VIP"], "", host("habets", TWO));
    expect(end.kind === "ended" ? end.stdout.split("\n").slice(0, 3) : end).toEqual([
      "ARPING VIP",
      "42 bytes from 02:42:c6:12:c9:0b (VIP): index=0 time=10.000 usec",
      "42 bytes from 02:42:c6:12:c9:0c (VIP): index=1 time=10.000 usec",
    ]);
  });
});

describe("logger", () => {
  test.each<[string[], string, string[]]>([
    [["-t", "notify", "INSTANCE", "VI_1", "MASTER"], "", ["notify: INSTANCE VI_1 MASTER"]],
    [["text"], "ignored", ["root: text"]],
    [["-p", "local0.err", "--tag=chk"], "one\ntwo\n", ["chk: one", "chk: two"]],
  ])("logger %j", (args, stdin, expected) => {
    const lines: string[] = [];
    const view = Object.assign(host("iputils", []), {
      act: () => undefined,
      log: (program: string, text: string) => {
        lines.push(`${program}: ${text}`);
      },
    });
    executeCommand(["logger", ...args], stdin, view);
    expect(lines).toEqual(expected);
  });
});
