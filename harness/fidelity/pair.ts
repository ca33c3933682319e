/**
 * One container run against its simulation: is it worth comparing, drive the simulator with its
 * stimuli, compare. Where runs come from and where histories go is the caller's business.
 */
import type { Backend, EvidenceStore } from "../backend/backend.ts";
import { present } from "../core/assert.ts";
import type { Us } from "../core/time.ts";
import { judgeRun, type RunResult } from "../run/judge.ts";
import type { RunRecord } from "../run/record.ts";
import type { Event } from "../history/events.ts";
import { align, type Alignment } from "./align.ts";
import { compare, type Comparison, type Side } from "./compare.ts";
import { drive, recordOfDriven, type Driven } from "./drive.ts";
import type { OtherDraws, Pair } from "./summary.ts";

export interface MeasuredRun {
  readonly path: string;
  readonly record: RunRecord;
  readonly events: readonly Event[];
}

export interface PairRequest {
  readonly run: MeasuredRun;
  /** A simulator whose nodes start keepalived at these distances. */
  readonly simulator: (keepalivedStartOffsetsUs: Readonly<Record<string, Us>>) => Backend;
  readonly own: Pick<RunRecord, "runId" | "startedAt" | "replay">;
  readonly evidence: EvidenceStore;
  readonly simulatedPath: string;
}

export interface PairResult {
  readonly pair: Pair;
  /** To be stored, when the simulator was asked at all. */
  readonly simulated?: { readonly record: RunRecord; readonly driven: Driven };
}

export async function pairUp(request: PairRequest): Promise<PairResult> {
  const { run, simulatedPath } = request;
  const { record, events, path } = run;
  const { scenario, seed, image } = record;
  const of = { scenario, seed, image, path };
  const leftOut = (reason: string): PairResult => ({ pair: { kind: "left-out", ...of, reason } });
  const voidBecause = whyVoid(record, judgeRun(record, events));
  if (voidBecause !== undefined) return leftOut(voidBecause);
  const topology = present(record.topology, `topology of ${path}`);
  const alignment = align(events, topology);
  if (alignment.kind === "unaligned") return leftOut(alignment.reason);
  const measured = { topology, events, originUs: alignment.alignment.originUs };
  const driven = await simulate(request, alignment.alignment, seed);
  const simulated = { record: recordOfDriven(record, driven, request.own), driven };
  const comparison = comparisonWith(measured, driven);
  if (comparison === undefined) {
    const reason = driven.error?.message ?? "the simulator did not get through the schedule";
    return { pair: { kind: "not-simulated", ...of, reason, simulatedPath }, simulated };
  }
  const { latestByUs } = driven;
  const pair = { kind: "compared", ...of, comparison, simulatedPath, latestByUs } as const;
  if (comparison.disagreements.length === 0) return { pair, simulated };
  const others = await otherDraws(request, alignment.alignment, measured);
  return { pair: { ...pair, others }, simulated };
}

function simulate(request: PairRequest, alignment: Alignment, seed: number): Promise<Driven> {
  const { run, simulator, own, evidence } = request;
  return drive({
    record: { ...run.record, seed },
    alignment,
    backend: simulator(alignment.startOffsetsUs),
    runId: own.runId,
    evidence,
  });
}

function comparisonWith(
  measured: Side,
  { error, topology, originUs, events }: Driven,
): Comparison | undefined {
  if (error !== undefined || topology === undefined || originUs === undefined) return undefined;
  return compare(measured, { topology, events, originUs });
}

/** Enough to tell a matter of milliseconds from a wrong model, and still a second or two. */
const OTHER_DRAWS = 9;

/**
 * The same stimuli with other draws of what processes cost. Where some of them agree with the
 * containers, the first one met a close call; where none does, the model is the first suspect.
 */
async function otherDraws(
  request: PairRequest,
  alignment: Alignment,
  measured: Side,
): Promise<OtherDraws> {
  const comparisons: Comparison[] = [];
  for (let draw = 1; draw <= OTHER_DRAWS; draw += 1) {
    const quiet = { ...request, evidence: { append: () => undefined } };
    const driven = await simulate(quiet, alignment, request.run.record.seed + draw);
    const comparison = comparisonWith(measured, driven);
    if (comparison !== undefined) comparisons.push(comparison);
  }
  const agreed = comparisons.filter(({ disagreements }) => disagreements.length === 0).length;
  return { agreed, of: OTHER_DRAWS, comparisons };
}

/** A run whose preconditions do not hold proves nothing, so there is nothing to agree with. */
function whyVoid(
  record: RunRecord,
  { outcome, reason, preconditions }: RunResult,
): string | undefined {
  if (outcome === "skipped" || outcome === "error") return `${outcome}: ${reason}`;
  if (record.kept) return "the cluster was kept, so the run has no end to compare";
  const doubtful = preconditions.find((finding) => finding.verdict !== "pass");
  return doubtful === undefined
    ? undefined
    : `inconclusive: ${doubtful.checker}: ${doubtful.reason}`;
}
