/**
 * Promise: the monitor raises an alarm (an exit code other than 0) soon after two hosts have the VIP, and none
 * while one has it.
 *
 * Two hosts: two nodes hold it, or a node does and a foreign host claims it (`foreign-claims.ts`). A span shorter
 * than the monitor's period may pass between two looks, and is not demanded. A run that began while two had it
 * may raise its alarm after that. An alarm while nobody holds the VIP is neither: what the monitor
 * should say then is its author's affair.
 */
import type { Json } from "../core/json.ts";
import {
  durationUs,
  formatSeconds,
  intersect,
  milliseconds,
  type Interval,
  type Us,
} from "../core/time.ts";
import { only, type Event, type EventOf } from "../history/events.ts";
import { gaps, holdings, judgedSpan, overlaps } from "../history/queries.ts";
import { MONITORS } from "../observe/monitor.ts";
import { vipAddresses, type ResolvedTopology } from "../topology/resolve.ts";
import {
  fail,
  inconclusive,
  pass,
  setting,
  type Checker,
  type Judgement,
  type Subject,
} from "./checker.ts";
import { foreignClaims } from "./foreign-claims.ts";
import { underNoise } from "./noise.ts";

/** Two periods of a monitor that runs every second and takes as long. */
const WITHIN_MS = 3000;

type Run = EventOf<"monitor">;

interface Split extends Interval {
  readonly noticedBy: Run | undefined;
}

export const splitBrainNoticed: Checker = {
  name: "split-brain-noticed",
  promise:
    "the monitor notices two hosts with the VIP within the allowance, and raises no false alarm",
  settings: { monitor: "text", withinMs: "number" },
  judge: (subject) => {
    const { events, topology } = subject;
    const span = judgedSpan(events);
    if (span === undefined) return inconclusive("the run ended before anything could be judged");
    const monitor = monitorOf(subject);
    if (typeof monitor === "string") return inconclusive(monitor);
    const runs = only(events, "monitor").filter((event) => event.monitor === monitor.name);
    const [first, last] = [runs[0], runs.at(-1)];
    if (first === undefined || last === undefined || isLost(events)) {
      return inconclusive(`monitor ${monitor.name} did not run to the end`);
    }
    const watched = intersect(span, { startUs: first.beganUs, endUs: last.tUs });
    if (watched === undefined) return inconclusive(`monitor ${monitor.name} did not run meanwhile`);
    const shared = splitsOf(events, topology, span);
    const demanded = shared
      .filter((split) => durationUs(split) > monitor.everyUs)
      .map((split): Split => ({ ...split, noticedBy: runs.find((run) => notices(run, split)) }));
    const held = vipAddresses(topology).flatMap((vip) => holdings(events, vip));
    const isFalse = (run: Run): boolean =>
      run.exitCode !== 0 &&
      !shared.some((split) => touches(run, split)) &&
      gaps(held, { startUs: run.beganUs, endUs: run.tUs }).length === 0;
    const withinUs = milliseconds(setting(subject, "withinMs", WITHIN_MS));
    return judgement(events, { splits: demanded, runs, isFalse, withinUs, watched });
  },
};

function monitorOf({ settings, topology }: Subject): { name: string; everyUs: Us } | string {
  const name = settings["monitor"];
  if (typeof name !== "string") return "it is not said which monitor (setting monitor)";
  const found = topology.monitors?.find((monitor) => monitor.name === name);
  return found ?? `the topology has no monitor ${name}`;
}

function isLost(events: readonly Event[]): boolean {
  return only(events, "observer").some(
    ({ observer, state }) => observer === MONITORS && state === "lost",
  );
}

/** Spans with more than one host, put together where they overlap. */
function splitsOf(
  events: readonly Event[],
  topology: ResolvedTopology,
  span: Interval,
): Interval[] {
  const found: Interval[] = [
    ...vipAddresses(topology).flatMap((vip) => overlaps(holdings(events, vip))),
    ...foreignClaims(events, topology, span),
  ].flatMap((item) => intersect(item, span) ?? []);
  const joined: Interval[] = [];
  for (const item of found.sort((a, b) => a.startUs - b.startUs)) {
    const before = joined.at(-1);
    if (before === undefined || item.startUs > before.endUs) joined.push(item);
    else joined[joined.length - 1] = { ...before, endUs: Math.max(before.endUs, item.endUs) };
  }
  return joined;
}

/** The run looked at a moment of the span. */
function touches(run: Run, split: Interval): boolean {
  return run.beganUs <= split.endUs && run.tUs >= split.startUs;
}

function notices(run: Run, split: Interval): boolean {
  return run.exitCode !== 0 && touches(run, split);
}

interface Found {
  readonly splits: readonly Split[];
  readonly runs: readonly Run[];
  readonly isFalse: (run: Run) => boolean;
  readonly withinUs: Us;
  readonly watched: Interval;
}

function judgement(events: readonly Event[], found: Found): Judgement {
  const { splits, runs, withinUs, watched } = found;
  const falseAlarms = runs.filter(found.isFalse);
  const facts = factsOf(found, falseAlarms);
  const allowed = `${formatSeconds(withinUs)} is allowed`;
  const isOpen = (split: Split): boolean => split.startUs + withinUs > watched.endUs;
  const missed = splits.find((split) => split.noticedBy === undefined && !isOpen(split));
  if (missed !== undefined) {
    const looks = runs.filter((run) => touches(run, missed));
    return fail(
      `${words(missed)}, and the monitor raised no alarm in ${times(looks.length)}; ${allowed}`,
      looks.map(({ seq }) => seq),
      facts,
    );
  }
  const [cry] = falseAlarms;
  if (cry !== undefined) {
    return fail(
      `the monitor raised an alarm at ${formatSeconds(cry.tUs)} (exit code ${cry.exitCode}), while one host had the VIP`,
      [cry.seq],
      facts,
    );
  }
  const late = splits
    .filter((split) => afterUs(split) > withinUs)
    .sort((a, b) => afterUs(b) - afterUs(a))[0];
  if (late?.noticedBy !== undefined) {
    const { seq, tUs } = late.noticedBy;
    const reason = `${words(late)}, and the monitor raised its alarm after ${formatSeconds(afterUs(late))}; ${allowed}`;
    return underNoise(fail(reason, [seq], facts), {
      events,
      span: { startUs: late.startUs, endUs: tUs },
      missedByUs: afterUs(late) - withinUs,
    });
  }
  const undecided = splits.find((split) => split.noticedBy === undefined);
  if (undecided !== undefined) {
    return inconclusive(`${words(undecided)}, too near the end to tell`, [], facts);
  }
  if (splits.length === 0) {
    return pass(
      `${times(runs.length)} of the monitor, no alarm; one host at a time had the VIP`,
      [],
      facts,
    );
  }
  const slowest = Math.max(...splits.map(afterUs));
  const seqs = splits.flatMap(({ noticedBy }) => (noticedBy === undefined ? [] : [noticedBy.seq]));
  return pass(
    `the alarm came ${formatSeconds(slowest)} after two hosts had the VIP; none was false`,
    seqs,
    facts,
  );
}

function afterUs({ startUs, noticedBy }: Split): Us {
  return noticedBy === undefined ? 0 : noticedBy.tUs - startUs;
}

function words({ startUs, endUs }: Interval): string {
  return `two hosts had the VIP from ${formatSeconds(startUs)} to ${formatSeconds(endUs)}`;
}

function times(runs: number): string {
  return runs === 1 ? "1 run" : `${runs} runs`;
}

function factsOf(
  { splits, runs, withinUs }: Found,
  falseAlarms: readonly Run[],
): { [name: string]: Json } {
  return {
    runs: runs.length,
    alarms: runs.filter(({ exitCode }) => exitCode !== 0).length,
    falseAlarms: falseAlarms.length,
    allowedUs: withinUs,
    splits: splits.map((split) => ({
      startUs: split.startUs,
      endUs: split.endUs,
      noticedAfterUs: split.noticedBy === undefined ? null : afterUs(split),
    })),
  };
}
