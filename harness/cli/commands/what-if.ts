/**
 * `predict --what-if SETTING=VALUE`: the same table before and after, from the formulas; with `--simulate N` also what
 * the simulator makes of both, in the stories of the row. No file on disk is changed.
 */
import {
  renderWhatIfJson,
  renderWhatIfMarkdown,
  renderWhatIfText,
  type SimulatedComparison,
  type SimulatedRow,
  type SimulatedTimes,
  type WhatIfReport,
} from "../../../reports/what-if.ts";
import { CATALOGUE } from "../../../scenarios/catalogue.ts";
import { simBackend, SIMULATED_IMAGES } from "../../backend/sim/backend.ts";
import { simulatedImage } from "../../backend/sim/images.ts";
import { InputError } from "../../core/errors.ts";
import type { Us } from "../../core/time.ts";
import { targetOf } from "../../fault/facts.ts";
import type { KeepalivedVersion } from "../../keepalived/versions.ts";
import { lintCluster } from "../../keepalived/lint/engine.ts";
import type { Finding, LintNode } from "../../keepalived/lint/rule.ts";
import { AWAY, type AwayClass, type FaultClass } from "../../predict/classes.ts";
import { nearestEvent } from "../../predict/move.ts";
import { readNode, whatIf, type ConfigNode, type WhatIf } from "../../predict/what-if/apply.ts";
import {
  compareRouters,
  compareServices,
  type RouterDifference,
  type ServiceDifference,
} from "../../predict/what-if/compare.ts";
import { withChanges } from "../../predict/what-if/topology.ts";
import { parseWish } from "../../predict/what-if/wish.ts";
import { runScenario } from "../../run/run.ts";
import type { RunDirectory } from "../../run/store.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import type { Topology } from "../../topology/topology.ts";
import { demandFolder } from "../files.ts";
import { startProgress } from "../progress.ts";
import {
  predictionOf,
  remarksOf,
  subjectOf,
  written,
  type PredictOptions,
  type Subject,
} from "./predict.ts";

export async function whatIfCommand(
  wanted: readonly string[],
  options: PredictOptions,
): Promise<number> {
  if (options.output !== undefined) demandFolder(options.output);
  const texts = options.whatIf ?? [];
  if (texts.length === 0) {
    throw new InputError(
      "NOTHING_TO_CHANGE",
      "--simulate compares two settings: say --what-if SETTING=VALUE as well",
    );
  }
  const wishes = texts.map(parseWish);
  const version = options.keepalived;
  const subject = subjectOf(wanted, version);
  const before = predictionOf(subject, subject.nodes, version);
  const changed = whatIf(subject.nodes, wishes, version);
  const after = predictionOf(subject, changed.nodes, version);
  const routers = compareRouters(before.routers, after.routers);
  const services = compareServices(before.services, after.services);
  const differences = { routers, services };
  const simulated =
    options.simulate === undefined
      ? undefined
      : await simulatedBoth(subject, changed, differences, {
          version,
          count: options.simulate,
          seed: options.seed ?? 1,
        });
  const report: WhatIfReport = {
    subject: subject.name,
    keepalivedVersion: version,
    wishes: texts,
    changes: changed.changes,
    routers,
    services,
    remarks: [
      ...remarksOf(subject, version),
      ...changed.remarks,
      ...newFindings(subject.nodes, changed.nodes, version),
      ...(options.simulate === undefined ? [] : unsimulated(differences)),
    ],
    ...(simulated === undefined ? {} : { simulated }),
  };
  written(rendered(report, options), options);
  return 0;
}

function rendered(report: WhatIfReport, { format }: PredictOptions): string {
  switch (format) {
    case "json":
      return renderWhatIfJson(report);
    case "markdown":
      return renderWhatIfMarkdown(report);
    case "text":
      return renderWhatIfText(report);
  }
}

/** What lint says of the changed files and did not say before. */
function newFindings(
  before: readonly ConfigNode[],
  after: readonly ConfigNode[],
  version: KeepalivedVersion,
): string[] {
  const place = ({ rule, node }: Finding): string => `${rule} ${node}`;
  const known = new Set(lintCluster(lintNodes(before, version)).map(place));
  const told = lintCluster(lintNodes(after, version))
    .filter(({ severity }) => severity !== "info")
    .filter((finding) => !known.has(place(finding)))
    .map(({ rule, what }) => `vipdrill lint then says ${rule}: ${what}`);
  return [...new Set(told)];
}

function lintNodes(nodes: readonly ConfigNode[], version: KeepalivedVersion): LintNode[] {
  return nodes.map((node) => ({
    name: node.name,
    file: node.main,
    read: readNode(node, version),
    scripts: node.scripts,
  }));
}

interface Simulation {
  readonly version: KeepalivedVersion;
  readonly count: number;
  readonly seed: number;
}

interface Differences {
  readonly routers: readonly RouterDifference[];
  readonly services: readonly ServiceDifference[];
}

/** Failures of the holder after which the VIP moves otherwise than before. */
function movesChanged({ routers }: Differences): ReadonlySet<FaultClass> {
  return new Set(
    routers.flatMap(({ rows }) => rows.filter((row) => !row.same).map(({ event }) => event)),
  );
}

function serversChanged({ services }: Differences): boolean {
  return services.some(
    ({ rows, tiedClients: { before, after } }) =>
      rows.some((row) => !row.same) || JSON.stringify(before) !== JSON.stringify(after),
  );
}

/** Stories are simulated for moves of the VIP; for removals there are `run` and `timing`. */
function unsimulated(differences: Differences): string[] {
  if (!serversChanged(differences)) return [];
  return movesChanged(differences).size > 0
    ? ["--simulate: simulated are moves of the VIP only, not what changes for the real servers"]
    : [
        "--simulate: nothing was simulated. It simulates moves of the VIP only, and by the formulas nothing changes but what becomes of real servers",
      ];
}

/** Undefined: nothing that changes can be simulated. */
async function simulatedBoth(
  { topology, name }: Subject,
  { changes }: WhatIf,
  differences: Differences,
  simulation: Simulation,
): Promise<SimulatedComparison | undefined> {
  if (topology === undefined) {
    throw new InputError(
      "NOT_A_ROW",
      `--simulate needs the stories of a row of the catalogue, such as dual-script; ${name} has none`,
    );
  }
  const events = movesChanged(differences);
  if (events.size === 0 && serversChanged(differences)) return undefined;
  const changed = withChanges(topology, changes);
  if (changed === undefined) {
    throw new InputError(
      "NOT_SIMULATED",
      "a changed line holds an address of the row; simulate other settings",
    );
  }
  const image = SIMULATED_IMAGES.find(
    (item) => simulatedImage(item)?.keepalived === simulation.version,
  );
  if (image === undefined) {
    throw new InputError(
      "NOT_SIMULATED",
      `no simulated image has keepalived ${simulation.version}`,
    );
  }
  const wanted = AWAY.filter((event) => events.size === 0 || events.has(event));
  const stories = wanted.flatMap((event) => storyOf(topology, event));
  const progress = startProgress("simulating");
  const rows: SimulatedRow[] = [];
  try {
    for (const { event, scenario } of stories) {
      progress.update(scenario.name);
      rows.push({
        event,
        scenario: scenario.name,
        before: await simulatedTimes(scenario, image, simulation),
        after: await simulatedTimes({ ...scenario, topology: changed }, image, simulation),
      });
    }
  } finally {
    progress.stop();
  }
  const told = new Set(stories.map(({ event }) => event));
  const { count, seed } = simulation;
  return { count, seed, rows, without: wanted.filter((event) => !told.has(event)) };
}

interface Story {
  readonly event: AwayClass;
  readonly scenario: Scenario;
}

/** The row's first story in which this happens to the holder, and nothing else before it has moved. */
function storyOf(topology: Topology, event: AwayClass): Story[] {
  const found = CATALOGUE.find((scenario) => {
    if (scenario.topology.name !== topology.name) return false;
    const faults = scenario.disturb.flatMap((step) => ("fault" in step ? [step.fault] : []));
    const [fault] = faults;
    if (fault === undefined || faults.length > 1 || fault.kind === "sabotaged") return false;
    const target = targetOf(fault);
    const onHolder = target !== undefined && "role" in target && target.role === "holder";
    return onHolder && nearestEvent(fault) === event;
  });
  return found === undefined ? [] : [{ event, scenario: found }];
}

async function simulatedTimes(
  scenario: Scenario,
  image: string,
  { count, seed }: Simulation,
): Promise<SimulatedTimes> {
  const movedUs: Us[] = [];
  let stayed = 0;
  for (let index = 0; index < count; index += 1) {
    const { result } = await runScenario({
      scenario,
      backend: simBackend(),
      seed: seed + index,
      image,
      runId: "what-if",
      startedAt: "",
      directory: NOWHERE,
      keep: false,
      replay: "",
      progress: () => undefined,
    });
    if (result.outcome === "error" || result.outcome === "skipped") {
      throw new InputError(
        "NOT_SIMULATED",
        `${scenario.name} cannot be simulated with that: ${result.reason}`,
      );
    }
    const { failover } = result;
    const address = failover?.stages.address;
    if (failover === undefined || address === undefined) stayed += 1;
    else movedUs.push(address.tUs - failover.faultUs);
  }
  return { movedUs, stayed };
}

const NOWHERE: RunDirectory = {
  path: "",
  evidence: { append: () => undefined },
  writeRecord: () => undefined,
  writeReport: () => undefined,
  writeHistory: () => undefined,
};
