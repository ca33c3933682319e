/**
 * A finding as a scenario file: TypeScript that compiles, runs on both backends, and comes out as expected
 * for as long as what was found is still there.
 */
import { MICROSECONDS_PER_SECOND, type Us } from "../core/time.ts";
import { isFaultStep, isHealStep, type Step } from "../fault/schedule.ts";
import { passes, type Expectation, type Scenario } from "../scenario/scenario.ts";
import { defaultWorkload } from "../workload/workload.ts";
import { underLoad, type Examined } from "./examine.ts";
import { describePlan, scenarioOf, type Setting } from "./plan.ts";

/** Where the topology is defined, for a file beside it: `dualScript()` of a module. */
export interface TopologySource {
  readonly module: string;
  readonly name: string;
}

export interface FileOptions {
  readonly setting: Setting;
  readonly found: Examined;
  /** Names the scenario, and the file. */
  readonly id: string;
  readonly seed: number;
  /** Absent: the topology is written out. */
  readonly source?: TopologySource;
  /** What the authoring surface is imported from. */
  readonly surface: string;
}

/** As the file says it; where the load of a drill hides what was found, with the load of the search. */
export function scenarioOfFinding({ setting, found, id }: FileOptions): Scenario {
  const drawn = scenarioOf(setting, found.plan);
  const { expectation, sentence } = found;
  const own = { ...(found.underLoad ? underLoad(drawn) : drawn), why: sentence };
  return {
    ...own,
    name: `regression/${setting.target.replaceAll("/", "-")}-${id}`,
    expect: [
      ...(expectation === undefined ? [] : [{ ...expectation, because: found.kind }]),
      ...(found.underLoad ? [] : [passes("enough-activity", { writes: 1, reads: 1 })]),
      passes("schedule-followed"),
      passes("nothing-leaked"),
    ],
  };
}

export function scenarioFile(options: FileOptions): string {
  const { setting, found, source, surface, seed } = options;
  const scenario = scenarioOfFinding(options);
  const written = source !== undefined && (found.plan.changes ?? []).length === 0;
  const names = namesFor(scenario);
  const comment = [
    `Found by exploring ${setting.target} with seed ${seed}, and made as small as it goes.`,
    "",
    `${found.property}: ${found.kind}.`,
    ...(found.expectation === undefined
      ? ["", "No checker of the catalogue says this, so that nothing of it is expected below."]
      : []),
    "",
    ...describePlan(found.plan, setting.restUs),
  ];
  return [
    "/**",
    ...comment.map((line) => ` * ${line}`.trimEnd()),
    " */",
    `import { ${names.join(", ")} } from ${JSON.stringify(surface)};`,
    ...(written ? [`import { ${source.name} } from ${JSON.stringify(source.module)};`] : []),
    "",
    "export const scenario: Scenario = defineScenario({",
    `  name: ${JSON.stringify(scenario.name)},`,
    `  title: ${JSON.stringify(scenario.title)},`,
    `  why: ${JSON.stringify(scenario.why)},`,
    `  topology: ${written ? `${source.name}()` : literal(scenario.topology)},`,
    `  workload: ${found.underLoad ? "defaultWorkload" : literal(scenario.workload)},`,
    `  warmUpUs: ${timeWords(scenario.warmUpUs)},`,
    `  disturb: [${scenario.disturb.map(stepWords).join(", ")}],`,
    `  recover: [${scenario.recover.map(stepWords).join(", ")}],`,
    `  expect: [${scenario.expect.map(expectationWords).join(", ")}],`,
    "});",
    "",
  ].join("\n");
}

function namesFor({ expect, workload, ...rest }: Scenario): string[] {
  const times = [rest.warmUpUs, ...[...rest.disturb, ...rest.recover].map(delayOf)].map(timeWords);
  const uses = (name: string): boolean => times.some((words) => words.startsWith(`${name}(`));
  return [
    "after",
    ...(workload === defaultWorkload ? ["defaultWorkload"] : []),
    "defineScenario",
    ...(expect.some(({ verdict }) => verdict === "fail") ? ["fails"] : []),
    ...(uses("milliseconds") ? ["milliseconds"] : []),
    "passes",
    ...(uses("seconds") ? ["seconds"] : []),
    "type Scenario",
  ];
}

function delayOf({ when }: Step): Us {
  return when.kind === "after" ? when.delayUs : 0;
}

/** `seconds(1.5)`; whole microseconds where that would not be exact. */
function timeWords(us: Us): string {
  if (us % 100_000 === 0) return `seconds(${us / MICROSECONDS_PER_SECOND})`;
  return us % 1000 === 0 ? `milliseconds(${us / 1000})` : String(us);
}

function stepWords(step: Step): string {
  const when = `after(${timeWords(delayOf(step))})`;
  const rest = isFaultStep(step)
    ? `, fault: ${literal(step.fault)}`
    : isHealStep(step)
      ? `, heal: ${JSON.stringify(step.heal)}`
      : "";
  return `{ id: ${JSON.stringify(step.id)}, when: ${when}${rest} }`;
}

function expectationWords({
  checker,
  verdict,
  because = "",
  facts,
  with: settings,
}: Expectation): string {
  const name = JSON.stringify(checker);
  if (verdict !== "fail")
    return `passes(${[name, ...(settings === undefined ? [] : [literal(settings)])].join(", ")})`;
  const rest =
    settings === undefined ? (facts === undefined ? [] : [facts]) : [facts ?? {}, settings];
  return `fails(${[name, JSON.stringify(because), ...rest.map(literal)].join(", ")})`;
}

/** A value as TypeScript, names without quotes where they need none; long texts as templates, to be read. */
function literal(value: unknown): string {
  if (typeof value === "string")
    return value.includes("\n") ? template(value) : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(
      ([key, item]) =>
        `${/^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key)}: ${literal(item)}`,
    );
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function template(text: string): string {
  return `\`${text.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${")}\``;
}
