/**
 * The documentation says what the code says: generated parts are compared, links resolve, and the
 * example is a scenario. `npm test -- harness/cli/docs.test.ts --update` writes the generated parts.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { format, resolveConfig } from "prettier";
import { describe, expect, it } from "vitest";
import { scenario as example } from "../../docs/examples/standby-mysqld-killed.ts";
import { PROMISES } from "../../scenarios/promises.ts";
import { CATALOGUE } from "../../scenarios/catalogue.ts";
import { CHECKERS } from "../check/checkers.ts";
import { CAPABILITIES, FAULT_GROUPS, type FaultDefinition } from "../fault/definition.ts";
import { definitions } from "../fault/facts.ts";
import type { PlainFault } from "../fault/fault.ts";
import { renderConsole } from "../../reports/console.ts";
import { code, table } from "../testing/pages/markdown.ts";
import { promiseTables, trialsOf } from "../testing/pages/promises.ts";
import { rowsOfCatalogue, scenarioSections, scenariosOf } from "../testing/pages/scenarios.ts";
import { simulate } from "../testing/simulated.ts";
import { findScenario, selectScenarios } from "./catalogue.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const EXAMPLE = "docs/examples/standby-mysqld-killed.ts";
/** So many lines of the sample report's time line are shown. */
const TIMELINE_LINES = 16;

const SAMPLE = await sampleReport();

describe("generated parts of the documentation", () => {
  it.each([
    ["README.md", { scenarios: rowTable(), sample: SAMPLE }],
    ["docs/scenarios.md", { scenarios: scenarioSections() }],
    ["docs/promises.md", { promises: promiseTables() }],
    ["docs/invariants.md", { invariants: checkerTable() }],
    [
      "docs/faults.md",
      { faults: faultTable(), "each fault": faultSections(), capabilities: capabilityTable() },
    ],
    ["docs/writing-scenarios.md", { example: exampleCode() }],
  ] as const)("%s", async (file, parts) => {
    const path = join(ROOT, file);
    const text = Object.entries(parts).reduce(
      (whole, [name, wanted]) => replaceGenerated(whole, name, wanted),
      readFileSync(path, "utf8"),
    );
    const formatted = await format(text, { ...(await resolveConfig(path)), filepath: path });
    await expect(formatted).toMatchFileSnapshot(path);
  });
});

/** The report that the README shows; the time line is cut after its first entries. */
async function sampleReport(): Promise<string> {
  const path = "runs/2026-11-21T06-00-00-dual-script-mysqld-killed-0f3a9c21";
  const { record, events, result } = await simulate(findScenario("dual-script/mysqld-killed"), {
    seed: 7,
  });
  const own = { ...record, replay: `./vipdrill replay ${path}` };
  const lines = renderConsole({ record: own, events, result, path }, { colour: false })
    .trimEnd()
    .split("\n");
  const timeline = lines.findIndex((line) => line.startsWith("Time line"));
  const end = lines.findIndex((line) => line.startsWith("Run directory"));
  const shown = [...lines.slice(0, timeline + TIMELINE_LINES), "  ...", "", ...lines.slice(end)];
  return ["```text", ...shown, "```"].join("\n");
}

describe("links between pages", () => {
  it.each(pages())("%s", (page) => {
    const text = readFileSync(join(ROOT, page), "utf8").replaceAll(/^```[^]*?^```/gm, "");
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
    const broken = targets
      .filter((target) => !/^(https?:|mailto:|#)/.test(target))
      .filter((target) => !existsSync(join(ROOT, dirname(page), target.replace(/#.*/, ""))));
    expect(broken).toEqual([]);
  });
});

describe("every checker and every fault", () => {
  it("has a section of its own", () => {
    expect(headings("docs/invariants.md")).toEqual(
      expect.arrayContaining(CHECKERS.map((checker) => checker.name)),
    );
    expect(headings("docs/faults.md")).toEqual(
      expect.arrayContaining([...definitions().map(({ kind }) => kind), "sabotaged"]),
    );
  });
});

describe("the promises of the documents", () => {
  it("are tried by a scenario, or say why not", () => {
    const silent = PROMISES.filter(
      ({ id, untried }) => (trialsOf(id).length === 0) === (untried === undefined),
    );
    expect(silent.map(({ id }) => id)).toEqual([]);
  });

  it("are in the list when a scenario names them", () => {
    const known = new Set(PROMISES.map(({ id }) => id));
    const named = CATALOGUE.flatMap(({ promises = [] }) => promises.map(({ promise }) => promise));
    expect(named.filter((id) => !known.has(id))).toEqual([]);
  });
});

describe("the example of a scenario file", () => {
  it("is a scenario, and the compiler has seen it", async () => {
    expect(await selectScenarios([join(ROOT, EXAMPLE)])).toEqual([example]);
  });
});

function replaceGenerated(text: string, name: string, wanted: string): string {
  const [begin, end] = [`<!-- generated:${name} -->`, "<!-- /generated -->"];
  const [before, rest] = text.split(begin);
  const after = rest?.slice(rest.indexOf(end));
  return `${before ?? ""}${begin}\n\n${wanted}\n\n${after ?? `${end}\n`}`;
}

function rowTable(): string {
  return table(
    ["row", "scenarios", "what is drilled"],
    rowsOfCatalogue().map((row) => [code(row), String(scenariosOf(row).length), ROWS[row] ?? ""]),
  );
}

/** What a row is, in a line; a row that is missing shows as an empty cell. */
const ROWS: Readonly<Record<string, string>> = {
  "dual-script":
    "two sources, a check script run by keepalived, the higher priority takes the VIP back",
  "dual-check":
    "two sources, both BACKUP with nopreempt: alerts, hand-back, generated keys, split brain, a `virtual_server` as the check",
  "dual-kill9": "the same pair, ended by `kill -9` of the pid file's process",
  "lvs-dr":
    "two directors (LVS-DR) in front of two sources: shares, persistence, failing servers and directors",
  canary: "scenarios that must not come out as they declare: proof that the judge bites",
};

function checkerTable(): string {
  return table(
    ["checker", "promise", "kind"],
    CHECKERS.map(({ name, promise, precondition }) => [
      `[${code(name)}](#${name})`,
      promise,
      precondition === true ? "precondition" : "expectation",
    ]),
  );
}

function faultTable(): string {
  return table(
    ["fault", "stands for", "needs"],
    definitions().map(({ kind, standsFor, needs }) => [
      `[${code(kind)}](#${kind})`,
      standsFor,
      needs.map(code).join(", "),
    ]),
  );
}

/** Everything that is said of each fault, group by group. */
function faultSections(): string {
  return FAULT_GROUPS.flatMap((group) => [
    `## Faults of group ${code(group)}`,
    ...definitions()
      .filter((definition) => definition.group === group)
      .map(faultSection),
  ]).join("\n\n");
}

function faultSection(definition: FaultDefinition<PlainFault>): string {
  const { kind, standsFor, does, receipt, healing, simulated, worthKnowing, examples } = definition;
  const points = [
    ["Stands for", `${standsFor}.`],
    ["Does", does],
    ["Receipt", receipt],
    ["Healing", healing ?? "none: an action, with nothing that lasts."],
    ["Simulated", simulated],
    ["Worth knowing", worthKnowing],
    ["As data", examples.map((example) => code(JSON.stringify(example))).join(", ")],
  ];
  const lines = points.flatMap(([name, text]) =>
    text === undefined || name === undefined ? [] : [`- **${name}**: ${text}`],
  );
  return [`### ${kind}`, lines.join("\n")].join("\n\n");
}

function capabilityTable(): string {
  return table(
    ["capability", "what can be done", "faults that need it"],
    Object.entries(CAPABILITIES).map(([capability, words]) => [
      code(capability),
      words,
      definitions()
        .filter(({ needs }) => needs.some((need) => need === capability))
        .map(({ kind }) => `[${code(kind)}](#${kind})`)
        .join(", "),
    ]),
  );
}

function exampleCode(): string {
  return `\`\`\`ts\n${readFileSync(join(ROOT, EXAMPLE), "utf8")}\`\`\``;
}

function headings(page: string): string[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/^#+ `?([^`\n]+)`?$/gm)].map((match) => match[1] ?? "");
}

function pages(): string[] {
  const skip = (path: string): boolean => /(^|\/)(node_modules|\.node|runs|\.git)(\/|$)/.test(path);
  return globSync("**/*.md", { cwd: ROOT, exclude: skip }).sort();
}
