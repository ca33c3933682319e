/**
 * Advice on simulated runs, really judged: for each kind a run that has the setting, or showed it, and one that has it not.
 */
import { describe, expect, it } from "vitest";
import { formatSeconds } from "../harness/core/time.ts";
import { simulate } from "../harness/testing/simulated.ts";
import { goodFailover } from "../harness/testing/stories.ts";
import { after, seconds, when, type Scenario, type Topology } from "../harness/scenario/index.ts";
import { CATALOGUE } from "../scenarios/catalogue.ts";
import { adviceOf, type Advice } from "./advice.ts";
import { contextOf } from "./advice-context.ts";
import { splitBrain } from "./advice-data.ts";
import { harmed, hopeless, sticks, type Spell } from "./advice-episodes.ts";
import { WEIGHT } from "./advice-weight.ts";
import { adviceWords } from "./advice-words.ts";
import { adviceSection } from "./html/advice-section.ts";
import { withoutWritesOf } from "./clients.ts";
import type { ReportedRun } from "./reported.ts";
import { brokenRun, movedRun, reportedRun, skippedRun, voidRun } from "./testing/runs.ts";

type Edit = readonly [find: string | RegExp, replace: string];

/** Of a node, or of all. */
type Edits = Readonly<Record<string, Edit>>;

function edited(topology: Topology, edits: Edits): Topology {
  return {
    ...topology,
    nodes: topology.nodes.map((node) => {
      const edit = edits[node.name] ?? edits["all"];
      if (edit === undefined || node.keepalived === undefined) return node;
      const keepalived = node.keepalived.replaceAll(edit[0], edit[1]);
      expect(keepalived).not.toBe(node.keepalived);
      return { ...node, keepalived };
    }),
  };
}

const runs = new Map<string, Promise<ReportedRun>>();

function run(name: string, edits: Edits = {}): Promise<ReportedRun> {
  const key = JSON.stringify([name, Object.entries(edits).map(String)]);
  const known = runs.get(key) ?? made(name, edits);
  runs.set(key, known);
  return known;
}

async function made(name: string, edits: Edits): Promise<ReportedRun> {
  const scenario = CATALOGUE.find((item) => item.name === name)!;
  const topology = edited(scenario.topology, edits);
  const { record, result, events } = await simulate({ ...scenario, topology }, { seed: 7 });
  return { record, result, events, path: "runs/one" };
}

const ids = (advice: readonly Advice[]): string[] => advice.map(({ id }) => id);
const about = (advice: readonly Advice[], id: string): Advice =>
  advice.find((item) => item.id === id)!;

const HIGH: Edits = { db1: ["priority 101", "priority 250"], db2: ["priority 99", "priority 248"] };
const HOLDER = { role: "holder" } as const;
const KILLED = "dual-script/mysqld-killed";
const RECOMMENDED = "dual-script/recommended-killed";
const CHECKED = "dual-check/checked-mysqld-killed";

/** Of the directors of document 003. */
const NO_RETRY: Edits = { all: ["nb_get_retry 3", "retry 0"] };

type Made = readonly [name: string, edits?: Edits];

describe("each kind of advice stands where its setting is, or what it tells of was seen, and only there", () => {
  it.each<[id: string, has: Made, hasNot: Made]>([
    ["interval:chk_mysql_port", [KILLED], ["dual-script/keepalived-stopped"]],
    ["timeout:chk_mysql_port", ["dual-script/check-sql-killed"], [KILLED]],
    ["advert_int:VI_1", ["dual-script/power-loss"], ["dual-script/keepalived-stopped"]],
    ["priority:VI_1", ["dual-script/keepalived-stopped"], ["dual-script/keepalived-stopped", HIGH]],
    [
      "preempt_delay:VI_1",
      [RECOMMENDED, { db2: ["advert_int 1", "advert_int 1\n    preempt_delay 2"] }],
      [RECOMMENDED],
    ],
    ["delay_loop:TCP_CHECK", [CHECKED], [KILLED]],
    ["retry:TCP_CHECK", [CHECKED], [CHECKED, { all: [/ retry 3/g, " retry 0"] }]],
    ["split-brain", ["dual-script/multicast-blocked"], [KILLED]],
    ["lost-writes", ["dual-script/power-loss"], [KILLED]],
    ["not-noticed", ["dual-script/check-port-frozen"], ["dual-script/recommended-frozen"]],
    [
      "garp_lower_prio_delay",
      ["dual-script/stale-arp-after-split"],
      ["dual-script/multicast-blocked"],
    ],
    ["arp-not-muted", ["lvs-dr/arp-not-muted"], ["lvs-dr/mysqld-killed"]],
    ["removal-delay_loop", ["lvs-dr/mysqld-killed"], ["lvs-dr/mysqld-frozen"]],
    ["removal-retry", ["lvs-dr/mysqld-killed"], ["lvs-dr/mysqld-killed", NO_RETRY]],
    ["removal-connect_timeout", ["lvs-dr/real-server-cut"], ["lvs-dr/mysqld-killed"]],
    [
      "return-delay_loop",
      ["lvs-dr/both-real-servers-stopped", { all: [/delay_loop 6/g, "delay_loop 9"] }],
      ["lvs-dr/mysqld-killed"],
    ],
    ["server-not-removed", ["lvs-dr/mysqld-frozen"], ["lvs-dr/mysqld-killed"]],
    ["noticed-late", ["dual-check/checked-mysqld-frozen-busy"], [CHECKED]],
    ["server-hung", ["lvs-dr/mysqld-frozen-busy"], ["lvs-dr/mysqld-killed"]],
    ["server-behind", ["lvs-dr/real-server-lags"], ["lvs-dr/mysqld-frozen"]],
    ["persistence_timeout", ["lvs-dr/persistence-causes-outage"], ["lvs-dr/mysqld-killed"]],
    [
      "inhibit_on_failure",
      ["lvs-dr/persistence-outlives-removal"],
      ["lvs-dr/persistence-causes-outage"],
    ],
    ["lvs_sync_daemon", ["lvs-dr/power-loss"], ["lvs-dr/power-loss-synchronised"]],
    ["vip-taken", ["dual-script/vip-taken"], ["dual-script/multicast-blocked"]],
    ["stale-reads", ["dual-script/power-loss-asynchronous"], ["dual-script/power-loss"]],
    ["moved-twice", [KILLED], ["dual-script/preemption-c"]],
    ["lint:VD309", ["dual-script/check-port-frozen"], [KILLED]],
    ["lint:VD302", ["dual-script/check-sql-slip"], [KILLED]],
    ["lint:VD109", ["dual-check/mysqld-killed"], ["dual-check/power-loss"]],
  ])("%s", async (id, has, hasNot) => {
    expect(ids(adviceOf(await run(...has)))).toContain(id);
    expect(ids(adviceOf(await run(...hasNot)))).not.toContain(id);
  });

  it("kept-connections, by hand-made histories", () => {
    /** One connection that is kept, without an answer until that moment. */
    const held = (until: number): ReportedRun => {
      const story = goodFailover().write(1.99, { lane: "held", node: "db1" });
      for (let at = until; at < 15.5; at += 1) story.write(at, { lane: "held", node: "db2" });
      return reportedRun(story.traffic("db2", 7.2, 15.5).collected(16).events());
    };
    expect(ids(adviceOf(held(15)))).toContain("kept-connections");
    expect(ids(adviceOf(held(4)))).not.toContain("kept-connections");
  });

  it("garp_master_delay, when the first announcements were lost", async () => {
    const made = async (delay: number): Promise<ReportedRun> => {
      const base = CATALOGUE.find(({ name }) => name === KILLED)!;
      const lost = { kind: "garp-blocked", node: { name: "db2" } } as const;
      const scenario: Scenario = {
        ...base,
        topology: edited(base.topology, {
          all: ["advert_int 1", `advert_int 1\n    garp_master_delay ${delay}`],
        }),
        disturb: [
          { id: "lost", when: after(seconds(1)), fault: lost },
          { id: "fault", when: after(seconds(1)), fault: { kind: "mysqld-killed", node: HOLDER } },
          { id: "moved", when: when("vip-moved", seconds(10), seconds(0.5)) },
          { id: "found", when: after(seconds(0.1)), heal: "lost" },
          { id: "watch", when: after(seconds(8)) },
        ],
      };
      const { record, result, events } = await simulate(scenario, { seed: 7 });
      return { record, result, events, path: "runs/one" };
    };
    const late = adviceOf(await made(5));
    expect(about(late, "garp_master_delay")).toMatchObject({
      setting: { node: "db2", text: "garp_master_delay 5" },
      whatIf: { before: { minUs: 5_000_000 }, after: { minUs: 1_000_000 } },
    });
    expect(ids(adviceOf(await made(1)))).not.toContain("garp_master_delay");
  });
});

describe("advice on a setting", () => {
  it("names its line, its share, and what another value would do, by the formulas", async () => {
    const advice = about(adviceOf(await run(CHECKED)), "retry:TCP_CHECK");
    expect(advice.title).toMatch(
      /^retry 3 x delay_before_retry 3 s of TCP_CHECK: 9\.000 s of the /,
    );
    expect(advice.setting).toMatchObject({ node: "db1", text: "retry 3", written: true });
    expect(advice.standing).toBe("predicted");
    expect(advice.whatIf).toMatchObject({
      change: ["delay_before_retry=1"],
      basis: "formula",
      before: { minUs: 9_648_437 },
      after: { minUs: 3_648_437 },
    });
    expect(advice.price).toContain("3.000 s and not 9.000 s");
  });

  it("is a share of this run: no more than the others leave", async () => {
    const found = await run(KILLED);
    const moved = found.result.failover!.stages.address!.tUs - found.result.failover!.faultUs;
    for (const { costUs } of adviceOf(found)) {
      if (costUs === undefined) continue;
      expect(costUs.ofUs).toBe(moved);
      expect(costUs.minUs).toBeLessThanOrEqual(costUs.maxUs);
      expect(costUs.maxUs).toBeLessThanOrEqual(moved);
    }
  });

  it("suggests nothing that the formulas do not show to help", async () => {
    for (const name of [KILLED, RECOMMENDED, CHECKED, "dual-script/power-loss"]) {
      for (const { whatIf } of adviceOf(await run(name))) {
        if (whatIf === undefined || whatIf.before === "never" || whatIf.after === "never") continue;
        expect(whatIf.after.meanUs).toBeLessThan(whatIf.before.meanUs);
        expect(whatIf.after.maxUs).toBeLessThanOrEqual(whatIf.before.maxUs);
      }
    }
  });

  it("takes a full listen queue for granted where clients filled it", async () => {
    const found = await run("dual-check/checked-mysqld-frozen-busy");
    const advice = about(adviceOf(found), "connect_timeout:TCP_CHECK");
    expect(advice.title).toMatch(
      /^4 attempts of connect_timeout 3 s of TCP_CHECK: 12\.000 s of the /,
    );
    expect(advice.whatIf).toMatchObject({
      of: "mysqld frozen whose listen queue is full",
      change: ["connect_timeout=1"],
    });
    const { before, after } = advice.whatIf!;
    expect([before, after]).not.toContain("never");
    if (before !== "never" && after !== "never") expect(before.minUs - after.minUs).toBe(8_000_000);
  });

  it("finds what would have moved a VIP that stayed", async () => {
    const weak = await run(RECOMMENDED, { all: ["weight -5", "weight -1"] });
    const advice = about(adviceOf(weak), "not-noticed");
    expect(advice.because.words).toContain("101 - 1 = 100 on db1 is not below 99 on db2");
    expect(advice.whatIf).toMatchObject({ change: ["chk_mysql_port.weight=0"], before: "never" });
    expect(ids(adviceOf(weak))).toContain("lint:VD516");
  });

  it("says in seconds what shorter adverts cost", async () => {
    const advice = about(adviceOf(await run("dual-script/power-loss")), "advert_int:VI_1");
    expect(advice.whatIf?.change).toEqual(["advert_int=0.2"]);
    expect(advice.price).toMatch(
      /stalls, or its adverts are lost, for 0\.723 s instead of 3\.613 s/,
    );
    expect(advice.price).toContain("version 3");
  });

  it("lets a simulated run have no allowance for a machine, and says where a range comes from", async () => {
    const found = await run("dual-script/power-loss");
    const advice = about(adviceOf(found), "advert_int:VI_1");
    const moved = found.result.failover!.stages.address!.tUs - found.result.failover!.faultUs;
    const skewUs = (157 / 256) * 1e6;
    expect(advice.costUs!.minUs).toBeGreaterThanOrEqual(Math.floor(moved - skewUs) - 1);
    const several = [...adviceOf(movedRun()), ...adviceOf(await run(CHECKED))];
    const range = several.find(
      ({ costUs = { minUs: 0, maxUs: 0 } }) => costUs.minUs < costUs.maxUs,
    );
    expect(range?.because.words).toMatch(/; how much of it is this setting's depends on /);
  });

  it("names a server that answered for the VIP, and how to mute it", async () => {
    const advice = adviceOf(await run("lvs-dr/arp-not-muted"));
    expect(advice[0]?.suggestion).toMatch(/^arp_ignore=1 and arp_announce=2 on db2 /);
    expect(ids(advice).filter((id) => id.startsWith("garp"))).toEqual([]);
  });

  it("does not take a foreign host's claim for a late announcement", async () => {
    const advice = adviceOf(await run("dual-script/vip-taken"));
    expect(ids(advice)).not.toContain("garp_master_delay");
    expect(about(advice, "vip-taken")).toMatchObject({
      suggestion: expect.stringMatching(/^garp_master_refresh 10/) as string,
      price: expect.stringContaining("a broadcast for each VIP") as string,
    });
  });

  it("says what helps outside of the configuration", async () => {
    const advice = adviceOf(await run("dual-script/connections-exhausted"));
    expect(about(advice, "not-noticed").suggestion).toContain("without SUPER or CONNECTION_ADMIN");
  });

  it("has nodes mended that never take each other's adverts, and no second path for these", async () => {
    const advice = adviceOf(await run(KILLED, { db2: ["auth_pass 1111", "auth_pass 2222"] }));
    const split = ids(advice).indexOf("split-brain");
    expect(ids(advice).indexOf("lint:VD504")).toBeGreaterThanOrEqual(0);
    expect(split).toBeGreaterThan(ids(advice).indexOf("lint:VD504"));
    expect(advice[split]).not.toHaveProperty("suggestion");
    expect(advice[split]?.because.words).toContain("VD504");
  });

  it("tells of the clients that a split brain left without a server, with their weight", async () => {
    const mismatch = await run("dual-script/auth-mismatch");
    const [first] = splitBrain(contextOf(mismatch)!);
    const outUs = withoutWritesOf(mismatch)!.us;
    expect(first?.advice.title).toContain(
      `no write acknowledged for ${formatSeconds(outUs)} (until the load ended)`,
    );
    expect(first?.weight).toBeGreaterThan(WEIGHT.data + outUs);
  });

  it("does not hurry a second holder that nobody waits for", async () => {
    const advice = adviceOf(await run("dual-script/multicast-blocked"));
    expect(ids(advice)).toEqual(["split-brain"]);
    expect(advice[0]?.because.words).toContain("on purpose");
    expect(advice[0]?.suggestion).toContain("a second path for VRRP");
  });
});

describe("advice on real servers", () => {
  it("names the part of this removal that was the setting's, and the removal that another value allows", async () => {
    const found = await run("lvs-dr/real-server-cut");
    const advice = about(adviceOf(found), "removal-connect_timeout");
    expect(advice.title).toMatch(
      /^2 attempts of connect_timeout 3 s of TCP_CHECK: 6\.000 s of the \d+\.\d+ s until db2 was out of the table of lvs1$/,
    );
    expect(advice).toMatchObject({
      costUs: { minUs: 6_000_000, maxUs: 6_000_000 },
      setting: { node: "lvs1", text: "connect_timeout 3", written: true },
      standing: "predicted",
      whatIf: {
        change: ["connect_timeout=1"],
        basis: "formula",
        before: { minUs: 9_000_000, maxUs: 15_000_000 },
        after: { minUs: 5_000_000, maxUs: 11_000_000 },
      },
    });
    const shares = adviceOf(found).filter(({ id }) => id.startsWith("removal-"));
    const [ofUs, whole] = [advice.costUs!.ofUs, shares.map(({ costUs }) => costUs!.maxUs)];
    expect(whole.reduce((so, us) => so + us, 0)).toBe(ofUs);
  });

  it("is silent where the removal is quick, or no client noticed", async () => {
    const short: Edits = {
      all: [
        /delay_loop 6([\s\S]*?)nb_get_retry 3([\s\S]*?)nb_get_retry 3/g,
        "delay_loop 1$1retry 0$2retry 0",
      ],
    };
    expect(adviceOf(await run("lvs-dr/mysqld-killed", short))).toEqual([]);
    for (const name of ["baseline", "arp-muted", "equal-weights", "unequal-weights"]) {
      expect(adviceOf(await run(`lvs-dr/${name}`))).toEqual([]);
    }
  });

  it("does not hurry a removal that would not have freed the client", async () => {
    const advice = adviceOf(await run("lvs-dr/persistence-outlives-removal"));
    expect(ids(advice)).toEqual(["inhibit_on_failure"]);
    expect(advice[0]).toMatchObject({
      setting: { node: "lvs1", text: "inhibit_on_failure" },
      whatIf: {
        change: ["inhibit_on_failure=off"],
        before: "never",
        after: { minUs: 3_000_000, maxUs: 9_000_000 },
      },
    });
  });

  it("says of a server without a checker that nothing looks at it, and when one would", async () => {
    const none: Edits = { all: [/TCP_CHECK \{[^}]*\}/g, ""] };
    const advice = about(adviceOf(await run("lvs-dr/mysqld-killed", none)), "server-not-removed");
    expect(advice.because.words).toContain("no checker");
    expect(advice.suggestion).toMatch(/1\.000 to 3\.000 s \(PREDICTED by the formulas\)/);
  });

  it("says of a server that hangs which check would notice, and when", async () => {
    const advice = about(adviceOf(await run("lvs-dr/mysqld-frozen")), "server-not-removed");
    expect(advice.because.words).toContain("until its listen queue is full");
    expect(advice.suggestion).toContain("a MISC_CHECK that does what clients do");
    expect(advice.suggestion).toMatch(/3\.000 to 9\.000 s \(PREDICTED by the formulas\)/);
  });

  it("holds a setting against what comes after the listen queue is full", async () => {
    const advice = adviceOf(await run("lvs-dr/mysqld-frozen-busy"));
    expect(ids(advice)[0]).toBe("server-hung");
    expect(about(advice, "removal-delay_loop").whatIf).toMatchObject({
      before: { minUs: 9_000_000, maxUs: 15_000_000 },
      after: { minUs: 9_000_000, maxUs: 10_000_000 },
    });
  });

  it("misses the sync daemon on one director as well", async () => {
    const half: Edits = { lvs1: [/ *lvs_sync_daemon.*\n/g, ""] };
    const advice = adviceOf(await run("lvs-dr/power-loss-synchronised", half));
    expect(about(advice, "lvs_sync_daemon").suggestion).toContain("lvs_sync_daemon eth0 VI_1");
  });

  it("counts how many connections persistence sent to a dead server", async () => {
    const advice = about(
      adviceOf(await run("lvs-dr/persistence-causes-outage")),
      "persistence_timeout",
    );
    expect(advice.title).toMatch(/sent (\d+) of \1 new connections to db1 while it was down/);
    expect(advice.suggestion).toContain("50% of new connections");
  });

  it("does not take a split of directors for one of data", async () => {
    const [advice] = adviceOf(await run("lvs-dr/split"));
    expect(advice?.id).toBe("split-brain");
    expect(advice?.because.words).toContain("no data is torn apart");
    const weight = async (name: string): Promise<number> =>
      splitBrain(contextOf(await run(name))!)[0]!.weight;
    expect(await weight("lvs-dr/split")).toBeLessThan(WEIGHT.service);
    expect(await weight("dual-script/multicast-blocked")).toBeGreaterThan(WEIGHT.data);
    const [pair] = adviceOf(await run("dual-script/multicast-blocked"));
    expect(pair?.because.words).not.toContain("no data is torn apart");
  });

  it("takes connections that a busy machine loses anyway for nobody's fault", () => {
    const lost = Array.from({ length: 40 }, (_, event) => ({ invokedUs: 0, endUs: 0, event }));
    const spell: Spell = {
      span: { startUs: 0, endUs: 9_000_000 },
      begun: 450,
      failed: lost,
      failedUs: 8_000_000,
      servedMeanwhile: 400,
      everyday: 0,
    };
    expect(harmed(spell)).toBe(true);
    expect(harmed({ ...spell, everyday: 30 })).toBe(false);
    expect(harmed({ ...spell, failedUs: 900_000 })).toBe(false);
    expect(sticks(spell, 0.5)).toBe(false);
    expect(sticks({ ...spell, servedMeanwhile: 10 }, 0.5)).toBe(true);
    expect(sticks({ ...spell, servedMeanwhile: 10 }, 0.9)).toBe(false);
    expect(hopeless(spell)).toBe(false);
    expect(hopeless({ ...spell, servedMeanwhile: 2 })).toBe(true);
  });
});

describe("the order", () => {
  it("is what endangers data, then service, then time", async () => {
    const [first, second, third] = ids(adviceOf(await run("dual-script/power-loss")));
    expect([first, second, third]).toEqual(["lost-writes", "advert_int:VI_1", "moved-twice"]);
  });

  it("has the skew last", async () => {
    const advice = ids(adviceOf(await run("dual-script/keepalived-stopped")));
    expect(advice.length).toBeGreaterThan(1);
    expect(advice.at(-1)).toBe("priority:VI_1");
  });

  it("is the same for the same run", async () => {
    const found = await run(CHECKED);
    expect(adviceOf(found)).toEqual(adviceOf(found));
  });
});

it("has nothing to say of runs without a verdict, or without a fault", async () => {
  for (const none of [brokenRun(), skippedRun(), voidRun()]) {
    expect(adviceOf(none)).toEqual([]);
    expect(adviceSection(none)).toBeUndefined();
  }
  expect(adviceOf(await run("dual-script/baseline"))).toEqual([]);
});

describe("in words", () => {
  it("says everything in plain lines, predictions marked as such", async () => {
    const words = adviceWords(adviceOf(await run("dual-script/keepalived-stopped"))).join("\n");
    expect(words).toContain("PREDICTED by the formulas");
    expect(words).toContain("db2 /etc/keepalived/keepalived.conf:24: priority 99");
    expect(words).not.toContain("undefined");
  });

  it("escapes whatever a run says", () => {
    const evil = `"><script>alert(1)</script>`;
    const found = movedRun();
    const topology = found.record.topology!;
    const named = {
      ...topology,
      nodes: topology.nodes.map((node) => ({
        ...node,
        keepalived: node.keepalived?.replaceAll("VI_1", `VI_${evil}`) ?? "",
      })),
    };
    const section = adviceSection({ ...found, record: { ...found.record, topology: named } });
    expect(section?.body.markup ?? "").not.toContain("<script>");
  });

  it("marks a simulated run's sight as simulated", async () => {
    const markup = adviceSection(await run("dual-script/multicast-blocked"))!.body.markup;
    expect(markup).toContain("SIMULATED");
    expect(markup).toContain('href="#event-');
  });
});
