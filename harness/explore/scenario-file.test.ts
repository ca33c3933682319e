import { describe, expect, it } from "vitest";
import { dualScript } from "../../scenarios/shared/dual-script.ts";
import { seconds } from "../core/time.ts";
import { fails } from "../scenario/scenario.ts";
import { parseScenario } from "../scenario/schema.ts";
import type { Examined } from "./examine.ts";
import { renderMarkdown, renderText } from "./report.ts";
import { EXPLORE_FORMAT, EXPLORE_VERSION, mergedRecords, type ExploreRecord } from "./record.ts";
import { scenarioFile, scenarioOfFinding } from "./scenario-file.ts";
import { exploreTopology, settingFor } from "./target.ts";
import { writtenAs } from "./written.ts";

const pair = dualScript();
const setting = settingFor("dual-script", pair, exploreTopology(pair, "sid"));
const plan = {
  faults: [
    {
      key: "vrrp-blocked both@db1",
      fault: { kind: "vrrp-blocked", node: { name: "db1" }, direction: "both" },
      atUs: seconds(1),
      healAtUs: 6_050_000,
    },
  ],
  watchUs: seconds(12),
} as const;

const found: Examined = {
  property: "no-split-brain",
  kind: "two writable holders",
  sentence: "db1 and db2 held it together",
  expectation: fails("single-holder", "both", { ended: false }),
  plan,
  first: { island: 3, run: 17, plan },
  hits: 4,
  seeds: { shown: 5, of: 5 },
  underLoad: true,
  timeline: ["   +1.000  fault-1: block VRRP in and out on db1"],
};
const options = { setting, found, id: "ab12", seed: 7, surface: "vipdrill" };

const record: ExploreRecord = {
  format: EXPLORE_FORMAT,
  version: EXPLORE_VERSION,
  target: "dual-script",
  asked: "dual-script",
  image: "sid",
  seed: 7,
  faults: [],
  model: "anything-heals",
  properties: ["no-split-brain"],
  vary: false,
  home: "db1",
  restUs: setting.restUs,
  islands: [{ index: 3, runs: 20 }],
  coverage: [1, 2],
  voids: { "fault-confirmed": 2 },
  findings: [{ ...found, id: "ab12", written: "dual-script/multicast-blocked" }],
};

describe("a finding as a scenario", () => {
  it("is a valid one, with what was seen as its expectation", () => {
    const scenario = scenarioOfFinding(options);
    expect(parseScenario(scenario, "x.ts").disturb).toHaveLength(3);
    expect(scenario.expect[0]).toMatchObject({
      checker: "single-holder",
      verdict: "fail",
      because: "two writable holders",
      facts: { ended: false },
    });
  });

  it("is written with the topology's own module where there is one", () => {
    const source = { module: "vipdrill/scenarios/shared/dual-script", name: "dualScript" };
    const text = scenarioFile({ ...options, source });
    expect(text).toContain('import { dualScript } from "vipdrill/scenarios/shared/dual-script";');
    expect(text).toContain("topology: dualScript(),");
    expect(text).toContain('when: after(milliseconds(5050)), heal: "fault-1"');
    expect(text).toContain('when: after(seconds(1)), fault: { kind: "vrrp-blocked"');
    expect(scenarioFile(options)).toContain("vrrp_instance VI_1 {");
  });
});

describe("the report", () => {
  it("says what, when, how sure, and how to see it again", () => {
    const text = renderText(record, {
      again: ({ id }) => `see ${id}`,
      seconds: 10,
      schedules: 500,
    });
    expect(text).toMatch(/^SIMULATED: dual-script, image sid, seed 7/);
    expect(text).toContain("20 runs, 500 schedules in 10 s (50 a second)");
    expect(text).toContain("2 runs proved nothing: 2 x fault-confirmed");
    expect(text).toContain(
      "no-split-brain: two writable holders\n    db1 and db2 held it together",
    );
    expect(text).toContain("shown by 5 of 5 seeds");
    // Of one island 20 runs: of all of them 320.
    expect(text).toContain("./vipdrill explore dual-script --seed 7 --runs 320");
    const confirmed = {
      shown: 2,
      of: 2,
      voids: ["not settled"],
      instead: [],
      firstMoveUs: { simulated: 4_000_000, measured: [4_100_000], driftUs: 100_000 },
    };
    const findings = record.findings.map((one) => ({ ...one, confirmed }));
    expect(renderMarkdown({ ...record, findings }, { again: () => "" })).toContain(
      "confirmed 2 of 2 on containers, 1 void (not settled), first move after 4.000 s computed and 4.100 s measured",
    );
  });

  it("does not speak of runs, faults and a schedule where nothing was searched", () => {
    const [found] = record.findings;
    const plan = { faults: [], watchUs: found!.plan.watchUs };
    const says = 'keepalived of db2 says "received an invalid passwd"';
    const restless = {
      ...record,
      islands: [],
      voids: {},
      unsettled: "before the disturbance db1 and db2 held it",
      findings: [{ ...found!, plan, hits: 1, timeline: [says] }],
    };
    const options = { again: () => "see it", seconds: 0, schedules: 0 };
    for (const text of [renderText(restless, options), renderMarkdown(restless, options)]) {
      expect(text).toContain("nothing was searched, 1 finding");
      expect(text).toContain("so with 5 of 5 seeds that were tried");
      expect(text).not.toMatch(/\bruns?\b|these faults| end$|nothing is done/m);
    }
    expect(renderMarkdown(restless, options)).toContain(`What keepalived says:\n\n\`\`\`\n${says}`);
  });
});

describe("merging records", () => {
  it("adds up shards, and refuses what is none", () => {
    const other = { ...record, islands: [{ index: 1, runs: 5 }], coverage: [2, 3] };
    expect(mergedRecords([record, other])).toMatchObject({
      islands: [{ index: 1 }, { index: 3 }],
      coverage: [1, 2, 3],
      voids: { "fault-confirmed": 4 },
      findings: [{ hits: 8 }],
    });
    expect(() => mergedRecords([record, record])).toThrow(/island 3/);
    expect(() => mergedRecords([record, { ...other, seed: 8 }])).toThrow(/not shards/);
    expect(() => mergedRecords([])).toThrow(/at least one/);
  });
});

describe("what somebody has written already", () => {
  it("has the same kinds of faults, whatever the times and the node", () => {
    const scenario = scenarioOfFinding(options);
    expect(writtenAs(plan, [scenario])).toBe("regression/dual-script-ab12");
    expect(
      writtenAs({ ...plan, faults: [...plan.faults, ...plan.faults] }, [scenario]),
    ).toBeUndefined();
  });
});
