/** Expected values: the timing table of keepalived 2.2.7 as read from its source and seen in a laboratory. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../core/time.ts";
import type { KeepalivedVersion } from "../keepalived/versions.ts";
import type { FaultClass } from "./classes.ts";
import { predict, type PredictedRouter } from "./predict.ts";
import { boundsOf, formula } from "./quantity.ts";
import type { Row } from "./row.ts";
import {
  command,
  node,
  pair,
  script,
  suicideServer,
  tracked,
  type Pair,
} from "./testing/configs.ts";

const STOPS = `#!/bin/bash
listening=$(netstat -na | grep LISTEN | grep -c ':3306 ')
if [ "$listening" -eq 0 ]; then
    /etc/init.d/keepalived stop
fi
`;
const STOP_NOW = "#!/bin/sh\nsystemctl stop keepalived\n";
const KILL_PARENT = "#!/bin/sh\nkill -9 $(cat /var/run/keepalived.pid)\n";

function rowOf(routers: readonly PredictedRouter[], event: FaultClass): Row {
  return routers[0]!.rows.find((row) => row.event === event)!;
}

const row = (of: Pair, event: FaultClass): Row => rowOf(predict(pair(of)), event);

const inSeconds = (us: number): string => (us / 1_000_000).toFixed(3);

/** `min max mean` of the total with the run times of scripts (d, s) taken out, as the table has them. */
function figures({ span }: Row): string {
  if (span === undefined) return "never";
  const runs = span.total.terms.flatMap((term) =>
    term.kind === "constant" && /^[ds]$/.test(term.symbol) ? [term.us] : [],
  );
  const run = runs.reduce((so, us) => so + us, 0);
  const { minUs, meanUs, maxUs } = boundsOf(span.total);
  return [minUs, maxUs, meanUs].map((us) => inSeconds(us - run)).join(" ");
}

const formulaOf = ({ span }: Row): string => (span === undefined ? "never" : formula(span.total));

const WEIGHT_0 = [script("chk")];
const weighing = (weight: number): Pair => ({ scripts: [script("chk", { weight })] });
const TCP = (delayLoopUs: number, retry = 3, delayBeforeRetryUs = seconds(3)): Pair => ({
  servers: [
    suicideServer(
      { delayLoopUs, connectTimeoutUs: seconds(3), retry, delayBeforeRetryUs },
      "/opt/down.sh",
    ),
  ],
  texts: { "/opt/down.sh": STOP_NOW },
});

describe("the timing table: what A's fault leads to", () => {
  it.each<[string, Pair, FaultClass, string, string]>([
    ["SIGTERM", {}, "keepalived-stopped", "skew(99)", "0.613 0.613 0.613"],
    ["SIGKILL of the parent", {}, "parent-killed", "skew(99)", "0.613 0.613 0.613"],
    ["SIGKILL of the vrrp child", {}, "vrrp-child-killed", "MD(99) - x", "2.613 3.613 3.113"],
    ["SIGKILL of all", {}, "keepalived-killed", "MD(99) - x", "2.613 3.613 3.113"],
    ["power off", {}, "power-off", "MD(99) - x", "2.613 3.613 3.113"],
    ["link down", {}, "interface-down", "MD(99) - x", "2.613 3.613 3.113"],
    ["partition", {}, "cut", "MD(99) - x", "2.613 3.613 3.113"],
    ["SIGSTOP", {}, "keepalived-frozen", "MD(99) - x", "2.613 3.613 3.113"],
    [
      "mysqld killed, weight 0",
      { scripts: WEIGHT_0 },
      "mysqld-killed",
      "U(I, 2I) + d + skew(99)",
      "2.613 4.613 3.613",
    ],
    [
      "mysqld killed, the script stops keepalived",
      { scripts: [script("chk", { weight: -5 })], texts: { "/opt/chk.sh": STOPS } },
      "mysqld-killed",
      "U(0, I) + s + skew(99)",
      "0.613 2.613 1.613",
    ],
    [
      "mysqld killed, weight -5",
      weighing(-5),
      "mysqld-killed",
      "U(I, 2I) + d + MD(99) - x",
      "4.613 7.613 6.113",
    ],
    [
      "the same before 2.0",
      { version: "1.4.3", ...weighing(-5) },
      "mysqld-killed",
      "U(I, 2I) + d + U(0, A) + U(0, A) + 2A",
      "4.000 8.000 6.000",
    ],
    [
      "mysqld killed, weight -5, the standby waits preempt_delay",
      { ...weighing(-5), b: { preemptDelayUs: seconds(20) } },
      "mysqld-killed",
      "U(I, 2I) + d + U(0, A) + P + MD(99) - x",
      "24.613 28.613 26.613",
    ],
    [
      "the same when the holder has it: silence and weakness of itself are not delayed",
      { ...weighing(-5), a: { preemptDelayUs: seconds(20) } },
      "mysqld-killed",
      "U(I, 2I) + d + MD(99) - x",
      "4.613 7.613 6.113",
    ],
    [
      "preempt_delay of 1.2.13 counts from the start",
      { version: "1.2.13", ...weighing(-5), b: { preemptDelayUs: seconds(20) } },
      "mysqld-killed",
      "U(I, 2I) + d + U(0, A) + U(0, A) + 2A",
      "4.000 8.000 6.000",
    ],
    [
      "preempt_delay does not delay after a silence",
      { b: { preemptDelayUs: seconds(20) } },
      "power-off",
      "MD(99) - x",
      "2.613 3.613 3.113",
    ],
    ["mysqld killed, weight -1", weighing(-1), "mysqld-killed", "never", "never"],
    ["mysqld killed, weight -2", weighing(-2), "mysqld-killed", "never", "never"],
    [
      "mysqld hung, timeout as the interval",
      { scripts: WEIGHT_0 },
      "mysqld-frozen",
      "U(I, 2I) + T + skew(99)",
      "4.613 6.613 5.613",
    ],
    [
      "the same since 2.3.3",
      { version: "2.3.4", scripts: WEIGHT_0 },
      "mysqld-frozen",
      "U(2I, 3I) + T + skew(99)",
      "6.613 8.613 7.613",
    ],
    [
      "TCP_CHECK D=2",
      TCP(seconds(2)),
      "mysqld-killed",
      "U(0, D) + 3Dr + s + skew(99)",
      "9.613 11.613 10.613",
    ],
    [
      "TCP_CHECK D=2, hung: 81 to 4097 checks fill the queue, by server",
      TCP(seconds(2)),
      "mysqld-frozen",
      "U(0, D) + 81D..4097D + 4C + 3Dr + s + skew(99)",
      "183.613 8217.613 4200.613",
    ],
    [
      "TCP_CHECK D=6",
      TCP(seconds(6)),
      "mysqld-killed",
      "U(0, D) + 3Dr + s + skew(99)",
      "9.613 15.613 12.613",
    ],
    [
      "nb_get_retry, R=1, D=2",
      TCP(seconds(2), 1),
      "mysqld-killed",
      "U(0, D) + 1Dr + s + skew(99)",
      "3.613 5.613 4.613",
    ],
    [
      "nb_get_retry, R=1, D=6",
      TCP(seconds(6), 1),
      "mysqld-killed",
      "U(0, D) + 1Dr + s + skew(99)",
      "3.613 9.613 6.613",
    ],
    ["VIP deleted", {}, "vip-removed", "skew(101)", "0.605 0.605 0.605"],
  ])("%s", (_name, of, event, text, bounds) => {
    const found = row(of, event);
    expect([formulaOf(found), figures(found)]).toEqual([text, bounds]);
  });

  it("knows that a killed parent was not enough in 1.2.13", () => {
    const of: Pair = {
      version: "1.2.13",
      scripts: [script("chk")],
      texts: {
        "/opt/chk.sh": `#!/bin/sh\nmysqladmin ping >/dev/null 2>&1 || ${KILL_PARENT.slice(10)}`,
      },
    };
    expect(row(of, "mysqld-killed")).toMatchObject({ outcome: "never", endsOn: ["A"] });
    expect(row(of, "parent-killed")).toMatchObject({ outcome: "never", endsOn: ["A"] });
  });

  it("has no retries in the TCP_CHECK of 1.2.13, and the VIP one interval later", () => {
    const of: Pair = { ...TCP(seconds(2)), version: "1.2.13" };
    expect(figures(row(of, "mysqld-killed"))).toBe("1.613 3.613 2.613");
  });
});

describe("the timing table: the way back", () => {
  it.each<[string, Pair, FaultClass, string, string]>([
    ["restart", {}, "keepalived-started", "start + MD(101)", "3.615 3.625 3.620"],
    ["link back", {}, "link-up", "link + MD(101)", "3.612 3.612 3.612"],
    [
      "weight 0 recovers",
      { scripts: WEIGHT_0 },
      "mysqld-started",
      "U(0, I) + d + MD(101)",
      "3.605 5.605 4.605",
    ],
    [
      "weight -5 recovers",
      weighing(-5),
      "mysqld-started",
      "U(0, I) + d + MD(101) - x",
      "2.605 5.605 4.105",
    ],
    ["partition heals", {}, "cut-healed", "min(U(0, A), U'(0, A))", "0.000 1.000 0.333"],
    ["nopreempt", { a: { nopreempt: true } }, "keepalived-started", "never", "never"],
    [
      "preempt_delay 10",
      { a: { preemptDelayUs: seconds(10) } },
      "link-up",
      "link + U(0, A) + P + MD(101) - x",
      "12.612 14.612 13.612",
    ],
  ])("%s", (_name, of, event, text, bounds) => {
    const found = row(of, event);
    expect([formulaOf(found), figures(found)]).toEqual([text, bounds]);
  });

  it("ends where the address stays, and says why", () => {
    expect(row({ a: { nopreempt: true } }, "link-up")).toMatchObject({
      endsOn: ["B"],
      reasons: ["A has nopreempt"],
    });
  });

  it("is closed to a node whose script stopped keepalived", () => {
    const of = { scripts: [script("chk")], texts: { "/opt/chk.sh": STOPS } };
    expect(row(of, "mysqld-started")).toMatchObject({ outcome: "never", endsOn: ["B"] });
  });
});

describe("version 3", () => {
  const fast: Pair = { both: { version: 3, advertIntUs: milliseconds(250) } };

  it("scales every term with the interval", () => {
    expect([
      figures(row(fast, "keepalived-stopped")),
      figures(row(fast, "keepalived-killed")),
    ]).toEqual(["0.153 0.153 0.153", "0.653 0.903 0.778"]);
  });
});

describe("before 2.0.0", () => {
  const old: Pair = { version: "1.4.3" };

  it("adds an advert interval to every take-over", () => {
    expect([
      figures(row(old, "keepalived-stopped")),
      figures(row(old, "power-off")),
      figures(row({ ...old, scripts: WEIGHT_0 }, "mysqld-killed")),
    ]).toEqual(["1.613 1.613 1.613", "3.613 4.613 4.113", "3.613 6.613 5.113"]);
  });

  it("never notices that the VIP was removed", () => {
    expect(row(old, "vip-removed").outcome).toBe("never");
  });
});

describe("who ends up holding", () => {
  it("is two nodes where the old one cannot be told", () => {
    const both = (event: FaultClass): readonly string[] => row({}, event).endsOn;
    expect({
      killed: both("keepalived-killed"),
      cut: both("cut"),
      out: both("vrrp-blocked-out"),
      in: both("vrrp-blocked-in"),
      power: both("power-off"),
    }).toEqual({
      killed: ["B", "A"],
      cut: ["B", "A"],
      out: ["B", "A"],
      in: ["A"],
      power: ["B"],
    });
  });

  it("is the best of several backups", () => {
    const nodes = [...pair(), node("C", 100, {})];
    const found = rowOf(predict(nodes), "keepalived-stopped");
    expect([found.endsOn, formulaOf(found)]).toEqual([["C"], "skew(100)"]);
  });

  it("is the higher address of equal ones", () => {
    const nodes = [...pair(), node("C", 99, {})];
    expect(rowOf(predict(nodes), "power-off").endsOn).toEqual(["C"]);
  });

  it("is not known for equal ones whose addresses are not", () => {
    const nodes = [...pair(), node("C", 99, {})].map(({ name, config, scripts }) => ({
      name,
      config,
      scripts,
    }));
    expect(rowOf(predict(nodes), "power-off").notes.join()).toContain("as likely on C");
  });

  it("is nobody where every check fails while mysqld is up", () => {
    const of = { scripts: WEIGHT_0, texts: { "/opt/chk.sh": "#!/bin/sh\nexit 1\n" } };
    expect(predict(pair(of))[0]).toMatchObject({ rows: [] });
    expect(predict(pair(of))[0]?.problem).toContain("chk counts as failed on A");
  });

  it("is nobody where the check is the wrong way round", () => {
    const of = (act: string): Pair => ({
      scripts: WEIGHT_0,
      texts: { "/opt/chk.sh": `#!/bin/sh\npidof mysqld && ${act}\nexit 0\n` },
    });
    expect(predict(pair(of("exit 1")))[0]?.problem).toContain("chk counts as failed on A");
    expect(predict(pair(of("systemctl stop keepalived")))[0]?.problem).toContain(
      "chk stops keepalived on A while mysqld is up",
    );
  });

  it("does not depend on checks of other services", () => {
    const of = { scripts: WEIGHT_0, texts: { "/opt/chk.sh": "#!/bin/sh\npidof haproxy\n" } };
    expect(row(of, "mysqld-killed")).toMatchObject({ outcome: "never", endsOn: ["A"] });
    expect(row(of, "mysqld-killed").reasons.join()).toContain("taken to watch something else");
  });

  it("is both where they do not take each other's adverts", () => {
    const [router] = predict(pair({ b: { advertIntUs: seconds(2) } }));
    expect(router?.problem).toContain("advert_int 1.000 s against 2.000 s");
  });

  it.each<[string, Pair]>([
    ["authentication", { b: { authentication: { type: "PASS", password: "1111" } } }],
    ["version 2 against 3", { b: { version: 3 } }],
    ["multicast groups", { b: { multicastGroup: "224.0.0.19" } }],
    ["VIP lists", { b: { addresses: [] } }],
  ])("is both when %s differ", (_name, of) => {
    expect(predict(pair(of))[0]?.problem).toContain("both become MASTER");
  });

  it("is one in spite of different VIP lists since 2.3.3", () => {
    expect(predict(pair({ version: "2.3.4", b: { addresses: [] } }))[0]?.problem).toBeUndefined();
  });

  it("is nobody else for a node alone", () => {
    const [router] = predict(pair().slice(0, 1));
    expect(rowOf([router!], "power-off")).toMatchObject({ outcome: "never", endsOn: [] });
  });
});

describe("weights", () => {
  it("count together once enough have come", () => {
    const scripts = [
      script("one", { weight: -1 }),
      script("two", { weight: -2, fall: 3, intervalUs: seconds(2) }),
    ];
    const found = row({ scripts }, "mysqld-killed");
    expect(formulaOf(found)).toBe("U(2I[two], 3I[two]) + d[two] + MD(99) - x");
  });

  it("of checks with different intervals come independently", () => {
    const scripts = [
      script("one", { weight: -2, fall: 1, intervalUs: seconds(1) }),
      script("two", { weight: -2, fall: 1, intervalUs: seconds(3) }),
    ];
    const { span } = row({ scripts }, "mysqld-killed");
    expect(formula(span!.detect!)).toBe("max(U(0, I[one]) + d[one], U(0, I[two]) + d[two])");
    // E max(U(0,1), U(0,3)) = 3/2 + 1/18
    expect(boundsOf(span!.detect!)).toMatchObject({
      minUs: 0,
      meanUs: 1_555_556,
      maxUs: 3_000_000,
    });
  });

  it("that are positive are lost with the check", () => {
    const of: Pair = { scripts: [script("chk", { weight: 5 })] };
    const [router] = predict(pair(of));
    expect(router?.members.map(({ restPriority }) => restPriority)).toEqual([106, 104]);
    expect(formulaOf(rowOf([router!], "mysqld-killed"))).toBe("U(I, 2I) + d + MD(104) - x");
  });

  it("do not move the address past a nopreempt backup", () => {
    const found = row({ ...weighing(-5), b: { nopreempt: true } }, "mysqld-killed");
    expect(found.outcome).toBe("never");
    expect(found.reasons.join()).toContain("B has nopreempt");
  });

  it("do not touch an owner", () => {
    const found = row({ ...weighing(-5), a: { priority: 255 } }, "mysqld-killed");
    expect(found.reasons.join()).toContain("owner");
  });

  it("say the sum when it is not enough", () => {
    expect(row(weighing(-2), "mysqld-killed").reasons).toEqual([
      "101 - 2 = 99 on A is not below 99 on B",
    ]);
  });
});

describe("checks", () => {
  it("that exit 0 in any case bring nothing", () => {
    const of = { scripts: WEIGHT_0, texts: { "/opt/chk.sh": "#!/bin/sh\nexit 0\n" } };
    expect(row(of, "mysqld-killed")).toMatchObject({
      outcome: "never",
      endsOn: ["A"],
      reasons: ["chk exits 0 while mysqld is down"],
    });
  });

  it("that are not known are assumed, and it is said", () => {
    const notes = row({ scripts: WEIGHT_0 }, "mysqld-killed").notes.join();
    expect(notes).toMatch(/chk\.sh is not modelled: assumed to exit non-zero/);
  });

  it("that are missing leave mysqld unwatched", () => {
    expect(row({}, "mysqld-killed").reasons).toEqual(["no check of this instance looks at mysqld"]);
  });

  it("given as a command line are run as they are", () => {
    const scripts = [script("chk", { command: command("/usr/bin/pidof mysqld") })];
    expect(row({ scripts }, "mysqld-killed")).toMatchObject({
      outcome: "moves",
      notes: ["chk fails, VI_1 goes to FAULT"],
    });
    expect(row({ scripts }, "mysqld-frozen").reasons).toEqual([
      "chk exits 0 while mysqld is frozen",
    ]);
  });

  it("that would act too late are ended at their timeout first", () => {
    const of: Pair = {
      scripts: [script("chk")],
      texts: {
        "/opt/chk.sh": "#!/bin/bash\nmysqladmin ping || { sleep 5; systemctl stop keepalived; }\n",
      },
    };
    const found = row(of, "mysqld-killed");
    expect(formulaOf(found)).toBe("U(I, 2I) + T + skew(99)");
    expect(found.notes.join()).toContain("chk is ended at its timeout, before it acts");
  });

  it("of one interval tick together: the first result decides", () => {
    const scripts = [script("slow", { fall: 3 }), script("quick", { fall: 1 })];
    expect(formulaOf(row({ scripts }, "mysqld-killed"))).toBe(
      "U(0, I[quick]) + d[quick] + skew(99)",
    );
  });

  it("with virtual_server say that ip_vs is needed", () => {
    expect(row(TCP(seconds(2)), "mysqld-killed").notes.join()).toContain("ip_vs");
  });
});

describe("sync groups", () => {
  const group = {
    at: { file: "x", line: 1, column: 1 },
    given: {},
    other: [],
    name: "G",
    members: ["VI_1", "VI_2"],
    trackScripts: [],
    trackInterfaces: [],
    trackFiles: [],
    trackProcesses: [],
    trackingWeight: false,
    notify: {},
    smtpAlert: false,
    usable: true,
  };
  const grouped = (of: Pair, secondB: number): ReturnType<typeof pair> =>
    pair(of).map((item, index) => {
      const [first] = item.config.instances;
      const second = {
        ...first!,
        name: "VI_2",
        virtualRouterId: 52,
        priority: index === 0 ? 101 : secondB,
        trackScripts: [],
      };
      const config = { ...item.config, instances: [first!, second], syncGroups: [group] };
      return { ...item, config };
    });

  it("move when their slowest member does", () => {
    const routers = predict(grouped({}, 50));
    expect(routers.map((router) => formulaOf(rowOf([router], "keepalived-stopped")))).toEqual([
      "skew(50)",
      "skew(50)",
    ]);
    expect(routers.map((router) => formulaOf(rowOf([router], "power-off")))).toEqual([
      "MD(50) - x",
      "MD(50) - x",
    ]);
  });

  it("go to FAULT together, whoever's check it was", () => {
    const routers = predict(grouped({ scripts: WEIGHT_0 }, 99));
    expect(routers.map((router) => formulaOf(rowOf([router], "mysqld-killed")))).toEqual([
      "U(I, 2I) + d + skew(99)",
      "U(I, 2I) + d + skew(99)",
    ]);
  });

  it("drop weighted checks", () => {
    const routers = predict(grouped(weighing(-5), 99));
    expect(rowOf(routers, "mysqld-killed").outcome).toBe("never");
  });
});

describe("every row", () => {
  const VERSIONS: readonly KeepalivedVersion[] = ["1.2.13", "1.4.3", "2.2.7", "2.3.3", "2.3.4"];
  const CASES: readonly Pair[] = [
    {},
    { scripts: WEIGHT_0 },
    weighing(-5),
    weighing(3),
    TCP(seconds(6)),
    { a: { nopreempt: true }, b: { nopreempt: true } },
    { both: { preemptDelayUs: seconds(7) } },
    { both: { version: 3, advertIntUs: milliseconds(330) } },
    { scripts: [script("x", { weight: -5 }), script("y", { fall: 1, intervalUs: seconds(7) })] },
    { both: { trackScripts: [tracked("z", 9, true)] }, scripts: [script("z")] },
  ];

  it("adds up, is in order, and says why when nothing happens", () => {
    for (const version of VERSIONS) {
      for (const of of CASES) {
        for (const { rows } of predict(pair({ ...of, version }))) {
          for (const { span, outcome, reasons, event } of rows) {
            if (span === undefined) {
              expect([version, event, outcome, reasons.length > 0]).toEqual([
                version,
                event,
                "never",
                true,
              ]);
              continue;
            }
            const total = boundsOf(span.total);
            expect(total.minUs).toBeLessThanOrEqual(total.meanUs);
            expect(total.meanUs).toBeLessThanOrEqual(total.maxUs);
            expect(total.minUs).toBeGreaterThanOrEqual(0);
            if (span.detect === undefined || span.elect === undefined) continue;
            const [detect, elect] = [boundsOf(span.detect), boundsOf(span.elect)];
            expect(Math.abs(detect.meanUs + elect.meanUs - total.meanUs)).toBeLessThanOrEqual(2);
            expect(Math.abs(detect.maxUs + elect.maxUs - total.maxUs)).toBeLessThanOrEqual(2);
          }
        }
      }
    }
  });

  it("never gets shorter with a longer advert interval, more falls or a later backup", () => {
    const anyVersion = fc.constantFrom(...VERSIONS);
    const anyWeight = fc.constantFrom(0, -200);
    const settings = fc.record({
      advertS: fc.integer({ min: 1, max: 20 }),
      fall: fc.integer({ min: 1, max: 5 }),
      // From 2 up: a priority is never lowered below 1, and has to be below the backup's.
      priority: fc.integer({ min: 2, max: 100 }),
    });
    fc.assert(
      fc.property(anyVersion, anyWeight, settings, settings, (version, weight, one, other) => {
        const totals = ({ advertS, fall, priority }: typeof one): (number | undefined)[] => {
          const of: Pair = {
            version,
            scripts: [script("chk", { weight, fall })],
            both: { advertIntUs: seconds(advertS) },
            b: { priority },
          };
          const rows = predict(pair(of))[0]!.rows.filter(({ endsOn }) => endsOn[0] === "B");
          return rows.map(({ span }) =>
            span === undefined ? undefined : boundsOf(span.total).meanUs,
          );
        };
        const low = {
          advertS: Math.min(one.advertS, other.advertS),
          fall: Math.min(one.fall, other.fall),
          priority: Math.max(one.priority, other.priority),
        };
        const high = {
          advertS: Math.max(one.advertS, other.advertS),
          fall: Math.max(one.fall, other.fall),
          priority: Math.min(one.priority, other.priority),
        };
        const [shorter, longer] = [totals(low), totals(high)];
        expect(longer.length).toBe(shorter.length);
        for (const [index, us] of shorter.entries()) {
          if (us !== undefined) expect(longer[index]).toBeGreaterThanOrEqual(us);
        }
      }),
    );
  });
});
