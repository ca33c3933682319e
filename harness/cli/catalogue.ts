/** From what the user typed to scenarios: names, patterns, files. */
import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { matchesGlob, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CATALOGUE } from "../../scenarios/catalogue.ts";
import type { SettingKind } from "../check/checker.ts";
import { CHECKERS, findChecker } from "../check/checkers.ts";
import { InputError, messageOf } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { parseScenario } from "../scenario/schema.ts";

const FILE = /\.(ts|mts|js|mjs|json)$/;

export async function selectScenarios(wanted: readonly string[]): Promise<Scenario[]> {
  const selected: Scenario[] = [];
  for (const word of wanted) {
    const found = FILE.test(word) ? await fromFile(word) : byPattern(word);
    for (const scenario of found) {
      if (!selected.some((other) => other.name === scenario.name)) selected.push(scenario);
    }
  }
  return selected;
}

export function findScenario(name: string): Scenario {
  const found = CATALOGUE.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  throw new InputError("SCENARIO_UNKNOWN", `there is no scenario called ${name}. ${hint(name)}`);
}

/** A row may be called by its first word: `lvs/*` is `lvs-dr/*`. */
export function byPattern(pattern: string): Scenario[] {
  if (!/[*?[{]/.test(pattern)) return [findScenario(pattern)];
  for (const wanted of [pattern, pattern.replace(/^([\w]+)\//, "$1-*/")]) {
    const found = CATALOGUE.filter((scenario) => matchesGlob(scenario.name, wanted));
    if (found.length > 0) return found;
  }
  throw new InputError(
    "SCENARIO_UNKNOWN",
    `no scenario matches ${pattern}; vipdrill list shows them all`,
  );
}

/** The nearest name, when one is near. */
function hint(name: string): string {
  const story = name.split("/").at(-1) ?? name;
  const near = CATALOGUE.map((scenario) => scenario.name)
    .map((candidate) => ({ candidate, steps: distance(candidate, name) }))
    .sort((a, b) => a.steps - b.steps)[0];
  const alike = CATALOGUE.find((scenario) => scenario.name.endsWith(`/${story}`))?.name;
  const suggestion = alike ?? (near !== undefined && near.steps <= 6 ? near.candidate : undefined);
  return suggestion === undefined
    ? "vipdrill list shows them all"
    : `Did you mean ${suggestion}? vipdrill list shows them all`;
}

/** Levenshtein distance: how many letters to change. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

async function fromFile(file: string): Promise<Scenario[]> {
  const path = resolve(file);
  if (!existsSync(path)) throw new InputError("SCENARIO_UNKNOWN", `there is no file ${file}`);
  const values = await load(path, file);
  return values.map((value) => checked(parseScenario(value, file), file));
}

async function load(path: string, shown: string): Promise<unknown[]> {
  try {
    if (path.endsWith(".json")) return [JSON.parse(readFileSync(path, "utf8"))];
    resolveOurName();
    const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
    const value = module["default"] ?? module["scenario"] ?? module["scenarios"];
    if (value === undefined) throw new Error("it exports no default, scenario or scenarios");
    return Array.isArray(value) ? value : [value];
  } catch (error) {
    const line = messageOf(error).split("\n")[0] ?? "";
    throw new InputError("SCENARIO_INVALID", `${shown} cannot be read: ${line}`, { cause: error });
  }
}

function checked(scenario: Scenario, file: string): Scenario {
  for (const { checker: name, with: settings = {} } of scenario.expect) {
    const checker = findChecker(name);
    if (checker === undefined) {
      throw new InputError(
        "SCENARIO_INVALID",
        `${file}: expect: there is no checker called ${name}; there are ${CHECKERS.map((item) => item.name).join(", ")}`,
      );
    }
    const known = checker.settings ?? {};
    for (const [key, value] of Object.entries(settings)) {
      const kind = known[key];
      const wrong =
        kind === undefined
          ? `${name} has no setting ${key}; it has ${Object.keys(known).join(", ") || "none"}`
          : takes(kind, value)
            ? undefined
            : `${name}: ${key} must be ${kindWords(kind)}, it is ${JSON.stringify(value)}`;
      if (wrong !== undefined)
        throw new InputError("SCENARIO_INVALID", `${file}: expect: ${wrong}`);
    }
  }
  return scenario;
}

function takes(kind: SettingKind, value: Json): boolean {
  if (kind === "number") return typeof value === "number";
  if (kind === "flag") return typeof value === "boolean";
  if (kind === "text") return typeof value === "string";
  return typeof value === "string" && kind.includes(value);
}

function kindWords(kind: SettingKind): string {
  if (kind === "number") return "a number";
  if (kind === "flag") return "true or false";
  return kind === "text" ? "a text" : kind.join(" or ");
}

/** What a file anywhere may import by our name; the same as `exports` of package.json. */
const SURFACES: Readonly<Record<string, string>> = {
  vipdrill: "../scenario/index.ts",
  "vipdrill/explore": "../explore/index.ts",
};

function resolveOurName(): void {
  registerHooks({
    resolve: (specifier, context, next) => {
      const surface = SURFACES[specifier];
      if (surface === undefined) return next(specifier, context);
      const url = pathToFileURL(resolve(import.meta.dirname, surface)).href;
      return { url, shortCircuit: true };
    },
  });
}
