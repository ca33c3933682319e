/**
 * Whenever a node is healthy the VIP is held, by a node that serves, and clients reach it; but for as long as
 * the timers of one failover and its check need.
 *
 * What is wanted is told from the nodes alone, not from the configuration: a check that does not count
 * for enough, or stops what nobody starts again, keeps to its own formulas and still leaves clients alone.
 */
import { durationUs, formatSeconds, seconds, type Interval, type Us } from "../../core/time.ts";
import { only } from "../../history/events.ts";
import { gaps } from "../../history/queries.ts";
import { fails } from "../../scenario/scenario.ts";
import { onlyRouter } from "../../topology/resolve.ts";
import {
  defineProperty,
  violated,
  type ExploredRun,
  type Property,
  type Violation,
} from "../property.ts";
import { timersOf } from "../timers.ts";
import {
  alone,
  answering,
  hasServer,
  longerThan,
  serving,
  shared,
  stateSpans,
  vipOf,
  watched,
  withoutHolder,
} from "./spans.ts";

/** ARP and TCP need a second or two; a stale ARP entry lasts 23 s at least (docs/simulator.md). */
const REACHED_US: Us = seconds(6);

export const vipAvailable: Property = defineProperty({
  name: "vip-available-while-a-node-is-healthy",
  promise: "while a node is healthy the VIP is held by one that serves, and clients reach it",
  judge: (run) => {
    const { boundUs } = timersOf(run.topology);
    const members = onlyRouter(run.topology).members.map(({ node }) => node);
    return [
      ...nobody(run, members, boundUs),
      ...helpless(run, members, boundUs),
      ...unreached(run, members, boundUs),
    ].slice(0, 1);
  },
});

function nobody(run: ExploredRun, members: readonly string[], boundUs: Us): Violation[] {
  const gapsSeen = withoutHolder(run);
  if (longerThan(gapsSeen, boundUs) === undefined) return [];
  return members.flatMap((node) => {
    const span = longerThan(shared(gapsSeen, answering(run, node)), boundUs);
    if (span === undefined) return [];
    const kind = lasts(run, span)
      ? "nobody holds the VIP any more"
      : "nobody holds the VIP for long";
    const text = `nobody held ${vipOf(run)} for ${words(span)}, while nothing was wrong with ${node}`;
    const expectation = fails("vip-available", text, {}, { maxGapMs: Math.floor(boundUs / 1000) });
    return [violated(kind, text, { expectation })];
  });
}

/** It has the VIP, and its mysqld does not answer or takes no writes, while another node would serve. */
function helpless(run: ExploredRun, members: readonly string[], boundUs: Us): Violation[] {
  return members.flatMap((holder) => {
    if (!hasServer(run, holder)) return [];
    const held = alone(run, holder);
    const others = members.filter((node) => node !== holder && hasServer(run, node));
    const silent = stateSpans(run, holder, ({ state }) => state !== "up");
    const refusing = stateSpans(
      run,
      holder,
      ({ state, writable }) => state === "up" && writable !== true,
    );
    return others.flatMap((other) => {
      const better = shared(held, serving(run, other));
      const mute = longerThan(shared(better, silent), boundUs);
      if (mute !== undefined) {
        const text = `${holder} held the VIP for ${words(mute)} while its mysqld did not answer and that of ${other} did`;
        const expectation = fails(
          "holder-can-serve",
          text,
          {},
          { maxSpellMs: Math.floor(boundUs / 1000) },
        );
        return [violated("the holder's mysqld does not answer", text, { expectation })];
      }
      const readOnly = longerThan(shared(better, refusing), boundUs);
      if (readOnly === undefined) return [];
      const text = `${holder} held the VIP for ${words(readOnly)} while its mysqld refused writes and that of ${other} took them`;
      const expectation = fails("outage-within", text, {}, { maxMs: Math.floor(boundUs / 1000) });
      return [violated("the holder takes no writes", text, { expectation })];
    });
  });
}

/**
 * It has the VIP and serves, and no new connection gets an answer. A director sends clients to a server that
 * does not answer for as long as its check is patient.
 */
function unreached(run: ExploredRun, members: readonly string[], boundUs: Us): Violation[] {
  const answered = only(run.events, "complete").filter(
    ({ lane, outcome }) => lane === "fresh" && outcome === "ok",
  );
  const silences = gaps(
    answered.map(({ tUs }) => ({ startUs: tUs, endUs: tUs + 1 })),
    watched(run),
  );
  return members.flatMap((holder) => {
    const held = shared(alone(run, holder), serving(run, holder));
    const allowedUs = hasServer(run, holder) ? REACHED_US : Math.max(REACHED_US, boundUs);
    const span = longerThan(shared(held, silences), allowedUs);
    if (span === undefined) return [];
    const well = hasServer(run, holder) ? "served" : "was well";
    const text = `${holder} alone held the VIP and ${well} for ${words(span)}, and no client's new connection was answered`;
    const expectation = fails("outage-within", text, {}, { maxMs: Math.floor(allowedUs / 1000) });
    return [violated("clients do not reach the holder", text, { expectation })];
  });
}

/** To the end of watching. */
function lasts(run: ExploredRun, { endUs }: Interval): boolean {
  return endUs >= watched(run).endUs;
}

function words(span: Interval): string {
  return `${formatSeconds(durationUs(span))} from ${formatSeconds(span.startUs)}`;
}
