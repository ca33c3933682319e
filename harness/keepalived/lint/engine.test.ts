import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seconds } from "../../core/time.ts";
import { readText } from "../read.ts";
import type { KeepalivedVersion } from "../versions.ts";
import { failingCheck, hangingCheck } from "./check-times.ts";
import { healthyPriority, priorityWith, weighted } from "./election.ts";
import { lintCluster, lintVersions } from "./engine.ts";
import { matchRouters } from "./routers.ts";
import type { Finding, LintNode } from "./rule.ts";
import { profileOf } from "../versions.ts";

function node(name: string, text: string, version: KeepalivedVersion = "2.3.4"): LintNode {
  const file = `${name}.conf`;
  return { name, file, read: readText(text, { version, file }), scripts: () => undefined };
}

const instance = (name: string, vrid: number, vip: string, more = ""): string =>
  `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${vrid}\npriority 100\nvirtual_ipaddress {\n${vip}\n}\n${more}\n}`;

const rulesOf = (findings: readonly Finding[]): string[] => findings.map(({ rule }) => rule);

describe("what the daemon says and what a rule says of the same line", () => {
  it("is said once", () => {
    const found = lintCluster([node("a", instance("V", 7, "10.0.0.1", "state MASTER\nnopreempt"))]);
    expect(rulesOf(found).filter((rule) => rule === "VD101" || rule === "VD002")).toEqual([
      "VD101",
    ]);
  });

  it("is said once for all lines with no-break spaces, and their unknown keywords are not told", () => {
    const text = instance("V", 7, "10.0.0.1", "\u00A0nopreempt\n\u00A0debug 1");
    const found = lintCluster([node("a", text)]);
    expect(rulesOf(found).filter((rule) => rule === "VD120" || rule === "VD002")).toEqual([
      "VD120",
    ]);
    expect(found.find(({ rule }) => rule === "VD120")?.what).toBe(
      "There is a no-break space in this line and the like in 1 more: it is not read as it looks.",
    );
  });

  it("keeps the code where only the daemon has spoken", () => {
    const [found] = lintCluster([node("a", instance("V", 7, "10.0.0.1", "frobnicate"))]).filter(
      ({ rule }) => rule === "VD002",
    );
    expect(found).toMatchObject({
      code: "unknown-keyword",
      at: { file: "a.conf", line: 8, column: 1 },
    });
  });
});

describe("several versions", () => {
  const text = (version: KeepalivedVersion): LintNode[] => [
    node("a", instance("V", 7, "10.0.0.1\n10.0.0.2"), version),
    node("b", instance("V", 7, "10.0.0.1").replace("priority 100", "priority 50"), version),
  ];

  it("say of a finding for which of them it holds, and nothing if for all", () => {
    const found = lintVersions(["2.2.7", "2.3.3", "2.3.4"], text);
    const vip = found.filter(({ rule }) => rule === "VD505");
    expect(vip.map(({ versions, what }) => [versions, what])).toEqual([
      [["2.3.3", "2.3.4"], "b lacks 10.0.0.2: after a failover to that node the address is gone."],
      [["2.2.7"], "b lacks 10.0.0.2: both become MASTER."],
    ]);
    expect(found.find(({ rule }) => rule === "VD109")?.versions).toBeUndefined();
  });
});

describe("instances of several nodes", () => {
  const names = (nodes: readonly LintNode[]): string[] =>
    matchRouters(nodes).map(({ members }) =>
      members.map((member) => `${member.node.name}.${member.instance.name}`).join(" "),
    );

  it("are matched by VIP, whatever their names and VRIDs", () => {
    const a = node("a", `${instance("X", 1, "10.0.0.1")}\n${instance("Y", 2, "10.0.0.2")}`);
    const b = node("b", `${instance("X", 3, "10.0.0.2")}\n${instance("Y", 4, "10.0.0.1")}`);
    expect(names([a, b])).toEqual(["a.X b.Y", "a.Y b.X"]);
  });

  it("are matched by VRID where no VIP is common", () => {
    const a = node("a", instance("X", 1, "10.0.0.1"));
    const b = node("b", instance("Y", 1, "10.0.0.2"));
    expect(names([a, b])).toEqual(["a.X b.Y"]);
  });

  it("stay apart when only a common name speaks for them and there are others", () => {
    const a = node("a", `${instance("VI_1", 1, "10.0.0.1")}\n${instance("VI_2", 2, "10.0.0.2")}`);
    const b = node("b", instance("VI_1", 9, "10.0.0.9"));
    expect(names([a, b])).toEqual(["a.VI_1", "a.VI_2", "b.VI_1"]);
  });
});

describe("priorities under weights", () => {
  const scripts = fc.array(fc.integer({ min: -253, max: 253 }), { minLength: 1, maxLength: 4 });
  const router = (priority: number, weights: readonly number[]): LintNode =>
    node(
      "a",
      [
        ...weights.map(
          (weight, n) => `vrrp_script s${n} {\nscript "/usr/bin/x"\nweight ${weight}\n}`,
        ),
        instance(
          "V",
          7,
          "10.0.0.1",
          `track_script {\n${weights.map((_, n) => `s${n}`).join("\n")}\n}`,
        ).replace("priority 100", `priority ${priority}`),
      ].join("\n"),
    );

  it("stay within 1 and 254, and a failure never raises one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 254 }), scripts, (priority, weights) => {
        const [member] = matchRouters([router(priority, weights)])[0]!.members;
        const one = member!.instance;
        const healthy = healthyPriority(one);
        for (const tracked of weighted(one)) {
          const failed = priorityWith(one, new Set([tracked]));
          expect(failed).toBeGreaterThanOrEqual(1);
          expect(failed).toBeLessThanOrEqual(healthy);
        }
        expect(healthy).toBeLessThanOrEqual(254);
      }),
      { numRuns: 30 },
    );
  });
});

describe("times of a check", () => {
  const [script] = readText('vrrp_script c {\nscript "/usr/bin/x"\ninterval 2\nfall 2\n}', {
    version: "2.3.4",
  }).config.scripts;

  it("are those that were measured: fall 2, interval 2, time-out 2", () => {
    expect(failingCheck(script!, 0)).toEqual({ minUs: seconds(2), maxUs: seconds(4) });
    expect(hangingCheck(script!, profileOf("2.2.7"))).toEqual({
      minUs: seconds(4),
      maxUs: seconds(6),
    });
    expect(hangingCheck(script!, profileOf("2.3.4"))).toEqual({
      minUs: seconds(6),
      maxUs: seconds(8),
    });
  });
});

describe("any script", () => {
  it("is judged without an exception", () => {
    const words = fc.constantFrom(
      "#!/bin/sh",
      "\n",
      "if",
      "then",
      "fi",
      "mysql",
      "-p1",
      "|",
      "grep",
      "$(",
      ")",
      "$X",
      "'",
      '"',
      "while",
      "do",
      "done",
      "ps -ef",
      "3306",
      "kill -9",
      "pkill",
      "keepalived",
      "exit 1",
      "&&",
      "(",
      "{",
      "}",
      "<<E",
      "service mysqll restart",
      "\r",
    );
    const text = node(
      "a",
      `vrrp_script c {\nscript "/x/c.sh"\ninterval 1\n}\n${instance("V", 7, "10.0.0.1", "track_script {\nc\n}")}`,
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 40 }), (list) => {
        const found = lintCluster([{ ...text, scripts: () => list.join(" ") }]);
        expect(rulesOf(found)).not.toContain("VD391");
      }),
      { numRuns: 300 },
    );
  });
});

describe("any text", () => {
  it("is judged without an exception", () => {
    const words = fc.constantFrom(
      "vrrp_instance",
      "V",
      "{",
      "}",
      "\n",
      "track_script",
      "script",
      '"',
      "priority",
      "300",
      "virtual_server",
      "10.0.0.1",
      "3306",
      "real_server",
      "TCP_CHECK",
      "vrrp_script",
      "vrrp_sync_group",
      "group",
      "nopreempt",
      "unicast_peer",
      "#",
      "\u00A0",
    );
    fc.assert(
      fc.property(
        fc.array(words, { maxLength: 60 }),
        fc.array(words, { maxLength: 60 }),
        (a, b) => {
          const nodes = [node("a", a.join(" ")), node("b", b.join(" "))];
          expect(Array.isArray(lintCluster(nodes))).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});
