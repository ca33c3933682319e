/**
 * What everyone asks first of a run, answered in plain words: did it fail over, and how long were clients
 * without service. Data only. The other two answers are in `answers-safety.ts`.
 */
import { durationUs, formatSeconds, milliseconds, type Us } from "../../harness/core/time.ts";
import { aimedAt, describeFault } from "../../harness/fault/facts.ts";
import type { EventOf } from "../../harness/history/events.ts";
import {
  gaps,
  holdersAt,
  holdings,
  injections,
  judgedSpan,
  moves,
  overlaps,
  phaseSpan,
  tenures,
} from "../../harness/history/queries.ts";
import type { Failover } from "../../harness/timing/failover.ts";
import { vipAddresses } from "../../harness/topology/resolve.ts";
import { anyWrite, freshOutages, longestFirst, outagesOf, type Outage } from "../clients.ts";
import type { ReportedRun } from "../reported.ts";
import { counted, formatResolution, signedSeconds } from "../units.ts";
import { waterfallOf } from "../waterfall.ts";
import type { Tone } from "./marks.ts";
import { absencesOf, absenceWords } from "./members.ts";
import { partBig, partWords, refusalsOf } from "./partial-service.ts";

export interface Answer {
  readonly id: string;
  readonly question: string;
  readonly tone: Tone;
  /** Yes, no, or how long: read at a glance. */
  readonly big: string;
  /** What that means; a sentence or two each. */
  readonly words: readonly string[];
  /** So bad that it is said at the very top as well. */
  readonly alarm?: string;
}

/** The first fault that was to strike, in words, with the node it was aimed at. */
export function firstFault({ events }: ReportedRun): EventOf<"fault"> | undefined {
  return injections(events)[0];
}

/** All that was broken, in order and each once; what an operator does afterwards is recovery, and no fault. */
export function faultsInWords({ events }: ReportedRun): string {
  const untilUs = phaseSpan(events, "heal")?.startUs ?? Number.POSITIVE_INFINITY;
  const faults = injections(events).filter((event) => event.tUs < untilUs);
  const words = [...new Set(faults.map(faultWords))];
  const shown = words.slice(0, FAULTS_TOLD);
  const left = words.length - shown.length;
  return `${shown.join(", then ")}${left > 0 ? `, and ${left} more` : ""}`;
}

const FAULTS_TOLD = 4;

/** What times count from: the fault that the move is put down to, else the first, else the begin of the drill. */
export function zeroOf(run: ReportedRun): { readonly tUs: Us; readonly words: string } {
  const { failover } = run.result;
  const fault = firstFault(run);
  if (failover !== undefined) {
    const several = fault !== undefined && fault.seq !== failover.faultEvent;
    const named = several ? `"${waterfallOf(run)?.fault ?? ""}"` : "the fault";
    return { tUs: failover.faultUs, words: named };
  }
  if (fault !== undefined) return { tUs: fault.tUs, words: "the fault" };
  return { tUs: judgedSpan(run.events)?.startUs ?? 0, words: "the begin of the drill" };
}

export function faultWords(event: EventOf<"fault">): string {
  return describeFault(aimedAt(event.fault, event.node));
}

/** A shorter time together is a hand-over's own. */
const TOGETHER_US_MIN = milliseconds(10);

export function failoverAnswer(run: ReportedRun): Answer {
  const base = { id: "failover", question: "Did it fail over?" };
  const { failover } = run.result;
  if (failover !== undefined) return { ...base, ...movedAnswer(run, failover) };
  return { ...base, ...stayedAnswer(run) };
}

type Told = Omit<Answer, "id" | "question">;

function movedAnswer(run: ReportedRun, failover: Failover): Told {
  const { from, to } = failover;
  const movedUs = (failover.stages.address?.tUs ?? failover.faultUs) - failover.faultUs;
  const after = formatSeconds(movedUs);
  const waterfall = waterfallOf(run);
  const fault = waterfall?.fault ?? "the fault";
  const kept = keptBy(run, failover);
  const words = [
    kept
      ? `${to} took the VIP (the one address that clients connect to) ${after} after the fault, and ${from} kept it as well.`
      : `The VIP (the one address that clients connect to) went from ${from} to ${to}, ${after} after the fault: ${fault}.`,
    ...timersWords(run, movedUs),
    ...laterWords(run, failover),
    ...absenceWords(absencesOf(run, failover.faultUs), failover.faultUs, zeroOf(run).words),
    ...(waterfall?.noisy === undefined ? [] : [`This figure is ${waterfall.noisy}.`]),
  ];
  return kept
    ? { tone: "bad", big: `Half: ${from} kept the VIP too`, words }
    : { tone: "good", big: `Yes, after ${after}`, words };
}

/** The old holder still had the VIP when the new one took it, and for longer than a hand-over's moment. */
export function keptBy({ events }: ReportedRun, failover: Failover): boolean {
  const startUs = failover.stages.address?.tUs;
  const together = overlaps(holdings(events, failover.vip)).find(
    (item) => [item.first.node, item.second.node].includes(failover.to) && item.startUs === startUs,
  );
  return together !== undefined && together.endUs - together.startUs >= TOGETHER_US_MIN;
}

function timersWords({ result: { predicted } }: ReportedRun, movedUs: Us): string[] {
  if (predicted === undefined) return [];
  const inside = movedUs >= predicted.minUs && movedUs <= predicted.maxUs;
  return [
    `By the settings of this cluster ${formatSeconds(predicted.minUs)} to ${formatSeconds(predicted.maxUs)} ` +
      `were to be expected: ${inside ? "it is inside" : "it is OUTSIDE"}.`,
  ];
}

/** Where the VIP went after its first move: most drills end with a way back. */
function laterWords({ events }: ReportedRun, failover: Failover): string[] {
  const movedUs = failover.stages.address?.tUs ?? failover.faultUs;
  const later = moves(tenures(events, failover.vip)).filter((move) => move.tUs > movedUs);
  const [next] = later;
  if (next === undefined) return [];
  const at = signedSeconds(next.tUs - failover.faultUs);
  return later.length === 1
    ? [`Later, at ${at}, it went ${next.to === failover.from ? "back" : "on"} to ${next.to}.`]
    : [`Later it moved ${later.length} times more, first at ${at} to ${next.to}.`];
}

function stayedAnswer(run: ReportedRun): Told {
  const span = judgedSpan(run.events);
  const vip = run.record.topology === undefined ? undefined : vipAddresses(run.record.topology)[0];
  if (span === undefined || vip === undefined) {
    return { tone: "unknown", big: "Not known", words: ["The drill itself did not begin."] };
  }
  const held = holdings(run.events, vip);
  const fault = firstFault(run);
  const before = holdersAt(held, fault?.tUs ?? span.startUs).join(" and ");
  const after = holdersAt(held, span.endUs).join(" and ");
  const what =
    fault === undefined
      ? "Nothing was disturbed in this drill."
      : `What was done: ${faultsInWords(run)}.`;
  if (before === "") {
    return { tone: "bad", big: "No: the VIP was on no node", words: [what] };
  }
  if (after === "") {
    return { tone: "bad", big: `No: the VIP left ${before}`, words: [`No node took it. ${what}`] };
  }
  if (before !== after) {
    const words = [`The VIP was on ${before} and at the end on ${after}. ${what}`];
    return { tone: "warn", big: `Moved to ${after}`, words };
  }
  const away = gaps(held, { startUs: fault?.tUs ?? span.startUs, endUs: span.endUs });
  const awayUs = away.reduce((sum, gap) => sum + gap.endUs - gap.startUs, 0);
  if (awayUs > 0) {
    const words = [
      `For ${formatSeconds(awayUs)} it was on no node, then on ${before} again. ${what}`,
    ];
    return { tone: "bad", big: `No: the VIP left ${before} and came back`, words };
  }
  const absent = fault === undefined ? undefined : absentAnswer(run, before);
  if (absent !== undefined) return { ...absent, words: [...absent.words, what] };
  return fault === undefined
    ? { tone: "info", big: "There was no need to", words: [`${what} The VIP stayed on ${before}.`] }
    : {
        tone: outageTone(run),
        big: `No: the VIP stayed on ${before}`,
        words: [`The VIP is the one address that clients connect to. ${what}`],
      };
}

/** Behind directors the VIP is to stay, and the real server that failed is to leave the table. */
function absentAnswer(run: ReportedRun, holder: string): Told | undefined {
  const zero = zeroOf(run);
  const absences = absencesOf(run, zero.tUs);
  const [first] = absences;
  if (first === undefined || !first.serving) return undefined;
  const after = formatSeconds(first.outUs - zero.tUs);
  const back = first.backUs === undefined ? "" : ", and is back";
  return {
    tone: outageTone(run),
    big: `${first.server} was taken out after ${after}${back}`,
    words: [
      ...absenceWords(absences, zero.tUs, zero.words),
      `The VIP (the one address that clients connect to) stayed on the director ${holder}.`,
    ],
  };
}

/** Whether staying was good is told by the clients. */
function outageTone(run: ReportedRun): Tone {
  return freshOutages(run).length === 0 && refusalsOf(run).refused === 0 ? "info" : "warn";
}

/** The spell around the move; of a VIP that did not move, or clients that did not mind, the longest. */
export function mainOutage(run: ReportedRun): Outage | undefined {
  const spells = freshOutages(run);
  const moved = run.result.failover?.outage;
  return (
    spells.find((item) => moved !== undefined && item.first?.seq === moved.firstOk.event) ??
    spells.toSorted(longestFirst)[0]
  );
}

export function outageAnswer(run: ReportedRun): Answer {
  const base = { id: "outage", question: "How long were clients without service?" };
  const { cadenceUs } = run.record.scenario.workload;
  const main = mainOutage(run);
  if (main !== undefined) return { ...base, ...spellAnswer(run, main, cadenceUs) };
  const kept = heldWords(run);
  if (!anyWrite(run)) {
    return {
      ...base,
      tone: "unknown",
      big: "Not known",
      words: ["No write was acknowledged at all."],
    };
  }
  const around = run.result.failover?.outage;
  const pause =
    around === undefined
      ? []
      : [`Around the move the pause was ${formatSeconds(around.firstOk.tUs - around.lastOk.tUs)}.`];
  const refusals = refusalsOf(run);
  if (refusals.refused > 0) {
    const words = [
      ...partWords(run, refusals, zeroOf(run)),
      "No pause between acknowledged writes was longer than everyday jitter.",
    ];
    return { ...base, tone: "warn", big: partBig(refusals), words: [...words, ...pause, ...kept] };
  }
  const words = ["Clients that connected anew kept writing all the time.", ...pause, ...kept];
  return { ...base, tone: kept.length === 0 ? "good" : "warn", big: "Not at all", words };
}

function spellAnswer(run: ReportedRun, main: Outage, cadenceUs: Us): Told {
  const { tUs: zeroUs, words: zero } = zeroOf(run);
  const spell = formatSeconds(main.endUs - main.startUs);
  const [start, end] = [signedSeconds(main.startUs - zeroUs), signedSeconds(main.endUs - zeroUs)];
  const words = [
    main.first === undefined
      ? `From ${start}, counted from ${zero}, no write was acknowledged any more until the load ended.`
      : `No new connection got a write acknowledged from ${start} to ${end}, counted from ${zero} ` +
        `(good to ${formatResolution(cadenceUs)}, the pace of the clients).`,
    ...troubleWords(main),
    ...heldWords(run),
    ...otherWords(run, main),
  ];
  if (main.first === undefined) return { tone: "bad", big: `${spell}, and no end seen`, words };
  // What hit more clients is said first: a short spell is not all that they suffered.
  const refusals = refusalsOf(run);
  const part = partWords(run, refusals, zeroOf(run));
  const partUs = refusals.span === undefined ? 0 : durationUs(refusals.span);
  if (refusals.outside > main.failed + main.unknown && partUs > durationUs(main)) {
    const longest = `The longest time without any service was ${spell}.`;
    return { tone: "warn", big: partBig(refusals), words: [...part, longest, ...words] };
  }
  const beside =
    refusals.outside === 0
      ? []
      : [`Apart from that ${counted(refusals.outside, "operation")} failed. ${part.join(" ")}`];
  return { tone: "warn", big: spell, words: [...words, ...beside] };
}

function troubleWords({ failed, unknown }: Outage): string[] {
  if (failed === 0 && unknown === 0) return [];
  const lost = unknown === 0 ? "" : `, and of ${unknown} more the outcome is unknown to the client`;
  return [`Meanwhile ${counted(failed, "operation")} failed${lost}.`];
}

function heldWords(run: ReportedRun): string[] {
  const held = outagesOf(run)
    .filter((item) => item.lane === "held")
    .toSorted(longestFirst)[0];
  if (held === undefined) return [];
  const spell = formatSeconds(held.endUs - held.startUs);
  return held.first === undefined
    ? [`A connection that was kept open got no more write through, ${spell} long.`]
    : [`A connection that was kept open waited ${spell}.`];
}

function otherWords(run: ReportedRun, main: Outage): string[] {
  const others = freshOutages(run).filter((item) => item.startUs !== main.startUs);
  if (others.length === 0) return [];
  const sumUs = others.reduce((sum, item) => sum + item.endUs - item.startUs, 0);
  return [
    others.length === 1
      ? `There was one more such spell, of ${formatSeconds(sumUs)}.`
      : `There were ${others.length} more such spells, ${formatSeconds(sumUs)} together.`,
  ];
}
