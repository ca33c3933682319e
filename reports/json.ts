/**
 * One JSON document for many runs, for other programs. Keys come in a fixed order, so that two
 * reports can be compared as text. Times are whole microseconds; a stage that was not seen is absent.
 * What may be in it is said in `json-schema.ts`, and published as docs/schema/report-1.json.
 */
import type { JsonObject } from "../harness/core/json.ts";
import { STAGES, type Failover } from "../harness/timing/failover.ts";
import type { Noise } from "../harness/timing/noise.ts";
import { withoutWritesOf } from "./clients.ts";
import type { CutShort } from "./cut-short.ts";
import { findingRows } from "./findings.ts";
import { groupRuns, type RunGroup } from "./groups.ts";
import { headlineOf } from "./headline.ts";
import { failoverNoise } from "./noise.ts";
import type { ReportedRun } from "./reported.ts";
import { servedBy } from "./served-by.ts";
import { ipvsEntries } from "./timeline-ipvs.ts";
import { waterfallOf, type Waterfall } from "./waterfall.ts";

export const REPORT_FORMAT = "vipdrill-report";
export const REPORT_VERSION = 1;

/** Ends with a new line. */
export function renderJson(runs: readonly ReportedRun[], cutShort?: CutShort): string {
  const document = {
    format: REPORT_FORMAT,
    version: REPORT_VERSION,
    cutShort,
    runs: runs.map(runOf),
    distributions: groupRuns(runs).map(groupOf),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function runOf(run: ReportedRun): object {
  const { record, result } = run;
  const { story } = headlineOf(run);
  const waterfall = waterfallOf(run);
  return {
    runId: record.runId,
    scenario: record.scenario.name,
    title: record.scenario.title,
    startedAt: record.startedAt,
    backend: record.backend,
    simulated: record.simulated,
    image: record.image,
    versions: sortedByKey(record.versions),
    seed: record.seed,
    path: run.path,
    replay: record.replay,
    kept: record.kept,
    skipped: record.skipped,
    error: record.error && {
      code: record.error.code,
      message: record.error.message,
      facts: sortedByKey(record.error.facts),
    },
    outcome: result.outcome,
    reason: result.reason,
    story,
    findings: findingRows(run).map((row) => ({
      checker: row.checker,
      role: row.role,
      verdict: row.verdict,
      declared: row.declared,
      standing: row.standing,
      reason: row.reason,
      because: row.because,
      evidence: row.evidence,
      facts: sortedByKey(row.facts),
    })),
    failover: result.failover && failoverOf(result.failover, waterfall, failoverNoise(run)),
    predicted: result.predicted && {
      minUs: result.predicted.minUs,
      maxUs: result.predicted.maxUs,
      formula: result.predicted.formula,
    },
    withoutWrites: withoutWritesOf(run),
    served: servedBy(run.events),
    tables: tablesOf(run),
  };
}

/** Every change of a director's table, as the time line tells it; absent where nothing is balanced. */
function tablesOf(run: ReportedRun): object[] | undefined {
  const entries = ipvsEntries(run.events, run.record.topology);
  if (entries.length === 0) return undefined;
  return entries.map(({ lane, tUs, text, seq }) => ({
    director: lane,
    tUs,
    change: text,
    event: seq,
  }));
}

function failoverOf(
  failover: Failover,
  waterfall: Waterfall | undefined,
  noise: Noise | undefined,
): object {
  const rows = waterfall?.rows ?? [];
  const stages = STAGES.flatMap((stage) => {
    const row = rows.find((item) => item.stage === stage);
    if (row?.atUs === undefined) return [];
    const { atUs, stepUs, event, resolutionUs } = row;
    return [[stage, { atUs, stepUs, event, resolutionUs }] as const];
  });
  const at = (mark: { tUs: number; event: number } | undefined): object | undefined =>
    mark && { atUs: mark.tUs - failover.faultUs, event: mark.event };
  return {
    step: failover.step,
    fault: failover.fault.kind,
    vip: failover.vip,
    from: failover.from,
    to: failover.to,
    faultUs: failover.faultUs,
    faultTookUs: waterfall?.faultTookUs,
    noticedBy: failover.noticedBy,
    lateUs: noise?.lateUs,
    witnessGapUs: failover.witnessGapUs,
    stages: Object.fromEntries(stages),
    oldHolder: {
      addressGone: at(failover.oldHolder.addressGone),
      lastAnswer: at(failover.oldHolder.lastAnswer),
      lastWrite: at(failover.oldHolder.lastWrite),
    },
    outage: failover.outage && {
      durationUs: failover.outage.firstOk.tUs - failover.outage.lastOk.tUs,
      lastOk: at(failover.outage.lastOk),
      firstOk: at(failover.outage.firstOk),
      resolutionUs: waterfall?.outage?.resolutionUs,
    },
  };
}

function groupOf(group: RunGroup): object {
  const stages = STAGES.flatMap((stage) => {
    const values = group.stages[stage];
    return values === undefined ? [] : [[stage, values] as const];
  });
  return {
    scenario: group.scenario,
    backend: group.backend,
    simulated: group.simulated,
    image: group.image,
    runs: group.runs.length,
    judged: group.judged,
    unexpected: group.unexpected,
    moved: group.moved,
    noisy: group.noisy === 0 ? undefined : group.noisy,
    violations: group.violations,
    stagesAtUs: Object.fromEntries(stages),
    totalUs: group.total,
    outageUs: group.outage,
    predicted: group.predicted && {
      minUs: group.predicted.minUs,
      maxUs: group.predicted.maxUs,
      formula: group.predicted.formula,
    },
  };
}

function sortedByKey(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
