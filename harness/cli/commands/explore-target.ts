/** What `explore` is asked for, from the words of its command line: a cluster, properties, a model. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CATALOGUE } from "../../../scenarios/catalogue.ts";
import { isSimulatedImage, SIMULATED_IMAGES } from "../../backend/sim/backend.ts";
import { InputError, messageOf } from "../../core/errors.ts";
import { MODELS, type Model } from "../../explore/models.ts";
import { PROPERTIES, propertiesCalled } from "../../explore/properties.ts";
import type { Property } from "../../explore/property.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import type { Topology } from "../../topology/topology.ts";
import { selectScenarios } from "../catalogue.ts";

export interface Target {
  readonly name: string;
  /** As it was typed. */
  readonly word: string;
  readonly topology: Topology;
  /** Of the same row: what somebody has thought of already. */
  readonly scenarios: readonly Scenario[];
}

/** A row of the catalogue, a scenario by its name, or a file with one: its topology is what is explored. */
export async function targetOf(word: string): Promise<Target> {
  const ofRow = CATALOGUE.filter(({ name }) => name.startsWith(`${word}/`));
  const [first] = ofRow;
  if (first !== undefined) {
    const plain = ofRow.find(({ topology }) => topology.name === word) ?? first;
    return { name: word, word, topology: plain.topology, scenarios: ofRow };
  }
  const [scenario] = await selectScenarios([word]);
  if (scenario === undefined) {
    throw new InputError("NOTHING_TO_EXPLORE", `${word}: there is no scenario in it`);
  }
  const row = scenario.name.split("/")[0] ?? "";
  const { name, topology } = scenario;
  return {
    name,
    word,
    topology,
    scenarios: [...CATALOGUE.filter((other) => other.name.startsWith(`${row}/`)), scenario],
  };
}

/** Names, and files that export `properties`. */
export async function propertiesOf(named: readonly string[]): Promise<readonly Property[]> {
  const own: Property[] = [];
  for (const word of named.filter((one) => /\.(ts|mts|js|mjs)$/.test(one))) {
    const path = resolve(word);
    if (!existsSync(path)) {
      throw new InputError("PROPERTY_UNKNOWN", `--properties ${word}: there is no such file`);
    }
    own.push(...(await propertiesIn(path, word)));
  }
  const names = named.filter((one) => !/\.(ts|mts|js|mjs)$/.test(one));
  if (names.length === 0 && own.length > 0) return own;
  return [...propertiesCalled(names, PROPERTIES), ...own];
}

async function propertiesIn(path: string, shown: string): Promise<readonly Property[]> {
  let module: { readonly properties?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as typeof module;
  } catch (error) {
    const why = messageOf(error);
    throw new InputError("PROPERTY_UNREADABLE", `--properties ${shown} cannot be read: ${why}`, {
      cause: error,
    });
  }
  const { properties } = module;
  if (!Array.isArray(properties) || properties.length === 0) {
    throw new InputError("PROPERTY_UNKNOWN", `--properties ${shown}: it exports no properties`);
  }
  if (properties.every(isProperty)) return properties;
  throw new InputError(
    "PROPERTY_UNREADABLE",
    `--properties ${shown}: each property needs a name, a promise and a function judge`,
  );
}

function isProperty(value: unknown): value is Property {
  const { name, promise, judge } = (value ?? {}) as Partial<Record<keyof Property, unknown>>;
  return typeof name === "string" && typeof promise === "string" && typeof judge === "function";
}

export function modelOf(word: string): Model {
  if (Object.hasOwn(MODELS, word)) return word as Model;
  throw new InputError(
    "MODEL_UNKNOWN",
    `--model ${word}: there is no such model; there are ${Object.keys(MODELS).join(", ")}`,
  );
}

export function demandSimulated(image: string): void {
  if (isSimulatedImage(image)) return;
  throw new InputError(
    "IMAGE_NOT_SIMULATED",
    `--image: the simulator knows ${SIMULATED_IMAGES.join(", ")}, not the image ${image}`,
  );
}

export function words(text: string): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}
