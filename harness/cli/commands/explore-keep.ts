/** What a search has found, as files: data that the next one runs first, scenario files, and the command that shows it. */
import { join, relative, resolve } from "node:path";
import type { Found } from "../../explore/finding.ts";
import { idOfFinding, type ExploreRecord, type Reported } from "../../explore/record.ts";
import type { World } from "../../explore/runner.ts";
import { scenarioFile, type TopologySource } from "../../explore/scenario-file.ts";
import { storeFinding } from "../../explore/store.ts";
import { exploreTopology, settingFor } from "../../explore/target.ts";
import type { Target } from "./explore-target.ts";

/** Rows whose topology is a function of a module, for scenario files inside the checkout. */
const SOURCES: Readonly<Record<string, TopologySource>> = {
  "dual-script": { module: "vipdrill/scenarios/shared/dual-script", name: "dualScript" },
  "dual-check": { module: "vipdrill/scenarios/shared/dual-check", name: "dualCheck" },
  "dual-kill9": { module: "vipdrill/scenarios/shared/dual-kill9", name: "dualKill9" },
  "lvs-dr": { module: "vipdrill/scenarios/shared/lvs-dr", name: "lvsDr" },
};

/** Elsewhere nobody would find the module, and the topology is written out. */
function sourceOf({ word, topology }: Target, store: string): TopologySource | undefined {
  const root = resolve(import.meta.dirname, "../../..");
  const inside = !relative(root, resolve(store)).startsWith("..");
  return inside && topology.name === word ? SOURCES[word] : undefined;
}

/** Each finding as data, to be run first the next time, and as a scenario file. */
export function keepFindings(record: ExploreRecord, target: Target, store: string): void {
  const { image } = record;
  const source = sourceOf(target, store);
  const setting = settingFor(target.name, target.topology, exploreTopology(target.topology, image));
  for (const found of record.findings) {
    const { id, property, kind, plan, seed = record.seed } = found;
    const text = scenarioFile({
      setting,
      found,
      id,
      seed,
      surface: "vipdrill",
      ...(source === undefined ? {} : { source }),
    });
    storeFinding(store, { id, property, kind, plan, image, seed }, text);
  }
}

/** Somebody leaves before they were looked at more closely: the next search of the target runs them first. */
export function keepHalfway(
  list: readonly Found[],
  { store, home, world }: { readonly store: string; readonly home: string; readonly world: World },
): void {
  const { image, seed } = world;
  for (const found of list) {
    const { property, kind, plan } = found;
    storeFinding(store, { id: idOfFinding(found, home), property, kind, plan, image, seed });
  }
  if (list.length > 0) {
    process.stderr.write(`\nThe next search runs these first: ${shortest(store)}/findings`);
  }
}

export interface AgainOptions {
  readonly store: string;
  readonly target: string;
  readonly seed: number;
  readonly image: string;
  /** Options of the search that its record does not know: ` --corpus DIR --properties NAMES`. */
  readonly extra?: string;
}

/** The very command; what no checker says is looked at by exploring no further. */
export function againWith(options: AgainOptions): (found: Reported) => string {
  const { store, target, image, extra = "" } = options;
  const where = image === "sid" ? "" : ` --image ${image}`;
  return ({ id, expectation, seed = options.seed }) =>
    expectation === undefined
      ? `./vipdrill explore ${target} --seed ${seed} --runs 0${where}${extra}`
      : `./vipdrill run ${shortest(join(store, "findings", `${id}.ts`))} --backend sim --seed ${seed}${where}`;
}

export function fileName(name: string): string {
  return name.replaceAll(/[^\w.-]+/g, "-");
}

/** Relative to here when it is below here. */
export function shortest(path: string): string {
  const absolute = resolve(path);
  const fromHere = relative(process.cwd(), absolute);
  return fromHere === "" || fromHere.startsWith("..") ? absolute : fromHere;
}
