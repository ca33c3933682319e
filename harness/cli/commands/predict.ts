/**
 * `predict`: how long each kind of failure takes by the formulas, for configuration files or for a
 * topology of the catalogue. Nothing is started.
 */
import { existsSync, statSync, writeFileSync } from "node:fs";
import { resolve, sep } from "node:path";
import {
  renderPredictionJson,
  renderPredictionMarkdown,
  renderPredictionText,
  type PredictionReport,
} from "../../../reports/predict.ts";
import { CATALOGUE } from "../../../scenarios/catalogue.ts";
import { InputError, messageOf } from "../../core/errors.ts";
import type { ReadResult } from "../../keepalived/read.ts";
import type { KeepalivedVersion } from "../../keepalived/versions.ts";
import { leftOutOf } from "../../predict/left-out.ts";
import { predict, type PredictedRouter } from "../../predict/predict.ts";
import { predictServices, type PredictedService } from "../../predict/real-servers.ts";
import { predictedNodes, type ConfigNode } from "../../predict/what-if/apply.ts";
import { configNodesOf } from "../../predict/what-if/topology.ts";
import { resolveTopology } from "../../topology/resolve.ts";
import type { Topology } from "../../topology/topology.ts";
import { diskFiles, readNode, scriptsBeside } from "../config-files.ts";
import { demandFolder } from "../files.ts";

export interface PredictOptions {
  readonly keepalived: KeepalivedVersion;
  readonly format: "text" | "json" | "markdown";
  readonly output?: string;
  readonly formulas: boolean;
  /** `SETTING=VALUE` and its longer forms: see `what-if.ts`. */
  readonly whatIf?: readonly string[];
  readonly simulate?: number;
  readonly seed?: number;
}

export interface Subject {
  readonly name: string;
  readonly nodes: readonly ConfigNode[];
  readonly remarks: readonly string[];
  /** Of a row of the catalogue. */
  readonly topology?: Topology;
}

export function predictCommand(wanted: readonly string[], options: PredictOptions): number {
  if (options.output !== undefined) demandFolder(options.output);
  const subject = subjectOf(wanted, options.keepalived);
  const report: PredictionReport = {
    subject: subject.name,
    keepalivedVersion: options.keepalived,
    ...predictionOf(subject, subject.nodes, options.keepalived),
    remarks: remarksOf(subject, options.keepalived),
  };
  written(rendered(report, options), options);
  return 0;
}

/** What the files are like, and what the tables leave out of them. */
export function remarksOf({ remarks, nodes }: Subject, version: KeepalivedVersion): string[] {
  return [...remarks, ...leftOutOf(predictedNodes(nodes, version))];
}

export interface Prediction {
  readonly routers: readonly PredictedRouter[];
  readonly services: readonly PredictedService[];
}

export function predictionOf(
  { name }: Subject,
  nodes: readonly ConfigNode[],
  version: KeepalivedVersion,
): Prediction {
  const predicted = predictedNodes(nodes, version);
  const [routers, services] = [predict(predicted), predictServices(predicted)];
  if (routers.length > 0 || services.length > 0) return { routers, services };
  throw new InputError(
    "NO_VRRP_INSTANCE",
    `${name} has no vrrp_instance and no virtual_server that a keepalived ${version} would run; vipdrill lint says why`,
  );
}

export function written(text: string, { output }: Pick<PredictOptions, "output">): void {
  if (output === undefined) process.stdout.write(text);
  else writeFileSync(output, text);
}

function rendered(report: PredictionReport, { format, formulas }: PredictOptions): string {
  switch (format) {
    case "json":
      return renderPredictionJson(report);
    case "markdown":
      return renderPredictionMarkdown(report);
    case "text":
      return renderPredictionText(report, { formulas });
  }
}

export function subjectOf(wanted: readonly string[], version: KeepalivedVersion): Subject {
  const [first] = wanted;
  if (first === undefined) {
    throw new InputError("NOTHING_TO_PREDICT", "name keepalived.conf files or a catalogue row");
  }
  if (wanted.length > 1 || existsSync(first)) return fromFiles(wanted, version);
  const topology = topologyCalled(first);
  return topology === undefined ? fromFiles(wanted, version) : fromTopology(topology);
}

/** A scenario by its name, or a row: what stands before the slash. */
function topologyCalled(name: string): Topology | undefined {
  const exact = CATALOGUE.find((scenario) => scenario.name === name);
  const row = CATALOGUE.find(
    ({ name: other, topology }) => other.startsWith(`${name}/`) || topology.name === name,
  );
  return (exact ?? row)?.topology;
}

/** Addresses and VRIDs as a backend would allot them; they do not change the figures. */
function fromTopology(topology: Topology): Subject {
  const resolved = resolveTopology(topology, {
    subnetPrefix: "198.18.0",
    prefixLength: 24,
    vrids: topology.vrids.map((_, index) => 51 + index),
  });
  return {
    name: `topology ${topology.name}`,
    nodes: configNodesOf(resolved),
    remarks: [],
    topology,
  };
}

function fromFiles(files: readonly string[], version: KeepalivedVersion): Subject {
  for (const file of files) demandFile(file);
  const names = namesOf(files);
  const read = files.map((file, index) => ({
    name: names[index] ?? file,
    result: readOne(file, version),
    node: {
      name: names[index] ?? file,
      main: file,
      files: diskFiles,
      scripts: scriptsBeside(file).scripts,
    },
  }));
  return {
    name: files.length === 1 ? (files[0] ?? "") : `${files.length} files`,
    nodes: read.map(({ node }) => node),
    remarks: read.flatMap(({ name, result }) => remarkOf(name, result)),
  };
}

function readOne(file: string, version: KeepalivedVersion): ReadResult {
  try {
    return readNode(file, version);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("CONFIG_UNREADABLE", `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function demandFile(file: string): void {
  if (!existsSync(file)) {
    const rows = [...new Set(CATALOGUE.map(({ name }) => name.split("/")[0] ?? name))].join(", ");
    throw new InputError(
      "NO_SUCH_FILE",
      `there is no file ${file}, and no row of that name in the catalogue (${rows})`,
    );
  }
  if (statSync(file).isDirectory()) {
    throw new InputError(
      "NOT_A_FILE",
      `${file} is a folder; name the keepalived.conf of each node`,
    );
  }
}

/** File names where they differ; otherwise the folder nearest to the files that tells them apart. */
function namesOf(files: readonly string[]): string[] {
  const paths = files.map((file) =>
    resolve(file)
      .replace(/\.conf$/, "")
      .split(sep)
      .reverse(),
  );
  const depths = Math.max(...paths.map((parts) => parts.length));
  for (let depth = 0; depth < depths; depth += 1) {
    const names = paths.map((parts) => parts[depth] ?? "");
    if (new Set(names).size === files.length && !names.includes("")) return names;
  }
  throw new InputError("SAME_FILE_TWICE", "a file is named twice; each stands for one node");
}

function remarkOf(name: string, { diagnostics }: ReadResult): string[] {
  const serious = diagnostics.filter(
    ({ severity }) => severity === "fatal" || severity === "error",
  );
  const includes = diagnostics
    .filter(({ severity, code }) => severity === "warning" && code === "include-not-found")
    .map(
      ({ message, at }) => `${name}: ${message} (include of line ${at.line}); predicted without`,
    );
  const [first] = serious;
  if (first === undefined) return includes;
  const more = serious.length > 1 ? ` (and ${serious.length - 1} more)` : "";
  return [
    `${name}: ${first.message}${more}; predicted with what keepalived makes of it, see vipdrill lint`,
    ...includes,
  ];
}
