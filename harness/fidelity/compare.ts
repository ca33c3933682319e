/**
 * Two histories of the same stimuli, side by side: who held each VIP one after the other and in the
 * end, when it changed, what every checker says, and the stages of the first failover. Pure.
 *
 * Times are counted from each history's own origin, which alignment has made the same moment. Where
 * the sequences part, the changes up to there are still compared.
 */
import type { Checker } from "../check/checker.ts";
import { CHECKERS } from "../check/checkers.ts";
import { durationUs, formatSeconds, milliseconds, type Us } from "../core/time.ts";
import type { Verdict } from "../core/verdict.ts";
import { only, type Event, type EventOf } from "../history/events.ts";
import { holdings, injections, phaseSpan } from "../history/queries.ts";
import { failoverOf, STAGE_WORDS, STAGES, type Failover, type Stage } from "../timing/failover.ts";
import type { ResolvedTopology } from "../topology/resolve.ts";
import { compareTables, type TableComparison } from "./tables.ts";
import {
  BRIEF_US,
  describeSequence,
  holderSequence,
  sameHolders,
  type HolderSet,
} from "./sequence.ts";

export interface Side {
  readonly topology: ResolvedTopology;
  readonly events: readonly Event[];
  /** The moment that both sides share. */
  readonly originUs: Us;
}

/** The same thing on both sides; `differenceUs` is simulated minus measured. */
export interface Difference {
  readonly what: string;
  readonly measuredUs: Us;
  readonly simulatedUs: Us;
  readonly differenceUs: Us;
}

export interface StageDifference extends Difference {
  readonly stage: Stage;
}

export interface VipComparison {
  readonly vip: string;
  readonly measured: readonly HolderSet[];
  readonly simulated: readonly HolderSet[];
  readonly sameFinalHolder: boolean;
  readonly sameSequence: boolean;
}

export interface VerdictPair {
  readonly checker: string;
  readonly measured: Verdict;
  readonly simulated: Verdict;
  /** What each side gives as its reason. */
  readonly reasons: { readonly measured: string; readonly simulated: string };
}

export type DisagreementKind = "final-holder" | "sequence" | "tables" | "verdict" | "timing";

export interface Disagreement {
  readonly kind: DisagreementKind;
  readonly text: string;
}

export interface Comparison {
  readonly vips: readonly VipComparison[];
  /** Of nodes that balance. */
  readonly tables: readonly TableComparison[];
  readonly verdicts: readonly VerdictPair[];
  /** Moments at which a VIP changed hands. */
  readonly changes: readonly Difference[];
  /** Each counted from its own side's fault. */
  readonly stages: readonly StageDifference[];
  readonly disagreements: readonly Disagreement[];
}

/** More than the machine explains: scheduling on a busy machine costs tens of milliseconds. */
export const OUTLIER_US: Us = milliseconds(150);

export function compare(measured: Side, simulated: Side): Comparison {
  const vips = measured.topology.vips.map(({ name }) => compareVip(name, measured, simulated));
  const tables = compareTables(measured, simulated);
  const changes = vips.flatMap((vip) => changesOf(vip, measured, simulated));
  const verdicts = compareVerdicts(measured, simulated);
  const failovers = {
    measured: failoverOf(measured.events, measured.topology),
    simulated: failoverOf(simulated.events, simulated.topology),
  };
  const lasted = [lasts(measured, failovers.measured), lasts(simulated, failovers.simulated)];
  // A hand-over that is taken back at once is no move: neither its stages nor whether a client saw it.
  const [before, after] = lasted.every(Boolean)
    ? [failovers.measured, failovers.simulated]
    : [undefined, undefined];
  const stages = compareStages(before, after);
  return {
    vips,
    tables,
    verdicts,
    changes,
    stages,
    disagreements: [
      ...vips.flatMap(holderDisagreements),
      ...tables.filter(({ same }) => !same).map(tableDisagreement),
      ...verdicts.flatMap(verdictDisagreements),
      ...missingStages(before, after),
      ...[...changes, ...stages].flatMap(timingDisagreements),
    ],
  };
}

function tableDisagreement({ node, measured, simulated }: TableComparison): Disagreement {
  const words = (servers: readonly string[]): string => servers.join(" -> ");
  const text = `${node}: ${words(measured)}, simulated ${words(simulated)}`;
  return { kind: "tables", text };
}

/** The new holder had the VIP for longer than the sequence overlooks. */
function lasts({ events }: Side, failover: Failover | undefined): boolean {
  if (failover === undefined) return false;
  const held = holdings(events, failover.vip).find(
    ({ node, startUs }) => node === failover.to && startUs === failover.stages.address?.tUs,
  );
  return held === undefined || durationUs(held) >= BRIEF_US;
}

function compareVip(vip: string, measured: Side, simulated: Side): VipComparison {
  const a = sequenceOn(measured, vip);
  const b = sequenceOn(simulated, vip);
  const [lastA, lastB] = [a.at(-1), b.at(-1)];
  return {
    vip,
    measured: a,
    simulated: b,
    sameFinalHolder: lastA !== undefined && lastB !== undefined && sameHolders(lastA, lastB),
    sameSequence: a.length === b.length && commonLength(a, b) === a.length,
  };
}

/** From the first fault on; of a run without faults, from when it was left alone. */
function sequenceOn({ topology, events }: Side, vip: string): HolderSet[] {
  const address = topology.vips.find((item) => item.name === vip)?.address;
  const fromUs = injections(events)[0]?.tUs ?? phaseSpan(events, "disturb")?.startUs;
  return address === undefined || fromUs === undefined
    ? []
    : holderSequence(events, address, fromUs);
}

/** How many sets at the start are the same. */
function commonLength(a: readonly HolderSet[], b: readonly HolderSet[]): number {
  const other = a.findIndex((set, index) => {
    const there = b[index];
    return there === undefined || !sameHolders(set, there);
  });
  return other === -1 ? a.length : other;
}

function changesOf({ vip, measured, simulated }: VipComparison, a: Side, b: Side): Difference[] {
  return measured
    .slice(0, commonLength(measured, simulated))
    .flatMap((set, index): Difference[] => {
      const there = simulated[index];
      // The first set began before the fault.
      if (there === undefined || index === 0) return [];
      const what = `${vip} to ${describeSequence([set])}`;
      const [fromA, fromB] = lastStimulus(a, b, set.startUs);
      return [difference(what, set.startUs - fromA, there.startUs - fromB)];
    });
}

/** The last thing done by then, on both sides; what is compared is how long after it something followed. */
function lastStimulus(a: Side, b: Side, byUs: Us): readonly [Us, Us] {
  const begun = (side: Side): EventOf<"fault">[] =>
    only(side.events, "fault").filter((event) => event.edge === "begin");
  const last = begun(a).findLast((event) => event.tUs <= byUs);
  const there = begun(b).find((event) => event.step === last?.step && event.action === last.action);
  return last === undefined || there === undefined
    ? [a.originUs, b.originUs]
    : [last.tUs, there.tUs];
}

function difference(what: string, measuredUs: Us, simulatedUs: Us): Difference {
  return { what, measuredUs, simulatedUs, differenceUs: simulatedUs - measuredUs };
}

/** What says something of the machine has nothing to say of a model. */
export const COMPARED: readonly Checker[] = CHECKERS.filter(({ name }) => name !== "machine-quiet");

/** Every checker with its own defaults, whatever the scenario declared. */
function compareVerdicts(measured: Side, simulated: Side): VerdictPair[] {
  return COMPARED.map((checker) => {
    const judge = ({ topology, events }: Side): { verdict: Verdict; reason: string } =>
      checker.judge({ topology, events, settings: {} });
    const a = judge(measured);
    const b = judge(simulated);
    return {
      checker: checker.name,
      measured: a.verdict,
      simulated: b.verdict,
      reasons: { measured: a.reason, simulated: b.reason },
    };
  });
}

/** Only of the same move: from and to the same nodes. */
function compareStages(a: Failover | undefined, b: Failover | undefined): StageDifference[] {
  if (a === undefined || b === undefined || !sameMove(a, b)) return [];
  return STAGES.flatMap((stage): StageDifference[] => {
    const [markA, markB] = [a.stages[stage], b.stages[stage]];
    if (markA === undefined || markB === undefined) return [];
    const own = difference(STAGE_WORDS[stage], markA.tUs - a.faultUs, markB.tUs - b.faultUs);
    return [{ stage, ...own }];
  });
}

function sameMove(a: Failover, b: Failover): boolean {
  return a.from === b.from && a.to === b.to && a.step === b.step;
}

/** A stage that only one side has; moves that are not the same show in the sequence. */
function missingStages(a: Failover | undefined, b: Failover | undefined): Disagreement[] {
  if (a === undefined || b === undefined || !sameMove(a, b)) return [];
  return STAGES.filter(
    (stage) => (a.stages[stage] === undefined) !== (b.stages[stage] === undefined),
  ).map((stage) => {
    const where = a.stages[stage] === undefined ? "in the simulator" : "on containers";
    return { kind: "timing", text: `${STAGE_WORDS[stage]}: seen ${where} only` };
  });
}

function holderDisagreements({
  vip,
  measured,
  simulated,
  sameFinalHolder,
  sameSequence,
}: VipComparison): Disagreement[] {
  const final = (sets: readonly HolderSet[]): string =>
    sets.length === 0 ? "unknown" : describeSequence(sets.slice(-1));
  return [
    ...(sameFinalHolder
      ? []
      : [
          {
            kind: "final-holder" as const,
            text: `${vip} ends on ${final(measured)}, simulated on ${final(simulated)}`,
          },
        ]),
    ...(sameSequence
      ? []
      : [
          {
            kind: "sequence" as const,
            text: `${vip}: ${describeSequence(measured)}, simulated ${describeSequence(simulated)}`,
          },
        ]),
  ];
}

function verdictDisagreements({
  checker,
  measured,
  simulated,
  reasons,
}: VerdictPair): Disagreement[] {
  if (measured === simulated) return [];
  const text =
    `${checker}: ${measured} (${reasons.measured}), ` +
    `simulated ${simulated} (${reasons.simulated})`;
  return [{ kind: "verdict", text }];
}

function timingDisagreements({
  what,
  measuredUs,
  simulatedUs,
  differenceUs,
}: Difference): Disagreement[] {
  if (Math.abs(differenceUs) <= OUTLIER_US) return [];
  const text = `${what}: ${formatSeconds(measuredUs)}, simulated ${formatSeconds(simulatedUs)}`;
  return [{ kind: "timing", text }];
}
