/** Many comparisons as figures: how often the two worlds agree, and how far apart they are in time. */
import type { Us } from "../core/time.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { STAGE_WORDS, STAGES } from "../timing/failover.ts";
import { distribution, type Distribution } from "../timing/statistics.ts";
import { COMPARED, OUTLIER_US, type Comparison, type Difference } from "./compare.ts";
import { coverageOf, type Coverage } from "./coverage.ts";

interface OfRun {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly image: string;
  /** Of the container run. */
  readonly path: string;
}

/** A container run and its simulation, side by side. */
export interface ComparedPair extends OfRun {
  readonly kind: "compared";
  readonly comparison: Comparison;
  readonly simulatedPath: string;
  /** How late the latest stimulus came in the simulator. */
  readonly latestByUs: Us;
  /** Of a pair that disagrees: how many other draws of the simulator agree with the containers. */
  readonly others?: OtherDraws;
}

export interface OtherDraws {
  /** In everything. */
  readonly agreed: number;
  readonly of: number;
  /** One for each draw that the simulator got through, to see what it is that agrees. */
  readonly comparisons?: readonly Comparison[];
}

/** The simulator did not get through: that is a disagreement, whatever it says of itself. */
export interface FailedPair extends OfRun {
  readonly kind: "not-simulated";
  readonly reason: string;
  readonly simulatedPath: string;
}

/** The container run proves nothing, or cannot be timed: counted, and not compared. */
export interface LeftOut extends OfRun {
  readonly kind: "left-out";
  readonly reason: string;
}

export type Pair = ComparedPair | FailedPair | LeftOut;

/** k of n. */
export interface Agreement {
  readonly what: string;
  readonly agreed: number;
  readonly of: number;
}

export interface Spread {
  readonly what: string;
  /** Of the absolute differences. */
  readonly absolute: Distribution;
  /** Median with its sign: positive when the simulator is late. */
  readonly medianUs: Us;
}

export interface FidelitySummary {
  readonly pairs: readonly Pair[];
  readonly compared: number;
  readonly notSimulated: number;
  readonly leftOut: number;
  readonly disagree: number;
  /** Of those that disagree: another draw of the simulator's chance agrees. */
  readonly closeCalls: number;
  /** Final holder, sequence of holders, then all verdicts and each checker's; what another draw changes follows it. */
  readonly agreements: readonly Agreement[];
  /** Changes of holder, then each stage, then everything. */
  readonly spreads: readonly Spread[];
  readonly latestByUs: Us;
  /** Of what took part: compared, or not simulated. */
  readonly coverage: Coverage;
}

export function summarise(pairs: readonly Pair[]): FidelitySummary {
  const compared = pairs.filter((pair) => pair.kind === "compared");
  const failed = pairs.filter((pair) => pair.kind === "not-simulated");
  return {
    pairs,
    compared: compared.length,
    notSimulated: failed.length,
    leftOut: pairs.length - compared.length - failed.length,
    disagree: disagreeing(pairs).length,
    closeCalls: compared.filter((pair) => (pair.others?.agreed ?? 0) > 0).length,
    agreements: agreementsOf(compared, compared.length + failed.length),
    spreads: spreadsOf(compared.map((pair) => pair.comparison)),
    latestByUs: Math.max(0, ...compared.map((pair) => pair.latestByUs)),
    coverage: coverageOf([...compared, ...failed].map((pair) => pair.scenario)),
  };
}

/**
 * What did not get through the simulator agrees in nothing, so it counts in every n. Where some that differ agree with another draw of
 * the simulator's chance, a second line counts those as well: what the containers did is then one of the things that the model may do.
 */
function agreementsOf(compared: readonly ComparedPair[], of: number): Agreement[] {
  const agreement = (what: string, agrees: (comparison: Comparison) => boolean): Agreement[] =>
    withDraws(what, compared, of, agrees);
  return [
    ...agreement("final holder", ({ vips }) => vips.every((vip) => vip.sameFinalHolder)),
    ...agreement("sequence of holders", ({ vips }) => vips.every((vip) => vip.sameSequence)),
    ...tableAgreements(compared),
    ...timeAgreements(compared, of),
    ...agreement("all verdicts", ({ verdicts }) =>
      verdicts.every((v) => v.measured === v.simulated),
    ),
    ...COMPARED.flatMap(({ name }) =>
      agreement(`verdict of ${name}`, ({ verdicts }) =>
        verdicts.some((v) => v.checker === name && v.measured === v.simulated),
      ),
    ),
  ];
}

function tableAgreements(compared: readonly ComparedPair[]): Agreement[] {
  const nodes = compared.flatMap((pair) =>
    pair.comparison.tables.map(({ node }) => ({ pair, node })),
  );
  if (nodes.length === 0) return [];
  const isSame = ({ tables }: Comparison, node: string): boolean =>
    tables.some((table) => table.node === node && table.same);
  const plain = nodes.filter(({ pair, node }) => isSame(pair.comparison, node)).length;
  const drawn = nodes.filter(({ pair, node }) =>
    allDraws(pair).some((comparison) => isSame(comparison, node)),
  ).length;
  return lines("sequence of real servers, by director", plain, drawn, nodes.length);
}

/**
 * Every change of holder and every stage. When a checker notices is a distribution, so a second line counts those runs too in which
 * the containers' times lie between the earliest and the latest of the draws.
 */
function timeAgreements(compared: readonly ComparedPair[], of: number): Agreement[] {
  const what = `times within ${OUTLIER_US / 1000} ms`;
  const near = compared.filter((pair) => timesOf(pair.comparison).every(isNear)).length;
  const between = compared.filter(isBetweenDraws).length;
  const line = { what, agreed: near, of };
  return near === between
    ? [line]
    : [line, { what: `${what} of what the draws span`, agreed: between, of }];
}

function isNear({ differenceUs }: Difference): boolean {
  return Math.abs(differenceUs) <= OUTLIER_US;
}

function isBetweenDraws(pair: ComparedPair): boolean {
  return timesOf(pair.comparison).every((time) => {
    if (isNear(time)) return true;
    const simulated = allDraws(pair).flatMap((comparison) =>
      timesOf(comparison)
        .filter(({ what, measuredUs }) => what === time.what && measuredUs === time.measuredUs)
        .map(({ simulatedUs }) => simulatedUs),
    );
    return (
      time.measuredUs >= Math.min(...simulated) - OUTLIER_US &&
      time.measuredUs <= Math.max(...simulated) + OUTLIER_US
    );
  });
}

function timesOf({ changes, stages }: Comparison): readonly Difference[] {
  return [...changes, ...stages];
}

function withDraws(
  what: string,
  compared: readonly ComparedPair[],
  of: number,
  agrees: (comparison: Comparison) => boolean,
): Agreement[] {
  const plain = compared.filter(({ comparison }) => agrees(comparison)).length;
  const drawn = compared.filter((pair) => allDraws(pair).some(agrees)).length;
  return lines(what, plain, drawn, of);
}

function lines(what: string, plain: number, drawn: number, of: number): Agreement[] {
  const line = { what, agreed: plain, of };
  return drawn === plain ? [line] : [line, { what: `${what}, in some draw`, agreed: drawn, of }];
}

function allDraws({ comparison, others }: ComparedPair): readonly Comparison[] {
  return [comparison, ...(others?.comparisons ?? [])];
}

function spreadsOf(comparisons: readonly Comparison[]): Spread[] {
  const changes = comparisons.flatMap((comparison) => comparison.changes);
  const stages = comparisons.flatMap((comparison) => comparison.stages);
  return [
    ...spread("VIP changes hands", changes),
    ...STAGES.flatMap((stage) =>
      spread(
        STAGE_WORDS[stage],
        stages.filter((item) => item.stage === stage),
      ),
    ),
    ...spread("all of these", [...changes, ...stages]),
  ];
}

function spread(what: string, differences: readonly Difference[]): Spread[] {
  const signed = distribution(differences.map((item) => item.differenceUs));
  const absolute = distribution(differences.map((item) => Math.abs(item.differenceUs)));
  if (signed === undefined || absolute === undefined) return [];
  return [{ what, absolute, medianUs: signed.p50 }];
}

/** Pairs that differ in anything, with what differed. */
export function disagreeing(pairs: readonly Pair[]): readonly {
  readonly pair: ComparedPair | FailedPair;
  readonly texts: readonly string[];
}[] {
  return pairs.flatMap((pair) => {
    if (pair.kind === "left-out") return [];
    const texts =
      pair.kind === "not-simulated"
        ? [`not simulated: ${pair.reason}`]
        : pair.comparison.disagreements.map((item) => `${KIND_WORDS[item.kind]}: ${item.text}`);
    return texts.length === 0 ? [] : [{ pair, texts }];
  });
}

const KIND_WORDS = {
  "final-holder": "final holder",
  sequence: "sequence",
  tables: "real servers",
  verdict: "verdict",
  timing: "timing",
} as const;
