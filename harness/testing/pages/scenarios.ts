/** The catalogue of scenarios as a page: row by row, what happens, why, and what has to come out. */
import { CATALOGUE } from "../../../scenarios/catalogue.ts";
import type { Expectation, Scenario } from "../../scenario/scenario.ts";
import { describeVersions } from "../../scenario/versions.ts";
import { code, table } from "./markdown.ts";

export function rowsOfCatalogue(): readonly string[] {
  return [...new Set(CATALOGUE.map(({ name }) => rowOf(name)))];
}

export function scenariosOf(row: string): readonly Scenario[] {
  return CATALOGUE.filter(({ name }) => rowOf(name) === row);
}

function rowOf(name: string): string {
  return name.split("/")[0] ?? name;
}

export function scenarioSections(): string {
  return rowsOfCatalogue()
    .flatMap((row) => [
      `## ${row}`,
      table(
        ["scenario", "what happens, and why it matters", "what has to come out"],
        scenariosOf(row).map((scenario) => [
          code(scenario.name.slice(row.length + 1)),
          `**${scenario.title}.** ${scenario.why}`,
          declared(scenario),
        ]),
      ),
    ])
    .join("\n\n");
}

export function declared({ canary, expect: expectations, only }: Scenario): string {
  if (canary !== undefined) return `${canary.mustComeOut}, caught by ${code(canary.caughtBy)}`;
  const failing = expectations.filter((item) => item.verdict === "fail");
  const where = only === undefined ? "" : ` (only ${describeVersions(only)})`;
  if (failing.length === 0) return `all ${expectations.length} checkers pass${where}`;
  return `${failing.map(failure).join("; ")}; the other ${expectations.length - failing.length} checkers pass${where}`;
}

function failure({ checker, because, on }: Expectation): string {
  const where = on === undefined ? "" : ` on ${describeVersions(on)}`;
  return `${code(checker)} fails${where}${because === undefined ? "" : `: ${because}`}`;
}
