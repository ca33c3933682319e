/**
 * Promise: once the first holder is well again, after it had lost the VIP, the VIP goes back to it or stays
 * where it is, as the configuration says (or the scenario).
 *
 * It is well when its keepalived is BACKUP or MASTER again and every fault on it is healed. Then, counted from
 * the last thing that anybody did, the VIP has to be on it alone within the time that the timers allow; or
 * nothing of the kind happens until the next fault on another node, which has to be at least as long to
 * mean something. A move that follows from a fault on the node that had the VIP is a failover, and no return.
 *
 * Cannot see: other virtual routers than the first, and nodes other than the first holder.
 */
import { formatSeconds, type Us } from "../core/time.ts";
import { definitionOf, plainOf } from "../fault/facts.ts";
import { only, type Event, type EventOf } from "../history/events.ts";
import { holdersAt, holdings, judgedSpan, type Holding } from "../history/queries.ts";
import { onlyRouter } from "../topology/resolve.ts";
import { choice, fail, inconclusive, pass, type Checker, type Judgement } from "./checker.ts";
import { underNoise } from "./noise.ts";
import { wayBack, type Return } from "./way-back.ts";

export const preemption: Checker = {
  name: "preemption",
  promise: "a first holder that is well again gets the VIP back, or does not, as configured",
  settings: { expect: ["returns", "stays"] },
  judge: (subject) => {
    const { events, topology } = subject;
    const span = judgedSpan(events);
    if (span === undefined) return inconclusive("the run ended before anything could be judged");
    const vip = onlyRouter(topology).vips[0]?.address ?? "";
    const held = holdings(events, vip);
    const home = holdersAt(held, span.startUs)[0];
    if (home === undefined) return inconclusive(`nobody held ${vip} when the disturbance began`);
    const way = wayBack(topology, home);
    const expected = choice(subject, "expect", ["returns", "stays"]) ?? way.expected;
    if (expected === undefined) {
      return inconclusive(
        `the configuration does not say whether ${home} takes it back: ${way.reason}`,
      );
    }
    const drill = { events, held, home, endUs: span.endUs, allowedUs: way.allowedUs };
    const left = leftHome(drill, span.startUs);
    if (left === undefined) return inconclusive(`the VIP did not leave ${home}`);
    const seen = watch(drill, left.tUs);
    if (typeof seen === "string") return inconclusive(seen, [left.event]);
    return judgementOf(drill, expected, { ...seen, leftEvent: left.event });
  },
};

interface Drill {
  readonly events: readonly Event[];
  readonly held: readonly Holding[];
  readonly home: string;
  readonly endUs: Us;
  readonly allowedUs: Us;
}

interface Seen {
  readonly seen: "returned" | "stayed";
  /** Counting starts here. */
  readonly sinceUs: Us;
  /** When it was back, or nobody watched for it any more. */
  readonly untilUs: Us;
  readonly evidence: readonly number[];
}

function judgementOf(
  { events, home, allowedUs }: Drill,
  expected: Return,
  { seen, sinceUs, untilUs, evidence, leftEvent }: Seen & { readonly leftEvent: number },
): Judgement {
  const afterUs = untilUs - sinceUs;
  const facts = { node: home, expected, seen, afterUs, allowedUs };
  const cited = [leftEvent, ...evidence];
  const [after, allowed] = [formatSeconds(afterUs), formatSeconds(allowedUs)];
  const span = { startUs: sinceUs, endUs: untilUs };
  if (seen === "returned") {
    const text = `the VIP went back to ${home} ${after} after it was well again`;
    if (expected === "stays") return fail(`${text}; it was to stay where it was`, cited, facts);
    const missedByUs = afterUs - allowedUs;
    const judgement =
      missedByUs <= 0
        ? pass(`${text}; the timers allow ${allowed}`, cited, facts)
        : fail(`${text}; the timers allow no more than ${allowed}`, cited, facts);
    return underNoise(judgement, { events, span, missedByUs });
  }
  if (afterUs < allowedUs) {
    const text = `${home} was watched for ${after} after it was well again, and ${allowed} may pass`;
    return inconclusive(`${text} before the VIP goes back`, cited, facts);
  }
  const text = `the VIP did not go back to ${home} in the ${after} after it was well again`;
  return expected === "stays"
    ? pass(text, cited, facts)
    : fail(`${text}; the timers allow ${allowed}`, cited, facts);
}

/** The first moment at which another node had the VIP, and the first holder had not. */
function leftHome(
  { held, home }: Drill,
  fromUs: Us,
): { readonly tUs: Us; readonly event: number } | undefined {
  const taken = held
    .filter((item) => item.node !== home && item.endUs > fromUs)
    .map((item) => ({ tUs: aloneFrom(held, home, item), event: item.evidence[0] ?? 0, item }))
    .find(({ tUs, item }) => tUs < item.endUs || item.open);
  return taken;
}

/** From when on the first holder no longer has it as well. */
function aloneFrom(held: readonly Holding[], home: string, taken: Holding): Us {
  const own = held.find(
    (item) => item.node === home && item.startUs <= taken.startUs && item.endUs > taken.startUs,
  );
  return own === undefined ? taken.startUs : own.open ? taken.endUs : own.endUs;
}

/** What became of the VIP after the first holder had lost it; or why that cannot be said. */
function watch(drill: Drill, leftUs: Us): Seen | string {
  const { events, home, endUs } = drill;
  const back = returnOf(drill, leftUs);
  const sign = lastSign(events, home, leftUs, back?.tUs ?? endUs);
  if (back !== undefined) {
    const sinceUs = Math.max(leftUs, sign?.wellUs ?? leftUs, lastDeed(events, back.tUs));
    return { seen: "returned", sinceUs, untilUs: back.tUs, evidence: [back.event] };
  }
  if (sign === undefined)
    return `${home} did not come back: its keepalived was not seen to run again`;
  const ill = faultsUnder(events, (event) => event.node === home, endUs)[0];
  if (ill !== undefined) return `${home} did not come back: step ${ill.step} was not healed`;
  const healedUs = Math.max(
    sign.wellUs,
    ...only(events, "fault")
      .filter((event) => event.node === home && event.edge === "end" && event.tUs <= endUs)
      .map((event) => event.tUs),
  );
  const next = only(events, "fault").find(
    (event) =>
      event.action === "inject" &&
      event.edge === "begin" &&
      event.tUs > healedUs &&
      event.node !== home,
  );
  return { seen: "stayed", sinceUs: healedUs, untilUs: next?.tUs ?? endUs, evidence: [sign.event] };
}

/** The first time that it is on the first holder alone, unless a fault drove it from the other node. */
function returnOf(
  { events, held, home, endUs, allowedUs }: Drill,
  leftUs: Us,
): { readonly tUs: Us; readonly event: number } | undefined {
  return held
    .filter((item) => item.node === home && item.endUs > leftUs && item.startUs < endUs)
    .flatMap((own) => {
      const others = held.filter(
        (item) => item.node !== home && item.startUs < own.endUs && item.endUs > own.startUs,
      );
      const tUs = Math.max(own.startUs, leftUs, ...others.map((item) => item.endUs));
      const alone = tUs < own.endUs && !others.some((item) => item.open);
      const driven = faultsUnder(events, (event) => event.node !== home, tUs, allowedUs);
      return alone && driven.length === 0 ? [{ tUs, event: own.evidence[0] ?? 0 }] : [];
    })[0];
}

/**
 * Injections that are in force at that moment: begun, and not healed. One that has nothing to heal is over with
 * its end, but what it set off may take as long as a move does.
 */
function faultsUnder(
  events: readonly Event[],
  about: (event: EventOf<"fault">) => boolean,
  tUs: Us,
  aftermathUs: Us = 0,
): EventOf<"fault">[] {
  const all = only(events, "fault").filter((event) => about(event) && event.tUs <= tUs);
  return all.filter((event) => {
    if (event.action !== "inject" || event.edge !== "begin") return false;
    if (event.fault.kind === "sabotaged" || event.fault.kind === "service-started") return false;
    const lasts = definitionOf(plainOf(event.fault)).healing !== undefined;
    const over = all.find(
      (other) =>
        other.step === event.step &&
        other.action === (lasts ? "heal" : "inject") &&
        other.edge === "end",
    );
    return over === undefined || (!lasts && over.tUs + aftermathUs > tUs);
  });
}

/** The end of the last injection or healing before that moment, wherever. */
function lastDeed(events: readonly Event[], tUs: Us): Us {
  return (
    only(events, "fault").findLast((event) => event.edge === "end" && event.tUs <= tUs)?.tUs ?? 0
  );
}

/** The parent and its VRRP child; the child that checks servers may end on its own. */
const OF_VRRP = /^keepalived(_vrrp)?$/i;
const RUNS = /Entering (BACKUP|MASTER) STATE/;
const RUNS_NOT = /Entering FAULT STATE|^Stopping|^Stopped|terminating on signal/i;
const ENDS_KEEPALIVED: ReadonlySet<string> = new Set(["keepalived-killed", "node-powered-off"]);

/**
 * Since when the node's keepalived runs, by what it said last before that moment; absent when that was its end.
 * What says nothing at all (a cut cable, a lost advert) leaves it running.
 */
function lastSign(
  events: readonly Event[],
  node: string,
  leftUs: Us,
  beforeUs: Us,
): { readonly wellUs: Us; readonly event: number } | undefined {
  const signs = events.flatMap((event) => {
    if (event.tUs > beforeUs) return [];
    const runs = signOf(event, node);
    return runs === undefined ? [] : [{ runs, tUs: event.tUs, event: event.seq }];
  });
  const last = signs.at(-1);
  if (last?.runs !== true) return undefined;
  const since = signs.slice(signs.findLastIndex((sign) => !sign.runs) + 1)[0] ?? last;
  return { wellUs: Math.max(since.tUs, leftUs), event: since.event };
}

function signOf(event: Event, node: string): boolean | undefined {
  switch (event.kind) {
    case "log":
      if (event.node !== node || !OF_VRRP.test(event.program)) return undefined;
      if (RUNS.test(event.text)) return true;
      return RUNS_NOT.test(event.text) ? false : undefined;
    case "advert":
      return event.sender === node ? event.priority > 0 : undefined;
    case "fault":
      return event.node === node &&
        event.action === "inject" &&
        event.edge === "end" &&
        ENDS_KEEPALIVED.has(event.fault.kind)
        ? false
        : undefined;
    default:
      return undefined;
  }
}
