/**
 * What exploration draws, changes and shrinks: faults with the times at which they begin and are undone. A
 * plan becomes a schedule of ordinary steps, and with a topology a scenario like any other.
 *
 * Times count from the end of the warm-up. A command takes its own time, so a step that follows a slow one
 * comes that much later: the schedule's delays count from the end of the step before.
 */
import { compareText } from "../core/text.ts";
import { formatSeconds, type Us } from "../core/time.ts";
import type { PlainFault } from "../fault/fault.ts";
import { describeFault, describeHealing } from "../fault/facts.ts";
import { after, type Step } from "../fault/schedule.ts";
import { passes, type Scenario } from "../scenario/scenario.ts";
import type { Topology } from "../topology/topology.ts";
import type { Workload } from "../workload/workload.ts";
import { changed, describeChange, type ConfigChange } from "./config-change.ts";

export interface PlannedFault {
  /** Entry of the menu, such as `cut both@db1`. */
  readonly key: string;
  readonly fault: PlainFault;
  readonly atUs: Us;
  /** Undone then; absent: with everything else, when the watching is over, or there is nothing to undo. */
  readonly healAtUs?: Us;
}

export interface Plan {
  /** In order of their beginning. */
  readonly faults: readonly PlannedFault[];
  /** How long is watched after the last of these times, before what is still in force is undone. */
  readonly watchUs: Us;
  /** What is different from the given configuration. */
  readonly changes?: readonly ConfigChange[];
  /** Nodes that are left out. */
  readonly without?: readonly string[];
}

/** What all plans of one search have in common. */
export interface Setting {
  /** Name of what is explored, such as `dual-script`. */
  readonly target: string;
  readonly topology: Topology;
  readonly workload: Workload;
  /** Load runs undisturbed for so long. */
  readonly warmUpUs: Us;
  /** How long is watched after everything was undone. */
  readonly restUs: Us;
}

/** Everything that decides what happens, on one line: the name under which a result is remembered. */
export function planText({ faults, watchUs, changes = [], without = [] }: Plan): string {
  return JSON.stringify([
    faults.map(({ key, fault, atUs, healAtUs }) => [key, fault, atUs, healAtUs ?? null]),
    watchUs,
    changes,
    without,
  ]);
}

interface Moment {
  readonly atUs: Us;
  readonly make: (delayUs: Us) => Step;
}

/** In order of time; of one moment, healings come first, so that one fault can follow another at once. */
function momentsOf(faults: readonly PlannedFault[]): Moment[] {
  const begins = faults.map(({ fault, atUs }, index): Moment & { rank: number } => ({
    atUs,
    rank: 1,
    make: (delayUs) => ({ id: idOf(index), when: after(delayUs), fault }),
  }));
  const ends = faults.flatMap(({ healAtUs }, index): (Moment & { rank: number })[] =>
    healAtUs === undefined
      ? []
      : [
          {
            atUs: healAtUs,
            rank: 0,
            make: (delayUs) => ({
              id: `heal-${idOf(index)}`,
              when: after(delayUs),
              heal: idOf(index),
            }),
          },
        ],
  );
  return [...ends, ...begins].sort((a, b) => a.atUs - b.atUs || a.rank - b.rank);
}

/** Steps have names of their own, which healing and reports refer to: `fault-1`. */
export function idOf(index: number): string {
  return `fault-${index + 1}`;
}

export function disturbOf({ faults, watchUs }: Plan): Step[] {
  let beforeUs = 0;
  const steps = momentsOf(faults).map(({ atUs, make }) => {
    const step = make(Math.max(0, atUs - beforeUs));
    beforeUs = Math.max(beforeUs, atUs);
    return step;
  });
  return [...steps, { id: "watch", when: after(watchUs) }];
}

/** Faults and healings: what somebody would have to do to see it again. */
export function stepCount({ faults }: Plan): number {
  return momentsOf(faults).length;
}

export function topologyOf(setting: Setting, { changes = [], without = [] }: Plan): Topology {
  const base = setting.topology;
  const kept =
    without.length === 0
      ? base
      : {
          ...base,
          nodes: base.nodes.filter(({ name }) => !without.includes(name)),
          replication: base.replication.filter(
            ({ source, replica }) => !without.includes(source) && !without.includes(replica),
          ),
        };
  return changed(kept, changes);
}

export function scenarioOf(setting: Setting, plan: Plan): Scenario {
  return {
    name: `explore/${setting.target}`,
    title: describeFaults(plan),
    why: "Drawn by exploration.",
    topology: topologyOf(setting, plan),
    workload: setting.workload,
    warmUpUs: setting.warmUpUs,
    disturb: disturbOf(plan),
    recover: [{ id: "rest", when: after(setting.restUs) }],
    // Clients are few here, and may get nothing at all: that is for the properties to say.
    expect: [
      passes("enough-activity", { writes: 1, reads: 1 }),
      passes("schedule-followed"),
      passes("nothing-leaked"),
    ],
  };
}

/** `cut the network of db1, then kill -9 mysqld on db2`. */
export function describeFaults({ faults, changes = [] }: Plan): string {
  const words = faults.map(({ fault }) => describeFault(fault));
  const text = words.length === 0 ? "nothing at all happens" : words.join(", then ");
  return changes.length === 0 ? text : `${text} (${changes.map(describeChange).join("; ")})`;
}

/** One line for each step, with its time. */
export function describeSteps(plan: Plan): string[] {
  const { faults, changes = [], without = [] } = plan;
  return [
    ...without.map((name) => `           without node ${name}`),
    ...changes.map((change) => `           configuration: ${describeChange(change)}`),
    ...(faults.length === 0 ? ["           nothing is done: it shows by itself"] : []),
    ...linesOf(plan).map(({ atUs, text }) => `${formatSeconds(atUs).padStart(9)}  ${text}`),
  ];
}

/** The same with what follows. Where nothing was done, nothing is undone. */
export function describePlan(plan: Plan, restUs: Us): string[] {
  const overUs = (linesOf(plan).at(-1)?.atUs ?? 0) + plan.watchUs;
  const undone = `${formatSeconds(overUs).padStart(9)}  what is still in force is undone`;
  return [
    ...describeSteps(plan),
    ...(plan.faults.length === 0 ? [] : [undone]),
    `${formatSeconds(overUs + restUs).padStart(9)}  end`,
  ];
}

function linesOf({ faults }: Plan): { readonly atUs: Us; readonly text: string }[] {
  return [
    ...faults.map(({ fault, atUs }) => ({ atUs, rank: 1, text: describeFault(fault) })),
    ...faults.flatMap(({ fault, healAtUs }, index) =>
      healAtUs === undefined
        ? []
        : [{ atUs: healAtUs, rank: 0, text: `${idOf(index)} undone: ${describeHealing(fault)}` }],
    ),
  ].sort((a, b) => a.atUs - b.atUs || a.rank - b.rank || compareText(a.text, b.text));
}
