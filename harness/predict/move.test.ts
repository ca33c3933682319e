import { describe, expect, it } from "vitest";
import { formatSeconds, seconds } from "../core/time.ts";
import { describeFault } from "../fault/facts.ts";
import type { PlainFault } from "../fault/fault.ts";
import { faultsOfEachKind } from "../testing/faults.ts";
import { predictMove } from "./move.ts";
import { node, pair, script, suicideServer, type Pair } from "./testing/configs.ts";

const HOLDER = { role: "holder" } as const;

const FAULTS = faultsOfEachKind("B");

const OF: Pair = {
  scripts: [script("chk")],
  texts: {
    "/opt/chk.sh":
      "#!/bin/sh\n[ $(netstat -na | grep LISTEN | grep -c 3306) -eq 0 ] && /etc/init.d/keepalived stop\nexit 0\n",
  },
};

function table(of: Pair, holder: string): string[] {
  return FAULTS.map((fault) => {
    const found = predictMove(pair(of), fault, holder);
    const bounds =
      found === undefined
        ? "no move"
        : `${formatSeconds(found.minUs)} to ${formatSeconds(found.maxUs)}, ${found.formula}`;
    return `${describeFault(fault)}: ${bounds}`;
  });
}

describe("predictMove", () => {
  it("gives bounds for every fault on the holder", () => {
    expect(table(OF, "A")).toMatchInlineSnapshot(`
      [
        "kill -9 mysqld on the holder: 0.602 s to 3.372 s, U(0, I) + s + skew(99)",
        "stop mysqld on the holder: 0.602 s to 4.122 s, U(0, I) + s + skew(99)",
        "stop keepalived on the holder: 0.593 s to 1.613 s, skew(99)",
        "kill -9 all of keepalived on the holder: 2.593 s to 3.863 s, MD(99) - x",
        "cut the holder off: 2.593 s to 3.863 s, MD(99) - x",
        "block VRRP in and out on the holder: 2.593 s to 3.863 s, MD(99) - x",
        "block VRRP out on the holder: 2.593 s to 3.863 s, MD(99) - x",
        "block VRRP in on the holder: no move",
        "freeze keepalived on the holder: 2.593 s to 3.863 s, MD(99) - x",
        "freeze mysqld on the holder: no move",
        "add the VIP by hand on the standby: no move",
        "start keepalived on B: no move",
      ]
    `);
  });

  it("counts with the timers of the node that takes over", () => {
    expect(table(OF, "B")[2]).toContain("skew(101)");
  });

  it("explains the letters of its formula", () => {
    const found = predictMove(pair(OF), { kind: "keepalived-killed", node: HOLDER }, "A");
    expect(found?.where).toEqual([
      { symbol: "MD(99)", text: "3 A + skew(99) = 3.613 s" },
      { symbol: "x", text: "age of the last advert, even between 0 and A" },
    ]);
  });

  it("gives the engine time to end or to freeze a whole node", () => {
    const silence = predictMove(pair(OF), { kind: "keepalived-killed", node: HOLDER }, "A")!;
    const faults: readonly PlainFault[] = [
      { kind: "node-powered-off", node: HOLDER },
      { kind: "node-paused", node: HOLDER, network: "silent" },
    ];
    for (const fault of faults) {
      expect(predictMove(pair(OF), fault, "A")).toMatchObject({
        formula: silence.formula,
        minUs: silence.minUs,
        maxUs: silence.maxUs + seconds(1),
      });
    }
  });

  it("says nothing of a fault on another node", () => {
    const fault: PlainFault = { kind: "cut", node: { name: "B" } };
    expect(predictMove(pair(OF), fault, "A")).toBeUndefined();
    expect(predictMove(pair(OF), { ...fault, node: { name: "A" } }, "A")).toBeDefined();
  });

  it("says nothing of a node alone", () => {
    expect(predictMove([node("A", 101, OF)], { kind: "cut", node: HOLDER }, "A")).toBeUndefined();
  });
});

describe("a frozen mysqld behind a TCP_CHECK", () => {
  it("may leave at once, because the clients of a drill fill the listen queue", () => {
    const timing = { delayLoopUs: seconds(2), connectTimeoutUs: seconds(3), retry: 3 };
    const of: Pair = {
      servers: [suicideServer({ ...timing, delayBeforeRetryUs: seconds(3) }, "/opt/down.sh")],
      texts: { "/opt/down.sh": "#!/bin/sh\npkill keepalived\n" },
    };
    const fault = { kind: "service-frozen", service: "mysql", node: HOLDER } as const;
    const found = predictMove(pair(of), fault, "A");
    expect(found?.formula).toMatch(/^U\(0, D\) \+ 4C .* up to U\(0, D\) \+ 81D\.\.4097D/);
    expect(found!.minUs).toBeLessThan(seconds(25));
    expect(found!.maxUs).toBeGreaterThan(seconds(8000));
  });
});
