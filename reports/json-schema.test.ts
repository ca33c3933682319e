/**
 * The published schemas are what `json-schema.ts` says, and what is written is valid by the files as
 * published. `npm test -- reports/json-schema.test.ts --update` writes docs/schema; documents are held
 * against the files as they were before, so it takes a second run to be green.
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { format, resolveConfig } from "prettier";
import { describe, expect, it, vi } from "vitest";
import { findScenario } from "../harness/cli/catalogue.ts";
import { whatIfCommand } from "../harness/cli/commands/what-if.ts";
import { lintVersions } from "../harness/keepalived/lint/engine.ts";
import type { LintNode } from "../harness/keepalived/lint/rule.ts";
import { readText } from "../harness/keepalived/read.ts";
import { KEEPALIVED_VERSIONS, type KeepalivedVersion } from "../harness/keepalived/versions.ts";
import type { PredictedNode } from "../harness/predict/cluster.ts";
import { predict } from "../harness/predict/predict.ts";
import { predictServices } from "../harness/predict/real-servers.ts";
import { simulate } from "../harness/testing/simulated.ts";
import { resolveTopology, type ResolvedTopology } from "../harness/topology/resolve.ts";
import { configOf } from "../harness/topology/routers.ts";
import type { Topology } from "../harness/topology/topology.ts";
import { CATALOGUE } from "../scenarios/catalogue.ts";
import { renderComparisonJson } from "./compare-json.ts";
import { compareRuns } from "./compare.ts";
import { PUBLISHED, publishedSchema } from "./json-schema.ts";
import { renderJson } from "./json.ts";
import { renderLintJson } from "./lint.ts";
import { renderPredictionJson } from "./predict.ts";
import type { ReportedRun } from "./reported.ts";
import { brokenRun, movedRun, skippedRun, stuckRun, voidRun } from "./testing/runs.ts";
import { spellRun, timedRun, timedRuns } from "./testing/timed.ts";
import { renderTimingJson } from "./timing-json.ts";
import { timedRunOf, type TimedRun } from "./timing-runs.ts";

const FOLDER = resolve(import.meta.dirname, "../docs/schema");

function validatorOf(file: string): ValidateFunction {
  const schema = JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as object;
  return new Ajv2020({ allErrors: true, strict: true, strictTypes: false }).compile(schema);
}

/** What the published schema has against a document. */
function complaints(validate: ValidateFunction, text: string): string[] {
  const valid = validate(JSON.parse(text));
  return valid ? [] : (validate.errors ?? []).map((error) => JSON.stringify(error));
}

describe("the published files", () => {
  it.each(Object.entries(PUBLISHED))("%s", async (name, schema) => {
    const path = join(FOLDER, name);
    const text = JSON.stringify(publishedSchema(schema));
    const options = await resolveConfig(path);
    const written = await format(text, { ...options, filepath: path });
    await expect(written).toMatchFileSnapshot(path);
  });
});

describe("reports", () => {
  const validate = validatorOf("report-1.json");
  const all = [movedRun(), stuckRun(), voidRun(), brokenRun(), skippedRun()];

  it("are valid when runs are missing", () => {
    const text = renderJson([], { planned: 80, missing: 31, by: "interrupt" });
    expect(complaints(validate, text)).toEqual([]);
  });

  it("are valid with every outcome, repeated, and with nothing at all", () => {
    for (const run of all) expect(complaints(validate, renderJson([run]))).toEqual([]);
    expect(complaints(validate, renderJson([...all, ...all]))).toEqual([]);
    expect(complaints(validate, renderJson([]))).toEqual([]);
  });

  it.each([
    "dual-script/mysqld-killed",
    "dual-script/multicast-blocked",
    "lvs-dr/baseline",
    "canary/blind-check",
  ])("of %s, simulated, are valid", async (name) => {
    const { record, events, result } = await simulate(findScenario(name), { seed: 7 });
    const run: ReportedRun = { record, events, result, path: "runs/one" };
    expect(complaints(validate, renderJson([run]))).toEqual([]);
  });

  it("are not valid with a field more, a field less or another type", () => {
    type Loose = { runs: Record<string, unknown>[] } & Record<string, unknown>;
    const changed = (change: (document: Loose) => void): string[] => {
      const document = JSON.parse(renderJson(all)) as Loose;
      change(document);
      return complaints(validate, JSON.stringify(document));
    };
    expect(changed((document) => (document["more"] = 1))).toHaveLength(1);
    expect(changed(({ runs }) => (runs[0]!["more"] = 1))).toHaveLength(1);
    expect(changed(({ runs }) => delete runs[0]!["outcome"])).toHaveLength(1);
    expect(changed(({ runs }) => (runs[0]!["seed"] = "7"))).toHaveLength(1);
    const failover = ({ runs }: Loose): Record<string, object> =>
      runs[0]!["failover"] as Record<string, object>;
    expect(
      changed((document) => Object.assign(failover(document)["stages"]!, { x: {} })),
    ).not.toEqual([]);
    expect(
      changed((document) => Object.assign(failover(document)["outage"]!, { x: 1 })),
    ).toHaveLength(1);
  });
});

/** Every topology of the catalogue, with addresses as a backend would allot them. */
const TOPOLOGIES: readonly (readonly [string, ResolvedTopology])[] = [
  ...new Map(CATALOGUE.map(({ topology }) => [topology.name, topology])),
].map(([name, topology]) => [name, resolved(topology)]);

function resolved(topology: Topology): ResolvedTopology {
  const vrids = topology.vrids.map((_, index) => 51 + index);
  return resolveTopology(topology, { subnetPrefix: "198.18.0", prefixLength: 24, vrids });
}

describe("lint", () => {
  const validate = validatorOf("lint-1.json");
  const lintOf = (nodes: ResolvedTopology["nodes"]): string => {
    const files = nodes.flatMap(({ name, keepalived: text }) =>
      text === undefined ? [] : [{ name, file: `${name}/keepalived.conf`, text }],
    );
    const read = (version: KeepalivedVersion): LintNode[] =>
      files.map(({ name, file, text }) => {
        const scripts = (): undefined => undefined;
        return { name, file, read: readText(text, { version, file }), scripts };
      });
    return renderLintJson({
      tool: { name: "vipdrill", version: "1.2.3" },
      versions: KEEPALIVED_VERSIONS,
      nodes: files.map(({ name, file }) => ({ name, file })),
      findings: lintVersions(KEEPALIVED_VERSIONS, read),
    });
  };

  it("of every topology is valid for every version", () => {
    for (const [name, { nodes }] of TOPOLOGIES) {
      const text = lintOf(nodes);
      expect(complaints(validate, text), name).toEqual([]);
      const finding = text.replace('"rule"', '"more": 1, "rule"');
      expect(complaints(validate, finding), name).toHaveLength(1);
    }
  });
});

describe("predictions", () => {
  const validate = validatorOf("prediction-1.json");
  const predictionOf = (
    name: string,
    { nodes }: ResolvedTopology,
    version: KeepalivedVersion,
  ): string => {
    const predicted = nodes.flatMap((node): PredictedNode[] => {
      const config = configOf(node, version);
      const scripts = (path: string): string | undefined =>
        node.files.find((file) => file.path === path)?.text;
      if (config === undefined) return [];
      return [{ name: node.name, address: node.address, config, scripts }];
    });
    return renderPredictionJson({
      subject: name,
      keepalivedVersion: version,
      routers: predict(predicted),
      services: predictServices(predicted),
      remarks: [],
    });
  };

  it("of every topology are valid for every version", () => {
    for (const [name, topology] of TOPOLOGIES) {
      for (const version of KEEPALIVED_VERSIONS) {
        const text = predictionOf(name, topology, version);
        expect(complaints(validate, text), `${name}, ${version}`).toEqual([]);
      }
    }
  });

  it("are not valid with a field more", () => {
    const directing = TOPOLOGIES.find(([name]) => name === "lvs-dr");
    const text = predictionOf(...directing!, "2.3.4");
    for (const key of ["routers", "members", "event", "minUs", "directors", "tiedClients"]) {
      const more = text.replace(`"${key}"`, `"more": 1, "${key}"`);
      expect(complaints(validate, more), key).toHaveLength(1);
    }
  });
});

describe("predictions with another setting", () => {
  const validate = validatorOf("what-if-1.json");
  const said = async (
    wishes: readonly string[],
    simulate?: number,
    row = "dual-script",
  ): Promise<string> => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    try {
      await whatIfCommand([row], {
        keepalived: "2.3.4",
        format: "json",
        formulas: false,
        whatIf: wishes,
        ...(simulate === undefined ? {} : { simulate }),
      });
      return write.mock.calls.map(([text]) => String(text)).join("");
    } finally {
      write.mockRestore();
    }
  };

  it("are valid, changed by one line or by several, and simulated as well", async () => {
    for (const wishes of [["interval=1"], ["advert_int=0.5", "db2:preempt_delay=30"]]) {
      expect(complaints(validate, await said(wishes)), wishes.join()).toEqual([]);
    }
    const servers = await said(["delay_loop=1", "persistence_timeout=off"], undefined, "lvs-dr");
    expect(complaints(validate, servers)).toEqual([]);
    const text = await said(["interval=1"], 1);
    expect(complaints(validate, text)).toEqual([]);
    for (const key of ["wishes", "same", "movedUs"]) {
      const more = text.replace(`"${key}"`, `"more": 1, "${key}"`);
      expect(complaints(validate, more), key).toHaveLength(1);
    }
  });
});

describe("timing reports", () => {
  const validate = validatorOf("timing-1.json");
  const runs = [movedRun(), stuckRun(), voidRun(), brokenRun(), skippedRun()].map(timedRunOf);

  it("are valid with every outcome, of many runs and of none", () => {
    expect(complaints(validate, renderTimingJson(runs))).toEqual([]);
    expect(complaints(validate, renderTimingJson([...runs, ...timedRuns(30)]))).toEqual([]);
    expect(complaints(validate, renderTimingJson([spellRun(), spellRun(4)]))).toEqual([]);
    expect(complaints(validate, renderTimingJson([]))).toEqual([]);
  });

  it("of simulated runs are valid", async () => {
    const names = [
      "dual-script/mysqld-killed",
      "dual-script/multicast-blocked",
      "lvs-dr/baseline",
      "lvs-dr/mysqld-killed",
    ];
    const made = names.map((name) => simulate(findScenario(name), { seed: 7 }));
    const timed = (await Promise.all(made)).map(({ record, events, result }) =>
      timedRunOf({ record, events, result, path: "runs/one" }),
    );
    expect(complaints(validate, renderTimingJson(timed))).toEqual([]);
    expect(renderTimingJson(timed)).toContain('"server-back"');
  });

  it("are not valid with a field more", () => {
    for (const key of ["method", "judged", "p50", "reason"]) {
      const more = renderTimingJson(runs).replace(`"${key}"`, `"more": 1, "${key}"`);
      expect(complaints(validate, more), key).toHaveLength(1);
    }
  });
});

describe("comparisons", () => {
  const validate = validatorOf("comparison-1.json");
  const story = [movedRun(), stuckRun(), voidRun(), brokenRun(), skippedRun()].map(timedRunOf);
  const slower = timedRuns(31, { from: 1.65 });
  const still = [timedRun(), timedRun(undefined, { outcome: "unexpected" })];
  const simulated = timedRuns(3, { simulated: true, backend: "sim" });
  const pairs: readonly (readonly [string, readonly TimedRun[], readonly TimedRun[]])[] = [
    ["every outcome with itself", story, story],
    ["one run with one", timedRuns(1), timedRuns(1)],
    ["many with slower ones", timedRuns(30), slower],
    ["nothing with spells", [spellRun(), spellRun()], [spellRun(4)]],
    ["moves with none", timedRuns(30), [...still, ...still]],
    ["what the other side has not", timedRuns(2, { scenario: "a/b" }), timedRuns(2)],
    ["simulated with measured", simulated, timedRuns(3)],
    ["nothing with nothing", [], []],
  ];

  it.each(pairs)("of %s are valid", (_, base, now) => {
    expect(complaints(validate, renderComparisonJson(compareRuns(base, now)))).toEqual([]);
    const thresholds = {
      p50: { kind: "us", us: 200_000 },
      p95: { kind: "share", share: 0.1 },
    } as const;
    const asked = compareRuns(now, base, { thresholds });
    expect(complaints(validate, renderComparisonJson(asked))).toEqual([]);
  });

  it("are not valid with a field more, or with parts of a microsecond", () => {
    const text = renderComparisonJson(compareRuns(timedRuns(30), slower));
    for (const key of ["format", "judged", "verdict", "middle", "p50", "interval"]) {
      const more = text.replace(`"${key}"`, `"more": 1, "${key}"`);
      expect(complaints(validate, more), key).toHaveLength(1);
    }
    const part = text.replace(/("differenceUs": \d+)/, "$1.5");
    expect(complaints(validate, part)).toHaveLength(1);
  });
});
