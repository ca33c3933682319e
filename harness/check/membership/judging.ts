/** One director: whether the server left its table and came back as it should, by the table, by the log and by the clock. */
import type { Json } from "../../core/json.ts";
import { formatSeconds, milliseconds, type Interval, type Us } from "../../core/time.ts";
import { assignments, countOf } from "../../mysql/settings-lines.ts";
import { only, type Event, type EventOf } from "../../history/events.ts";
import type { PresenceChange } from "../../timing/ipvs.ts";
import type { Cause } from "../cause.ts";
import { fail, inconclusive, pass, type Judgement, type Subject } from "../checker.ts";
import { underNoise } from "../noise.ts";
import type { Place } from "./places.ts";
import { expectedRemoval, expectedReturn, LOG_APART_US, type Expected } from "./server-failure.ts";

export const WORDS = ["leaves", "returns", "stays"] as const;
export type Wanted = (typeof WORDS)[number];

export interface Asked {
  readonly cause: Cause;
  readonly wanted: Wanted;
  readonly span: Interval;
}

export interface Found {
  readonly judgement: Judgement;
  readonly director: string;
  readonly facts: { readonly [name: string]: Json };
}

export function judgePlace(subject: Subject, place: Place, asked: Asked): Found {
  const { cause, wanted, span } = asked;
  const { director } = place.service;
  const left = place.changes.find(
    ({ tUs, presence }) => tUs > cause.tUs && presence !== "in" && tUs <= span.endUs,
  );
  const returned =
    left === undefined
      ? undefined
      : place.changes.find(
          ({ tUs, presence }) => tUs > left.tUs && presence === "in" && tUs <= span.endUs,
        );
  const removal = removalBounds(subject, place, cause);
  const well =
    left === undefined
      ? undefined
      : wellAgain(subject.events, place.server.node ?? "", cause, left.tUs);
  const back = backBounds(subject, place, { cause, left, returned });
  const ms = (us: Us | undefined): number | null => (us === undefined ? null : us / 1000);
  const facts = {
    director,
    leftAfterMs: ms(left && left.tUs - cause.tUs),
    removalMs: boundsFact(removal),
    returnedAfterMs: ms(returned && well && returned.tUs - well.latestUs),
    returnMs: boundsFact(back),
  };
  const drill = { subject, place, asked, removal, back };
  if (wanted === "stays") return { director, facts, judgement: staysJudgement(drill, left) };
  if (left === undefined) return { director, facts, judgement: notLeft(drill) };
  const leaving = leavesJudgement(drill, left);
  if (wanted === "leaves" || leaving.verdict !== "pass")
    return { director, facts, judgement: leaving };
  const returning = returnsJudgement(drill, { left, returned, well });
  const reason =
    returning.verdict === "pass" ? `${leaving.reason}; ${returning.reason}` : returning.reason;
  const evidence = [...leaving.evidence, ...returning.evidence];
  return { director, facts, judgement: { ...returning, reason, evidence } };
}

function boundsFact(expected: Expected | undefined): Json {
  if (expected === undefined) return null;
  const { minUs, maxUs, formula } = expected;
  return { min: minUs / 1000, max: maxUs / 1000, formula };
}

interface Drill {
  readonly subject: Subject;
  readonly place: Place;
  readonly asked: Asked;
  readonly removal: Expected | undefined;
  readonly back: Expected | undefined;
}

function override(subject: Subject, name: string): Expected | undefined {
  const value = subject.settings[name];
  if (typeof value !== "number") return undefined;
  return { minUs: 0, maxUs: milliseconds(value), formula: "as the scenario says" };
}

function removalBounds(
  subject: Subject,
  place: Place,
  { fault, tUs }: Cause,
): Expected | undefined {
  const set = override(subject, "withinMs");
  if (set !== undefined || fault === undefined) return set;
  const { service, server, startedUs } = place;
  const version = subject.topology.keepalivedVersion;
  const own = fault.node === service.director && fault.node !== server.node;
  const node = subject.topology.nodes.find(({ name }) => name === server.node);
  const backLog = countOf(assignments(node?.mysql?.settings ?? []), "back_log");
  const { fault: found } = fault;
  return expectedRemoval({ fault: found, faultUs: tUs, own, server, version, startedUs, backLog });
}

/** A keepalived that was started again in between fills its table anew, whatever its checks say. */
function backBounds(
  subject: Subject,
  { service, server, changes }: Place,
  {
    cause: { fault },
    left,
    returned,
  }: {
    readonly cause: Cause;
    readonly left: PresenceChange | undefined;
    readonly returned: PresenceChange | undefined;
  },
): Expected | undefined {
  const set = override(subject, "backWithinMs");
  if (set !== undefined || fault === undefined || left === undefined) return set;
  const restarted = changes.some(
    ({ presence, tUs }) =>
      presence === "no-service" &&
      tUs >= left.tUs &&
      tUs <= (returned?.tUs ?? Number.POSITIVE_INFINITY),
  );
  if (restarted) return undefined;
  const own = fault.node === service.director && fault.node !== server.node;
  const version = subject.topology.keepalivedVersion;
  return expectedReturn({ fault: fault.fault, own, server, version });
}

function nameOf({ place: { service, server } }: Drill): string {
  return `${server.node ?? server.address} from the table of ${service.director}`;
}

function within({ minUs, maxUs, formula }: Expected): string {
  return `${formatSeconds(minUs)} to ${formatSeconds(maxUs)}, ${formula}`;
}

function staysJudgement(drill: Drill, left: PresenceChange | undefined): Judgement {
  const { asked, place, removal } = drill;
  const { cause, span } = asked;
  const evidence = [cause.event, ...(left === undefined ? [] : [left.event])];
  if (left !== undefined) {
    const after = formatSeconds(left.tUs - cause.tUs);
    return fail(`${nameOf(drill)} was gone ${after} after ${cause.step}; it was to stay`, evidence);
  }
  const watchedUs = span.endUs - cause.tUs;
  const text = `${place.server.node ?? place.server.address} stayed in the table of ${place.service.director} for the ${formatSeconds(watchedUs)} that it was watched`;
  if (removal !== undefined && watchedUs < removal.minUs) {
    return inconclusive(
      `${text}; its check cannot take it out sooner than ${formatSeconds(removal.minUs)}`,
      evidence,
    );
  }
  return pass(text, [...evidence, ...place.changes.slice(0, 1).map(({ event }) => event)]);
}

function notLeft(drill: Drill): Judgement {
  const { subject, place, asked, removal } = drill;
  const { cause, span } = asked;
  const name = `${place.server.node ?? ""} stayed in the table of ${place.service.director}`;
  const claim = logLine(subject.events, drill, REMOVED, [cause.tUs, span.endUs]);
  if (claim !== undefined) {
    return fail(`${name}, although its log says "${claim.text}"`, [cause.event, claim.seq]);
  }
  const watched = `${name} for the ${formatSeconds(span.endUs - cause.tUs)} that it was watched after ${cause.step}`;
  if (removal === undefined) {
    return fail(watched, [cause.event]);
  }
  if (cause.tUs + removal.maxUs > span.endUs) {
    return inconclusive(`${watched}; its checks may take ${within(removal)}`, [cause.event]);
  }
  const well = wellAgain(subject.events, place.server.node ?? "", cause, cause.tUs);
  // Checks that come after that find nothing amiss: none of them had to fail.
  if (well !== undefined && well.earliestUs < cause.tUs + removal.maxUs) {
    const wellAfter = formatSeconds(Math.max(0, well.earliestUs - cause.tUs));
    return inconclusive(
      `${name}; the server may have been well again ${wellAfter} after ${cause.step}, and its checks may take ${within(removal)}`,
      [cause.event, well.event],
    );
  }
  return fail(`${watched}; its checks allow ${within(removal)}`, [cause.event]);
}

const REMOVED = "Removing|Disabling";
const ADDED = "Adding|Enabling";

/**
 * `Removing service [198.18.7.21]:tcp:3306 from VS ...` (2.2.7 and 2.3.4 alike; before 2.0 without the protocol);
 * with `inhibit_on_failure` it is `Disabling`.
 */
function logLine(
  events: readonly Event[],
  { place: { service, server } }: Drill,
  verbs: string,
  [fromUs, untilUs]: readonly [Us, Us],
): EventOf<"log"> | undefined {
  const address = server.address.replaceAll(".", String.raw`\.`);
  const pattern = new RegExp(String.raw`(${verbs}) service \[${address}\]:(tcp:)?${server.port}\b`);
  return only(events, "log").find(
    ({ node, tUs, text }) =>
      node === service.director && tUs >= fromUs && tUs <= untilUs && pattern.test(text),
  );
}

function leavesJudgement(drill: Drill, left: PresenceChange): Judgement {
  const { subject, asked, removal } = drill;
  const { events } = subject;
  const { cause } = asked;
  const afterUs = left.tUs - cause.tUs;
  const text = `${nameOf(drill)} was gone ${formatSeconds(afterUs)} after ${cause.step}`;
  const claim = logLine(events, drill, REMOVED, [
    left.notBeforeUs - LOG_APART_US,
    left.tUs + LOG_APART_US,
  ]);
  const evidence = [cause.event, left.event, ...(claim === undefined ? [] : [claim.seq])];
  if (claim === undefined) return fail(`${text}, and its log says nothing of it`, evidence);
  if (removal === undefined) {
    return inconclusive(`${text}; nothing is predicted for this fault (set withinMs)`, evidence);
  }
  const missedByUs = Math.max(
    removal.minUs - afterUs,
    left.notBeforeUs - cause.tUs - removal.maxUs,
  );
  const judgement =
    missedByUs <= 0
      ? pass(`${text} (allowed ${within(removal)})`, evidence)
      : fail(`${text}; its checks allow ${within(removal)}`, evidence);
  return underNoise(judgement, {
    events,
    span: { startUs: cause.tUs, endUs: left.tUs },
    ...(missedByUs > 0 ? { missedByUs } : {}),
  });
}

interface Well {
  /** It was not well before. */
  readonly earliestUs: Us;
  readonly latestUs: Us;
  readonly event: number;
}

/** The fault was healed, and the server's mysqld answers at its own address, if it had been seen to be silent. */
function wellAgain(
  events: readonly Event[],
  server: string,
  cause: Cause,
  leftUs: Us,
): Well | undefined {
  const heals = only(events, "fault").filter(
    ({ step, action }) => step === cause.step && action === "heal",
  );
  const [began, ended] = ["begin", "end"].map((edge) => heals.find((event) => event.edge === edge));
  const states = only(events, "mysqld").filter(
    ({ node, tUs }) => node === server && tUs > cause.tUs,
  );
  const down = states.find(({ state }) => state !== "up");
  const up = states.findLast(({ state, tUs }) => state === "up" && tUs > (down?.tUs ?? leftUs));
  const first = states.find(({ state, tUs }) => state === "up" && tUs > (down?.tUs ?? leftUs));
  if (ended === undefined && up === undefined) return undefined;
  const latestUs = Math.max(ended?.tUs ?? 0, first?.tUs ?? 0);
  const earliestUs = Math.min(
    began?.tUs ?? Number.POSITIVE_INFINITY,
    first?.notBeforeUs ?? Number.POSITIVE_INFINITY,
  );
  return { earliestUs, latestUs, event: (first ?? ended)?.seq ?? cause.event };
}

function returnsJudgement(
  drill: Drill,
  {
    left,
    returned,
    well,
  }: {
    readonly left: PresenceChange;
    readonly returned: PresenceChange | undefined;
    readonly well: Well | undefined;
  },
): Judgement {
  const { subject, place, asked, back } = drill;
  const { events } = subject;
  const name = `${place.server.node ?? place.server.address} in the table of ${place.service.director}`;
  if (well === undefined)
    return inconclusive(`nobody saw ${place.server.node ?? ""} well again`, [left.event]);
  const evidence = [left.event, well.event, ...(returned === undefined ? [] : [returned.event])];
  if (returned === undefined) {
    const watched = `${name} was not seen again in the ${formatSeconds(asked.span.endUs - well.latestUs)} after it was well`;
    const open = back !== undefined && well.latestUs + back.maxUs > asked.span.endUs;
    return open
      ? inconclusive(`${watched}; its checks may take ${within(back)}`, evidence)
      : fail(watched, evidence);
  }
  const afterUs = returned.tUs - well.latestUs;
  if (returned.tUs < well.earliestUs) {
    return fail(
      `${name} was back at ${formatSeconds(returned.tUs)}, before the server was well`,
      evidence,
    );
  }
  const text = `back ${formatSeconds(Math.max(0, afterUs))} after it was well again`;
  if (back === undefined) return pass(`${text} (nothing is predicted for it)`, evidence);
  const claim = logLine(events, drill, ADDED, [
    returned.notBeforeUs - LOG_APART_US,
    returned.tUs + LOG_APART_US,
  ]);
  if (claim === undefined)
    return fail(`${name}: ${text}, and its log says nothing of it`, evidence);
  const missedByUs = returned.notBeforeUs - well.latestUs - back.maxUs;
  const cited = [...evidence, claim.seq];
  const judgement =
    missedByUs <= 0
      ? pass(`${text} (allowed ${within(back)})`, cited)
      : fail(`${name}: ${text}; its checks allow ${within(back)}`, cited);
  return underNoise(judgement, {
    events,
    span: { startUs: well.latestUs, endUs: returned.tUs },
    ...(missedByUs > 0 ? { missedByUs } : {}),
  });
}
