/** One failover taken apart, as rows: when, how long since the stage before, and what proves it. */
import { formatSeconds, type Us } from "../harness/core/time.ts";
import { describeFault } from "../harness/fault/facts.ts";
import type { Event } from "../harness/history/events.ts";
import { only } from "../harness/history/events.ts";
import { holdings } from "../harness/history/queries.ts";
import type { Prediction } from "../harness/keepalived/timing.ts";
import { STAGE_WORDS, STAGES, type Failover, type Stage } from "../harness/timing/failover.ts";
import { aimedAt } from "../harness/fault/facts.ts";
import { noiseWords } from "../harness/timing/noise.ts";
import { failoverNoise } from "./noise.ts";
import type { ReportedRun } from "./reported.ts";
import { formatMilliseconds, formatResolution, signedSeconds } from "./units.ts";

export interface WaterfallRow {
  readonly stage: Stage;
  readonly label: string;
  /** From the fault; absent when the stage was not seen. */
  readonly atUs?: Us;
  /** From the last stage that was seen before it; absent when this one was not. */
  readonly stepUs?: Us;
  readonly proof: string;
  /** Seq of the event. */
  readonly event?: number;
  /** How exact the figure is. */
  readonly resolutionUs: Us;
}

export interface OldHolderRow {
  readonly label: string;
  readonly atUs?: Us;
  readonly event?: number;
  readonly note?: string;
}

export interface Waterfall {
  readonly vip: string;
  readonly from: string;
  readonly to: string;
  readonly fault: string;
  readonly faultEvent: number;
  /** From just before the effect to just after it: the fault struck somewhere in between. */
  readonly faultTookUs?: Us;
  readonly rows: readonly WaterfallRow[];
  readonly predicted?: {
    readonly minUs: Us;
    readonly maxUs: Us;
    readonly formula: string;
    /** What the formula's words come to: `skew(99) = 0.613 s`. */
    readonly legend: readonly string[];
    readonly movedUs?: Us;
    readonly inside?: boolean;
  };
  readonly outage?: {
    readonly durationUs: Us;
    readonly lastOkUs: Us;
    readonly firstOkUs: Us;
    readonly resolutionUs: Us;
  };
  readonly oldHolder: readonly OldHolderRow[];
  /** The machine was late meanwhile: `noisy: the machine was late by up to 84 ms`. */
  readonly noisy?: string;
  readonly notes: readonly string[];
}

/** `+2.018 s`, `not seen`, and what there is to say about it. */
export function oldHolderWords({ atUs, note }: OldHolderRow): string {
  const at = atUs === undefined ? "not seen" : signedSeconds(atUs);
  return note === undefined ? at : `${at}; ${note}`;
}

/** Absent when the VIP did not move. */
export function waterfallOf(run: ReportedRun): Waterfall | undefined {
  const { failover } = run.result;
  if (failover === undefined) return undefined;
  const took = faultTook(run.events, failover);
  const noise = failoverNoise(run);
  return {
    vip: failover.vip,
    from: failover.from,
    to: failover.to,
    fault: describeFault(aimedAt(failover.fault, faultNode(run.events, failover))),
    faultEvent: failover.faultEvent,
    ...(took === undefined ? {} : { faultTookUs: took }),
    rows: rowsOf(run, failover),
    ...predictedOf(run, failover),
    ...outageOf(run, failover),
    oldHolder: oldHolderOf(run, failover),
    ...(noise === undefined ? {} : { noisy: noiseWords(noise) }),
    notes: notesOf(run, failover, took),
  };
}

function faultNode(events: readonly Event[], failover: Failover): string {
  const event = only(events, "fault").find((item) => item.seq === failover.faultEvent);
  return event?.node ?? failover.from;
}

function faultTook(events: readonly Event[], failover: Failover): Us | undefined {
  const end = only(events, "fault").find(
    (event) => event.step === failover.step && event.action === "inject" && event.edge === "end",
  );
  return end === undefined ? undefined : end.tUs - failover.faultUs;
}

function rowsOf(run: ReportedRun, failover: Failover): WaterfallRow[] {
  const bySeq = new Map(run.events.map((event) => [event.seq, event]));
  let beforeUs = failover.faultUs;
  return STAGES.map((stage) => {
    const row = {
      stage,
      label: STAGE_WORDS[stage],
      resolutionUs: resolutionOf(stage, run, failover),
    };
    const mark = failover.stages[stage];
    if (mark === undefined) return { ...row, proof: "not seen" };
    const stepUs = mark.tUs - beforeUs;
    beforeUs = mark.tUs;
    const proof = proofOf(stage, failover, bySeq.get(mark.event));
    return { ...row, atUs: mark.tUs - failover.faultUs, stepUs, proof, event: mark.event };
  });
}

/**
 * Packets are stamped by the kernel. The address is stamped by its watcher, good to its distance from
 * the packets; what clients see is good to their cadence.
 */
function resolutionOf(stage: Stage, run: ReportedRun, failover: Failover): Us {
  if (isSeenByClients(stage)) return run.record.scenario.workload.cadenceUs;
  return stage === "address" ? Math.max(1, failover.witnessGapUs ?? 1) : 1;
}

function isSeenByClients(stage: Stage): boolean {
  return stage === "tcp-answer" || stage === "first-read" || stage === "first-write";
}

function proofOf(stage: Stage, failover: Failover, event: Event | undefined): string {
  const { from, to, vip } = failover;
  switch (stage) {
    case "detect":
      return failover.noticedBy === "goodbye"
        ? `${from} said goodbye (VRRP advert with priority 0)`
        : `${to} heard no more of ${from}; its own first advert is the first sign`;
    case "elect":
      return `first VRRP advert of ${to}${event?.kind === "advert" ? `, priority ${event.priority}` : ""}`;
    case "address":
      return `kernel of ${to}: ${vip} added${event?.kind === "address" ? ` to ${event.interface}` : ""}`;
    case "garp":
      return `ARP packet from ${to}`;
    case "tcp-answer":
      return `${to} answered a client's connection`;
    case "first-read":
      return `client, new connection, answered by ${to}`;
    case "first-write":
      return `client, new connection, committed on ${to}`;
  }
}

function predictedOf(run: ReportedRun, failover: Failover): Pick<Waterfall, "predicted"> {
  const { predicted } = run.result;
  if (predicted === undefined) return {};
  const address = failover.stages.address;
  const movedUs = address === undefined ? undefined : address.tUs - failover.faultUs;
  return {
    predicted: {
      minUs: predicted.minUs,
      maxUs: predicted.maxUs,
      formula: predicted.formula,
      legend: [...legendOf(predicted), ...allowanceOf(predicted)],
      ...(movedUs === undefined
        ? {}
        : { movedUs, inside: movedUs >= predicted.minUs && movedUs <= predicted.maxUs }),
    },
  };
}

/** What both bounds were widened by: not a matter of timers, and so it is said. */
function allowanceOf({ allowance }: Prediction): string[] {
  if (allowance === undefined) return [];
  const [before, after] = [formatSeconds(allowance.beforeUs), formatSeconds(allowance.afterUs)];
  return [`the machine is allowed ${before} before and ${after} after`];
}

/** The letters of the formula, worked out. */
function legendOf({ where = [] }: Prediction): string[] {
  return where.map(({ symbol, text }) => `${symbol} = ${text}`);
}

function outageOf(run: ReportedRun, failover: Failover): Pick<Waterfall, "outage"> {
  const { outage } = failover;
  if (outage === undefined) return {};
  return {
    outage: {
      durationUs: outage.firstOk.tUs - outage.lastOk.tUs,
      lastOkUs: outage.lastOk.tUs - failover.faultUs,
      firstOkUs: outage.firstOk.tUs - failover.faultUs,
      resolutionUs: run.record.scenario.workload.cadenceUs,
    },
  };
}

/** When the new holder gave the VIP up again: what the old one does after that is its good right. */
function gaveUpUs(run: ReportedRun, failover: Failover): Us | undefined {
  const holding = holdings(run.events, failover.vip).find(
    (item) => item.node === failover.to && item.startUs === failover.stages.address?.tUs,
  );
  return holding === undefined || holding.open ? undefined : holding.endUs;
}

function oldHolderOf(run: ReportedRun, failover: Failover): OldHolderRow[] {
  const { addressGone, lastAnswer, lastWrite } = failover.oldHolder;
  const endUs = gaveUpUs(run, failover);
  const row = (label: string, mark: { tUs: Us; event: number } | undefined): OldHolderRow => {
    if (mark === undefined) return { label };
    const atUs = mark.tUs - failover.faultUs;
    const served = endUs !== undefined && mark.tUs > endUs;
    const note = served
      ? `after ${failover.to} had given the VIP up again (${signedSeconds(endUs - failover.faultUs)})`
      : afterMove(failover, mark.tUs);
    return { label, atUs, event: mark.event, ...(note === undefined ? {} : { note }) };
  };
  const gone =
    addressGone === undefined
      ? { label: "address gone", note: `${failover.from} kept the VIP all the time` }
      : row("address gone", addressGone);
  return [gone, row("last TCP answer", lastAnswer), row("last acknowledged write", lastWrite)];
}

function afterMove(failover: Failover, tUs: Us): string | undefined {
  const moved = failover.stages.address?.tUs;
  return moved !== undefined && tUs > moved
    ? `${formatSeconds(tUs - moved)} after ${failover.to} had the VIP`
    : undefined;
}

function notesOf(run: ReportedRun, failover: Failover, tookUs: Us | undefined): string[] {
  const { cadenceUs, healthCadenceUs } = run.record.scenario.workload;
  const clients =
    `Clients try once every ${formatResolution(cadenceUs)}: their figures are good to that. ` +
    `Each mysqld is asked every ${formatResolution(healthCadenceUs)}.`;
  if (run.record.simulated) {
    return ["Simulated: these times were computed, not measured.", clients];
  }
  const gap = failover.witnessGapUs;
  const agree =
    gap === undefined
      ? ""
      : ` Here kernel and packets agree within ${formatMilliseconds(Math.ceil(gap / 100) * 100)}.`;
  const noise = failoverNoise(run);
  return [
    ...(noise === undefined
      ? []
      : [
          "Times are NOISY: each stage may have come that much sooner on a machine that is not as busy, " +
            `${formatMilliseconds(noise.lateUs)} at most for one delay.`,
        ]),
    ...(tookUs === undefined
      ? []
      : [`The fault took ${formatMilliseconds(tookUs)} to inject; times count from its start.`]),
    `Packets are stamped by the kernel, addresses by their watcher, all on one clock.${agree}`,
    clients,
  ];
}
