/**
 * Promise: people are told of every transition that keepalived logged, in time and with the right words:
 * by the notify script, which writes down what it was called with (`logger "$@"`: INSTANCE, name, state,
 * priority), and by mail, whose subject ends in `VRRP Instance NAME - Entering STATE state`.
 *
 * A stop is no state of VRRP, and is not demanded: keepalived calls the script with STOP, and mails nothing
 * (`facts.stops`). Left out: sync groups, FIFOs, and what a reload that removes an instance tells (DELETED).
 */
import type { Json } from "../core/json.ts";
import { formatSeconds, milliseconds, type Us } from "../core/time.ts";
import { only, type Event } from "../history/events.ts";
import { endOfWatch } from "../history/queries.ts";
import { MAIL_SINK } from "../observe/mail.ts";
import { fail, inconclusive, pass, setting, type Checker, type Judgement } from "./checker.ts";
import { underNoise } from "./noise.ts";

/** The slowest of 42 alerts on two busy cores came 0.48 s after its transition. */
const WITHIN_MS = 2000;

/** `(VI_1) Entering MASTER STATE`, before 2.0 `VRRP_Instance(VI_1) Entering MASTER STATE`. */
const TRANSITION = /^(?:VRRP_Instance)?\(([^)]+)\) Entering (MASTER|BACKUP|FAULT) STATE/i;
const NOTIFIED = /^INSTANCE "?([^"\s]+)"? (MASTER|BACKUP|FAULT|STOP|DELETED)(?: (\d+))?$/;
const SUBJECT = /VRRP Instance (.+) - Entering (MASTER|BACKUP|FAULT) state$/;
const SUBJECT_STOP = /VRRP Instance (.+) - Stopping$/;

type Channel = "notify" | "mail";

/** A transition, or what somebody was told of one. */
interface Told {
  readonly node: string;
  readonly instance: string;
  readonly state: string;
  readonly tUs: Us;
  readonly seq: number;
}

interface Match {
  readonly channel: Channel;
  readonly transition: Told;
  /** Absent: it never came. */
  readonly alert: Told | undefined;
}

export const alertSent: Checker = {
  name: "alert-sent",
  promise:
    "every logged transition is told by the notify script and by mail, in time and in the right words",
  settings: { notify: "flag", mail: "flag", withinMs: "number" },
  judge: (subject) => {
    const { events } = subject;
    const wanted = (["notify", "mail"] as const).filter((name) => subject.settings[name] === true);
    if (wanted.length === 0) return inconclusive("neither notify nor mail is set to true");
    const endUs = endOfWatch(events);
    const transitions = transitionsOf(events).filter(({ tUs }) => tUs < endUs);
    if (transitions.length === 0) return inconclusive("keepalived logged no transition");
    if (wanted.includes("mail") && !isWatched(events)) {
      return inconclusive(`the ${MAIL_SINK} did not watch to the end`);
    }
    const found = wanted.map((channel) => matched(channel, transitions, alertsOf(events, channel)));
    return judgement(events, {
      matches: found.flatMap(({ matches }) => matches),
      unexplained: found.flatMap(({ unexplained }) => unexplained),
      transitions: transitions.length,
      withinUs: milliseconds(setting(subject, "withinMs", WITHIN_MS)),
      endUs,
    });
  },
};

function isKeepalived(program: string): boolean {
  return program.toLowerCase().startsWith("keepalived");
}

function transitionsOf(events: readonly Event[]): Told[] {
  return only(events, "log").flatMap(({ node, program, text, tUs, seq }) => {
    const [, instance, state] = isKeepalived(program) ? (TRANSITION.exec(text) ?? []) : [];
    if (instance === undefined || state === undefined) return [];
    return [{ node, instance, state: state.toUpperCase(), tUs, seq }];
  });
}

function alertsOf(events: readonly Event[], channel: Channel): Told[] {
  if (channel === "notify") {
    return only(events, "log").flatMap(({ node, program, text, tUs, seq }) => {
      const [, instance, state] = isKeepalived(program) ? [] : (NOTIFIED.exec(text) ?? []);
      return instance === undefined || state === undefined
        ? []
        : [{ node, instance, state, tUs, seq }];
    });
  }
  return only(events, "mail").flatMap(({ sender = "an unknown host", subject, tUs, seq }) => {
    const [, stopped] = SUBJECT_STOP.exec(subject) ?? [];
    if (stopped !== undefined) {
      return [{ node: sender, instance: stopped, state: "STOP", tUs, seq }];
    }
    const [, instance, state] = SUBJECT.exec(subject) ?? [];
    return instance === undefined || state === undefined
      ? []
      : [{ node: sender, instance, state, tUs, seq }];
  });
}

function isWatched(events: readonly Event[]): boolean {
  const states = only(events, "observer").filter(({ observer }) => observer === MAIL_SINK);
  return states.length > 0 && states.every(({ state }) => state !== "lost");
}

/** Each alert is of the last transition before it with its words that has none yet. */
function matched(
  channel: Channel,
  transitions: readonly Told[],
  alerts: readonly Told[],
): { matches: Match[]; unexplained: { channel: Channel; alert: Told }[] } {
  const left = new Set(alerts.filter(({ state }) => state !== "STOP"));
  const matches = transitions.map((transition): Match => {
    const alike = (other: Told): boolean =>
      other.node === transition.node &&
      other.instance === transition.instance &&
      other.state === transition.state;
    const next = transitions.find((other) => alike(other) && other.tUs > transition.tUs);
    const alert = [...left].find(
      (item) =>
        alike(item) && item.tUs >= transition.tUs && (next === undefined || item.tUs < next.tUs),
    );
    if (alert !== undefined) left.delete(alert);
    return { channel, transition, alert };
  });
  return { matches, unexplained: [...left].map((alert) => ({ channel, alert })) };
}

interface Found {
  readonly matches: readonly Match[];
  readonly unexplained: readonly { readonly channel: Channel; readonly alert: Told }[];
  readonly transitions: number;
  readonly withinUs: Us;
  readonly endUs: Us;
}

function judgement(events: readonly Event[], found: Found): Judgement {
  const { matches, unexplained, withinUs, endUs } = found;
  const facts = factsOf(events, found);
  const isOpen = ({ transition }: Match): boolean => transition.tUs + withinUs > endUs;
  const missing = matches.filter(({ alert }) => alert === undefined);
  const lost = missing.find((item) => !isOpen(item));
  if (lost !== undefined) {
    const { transition } = lost;
    return fail(`${words(transition)}, and ${none(lost.channel)}`, [transition.seq], facts);
  }
  const [extra] = unexplained;
  if (extra !== undefined) {
    const { alert, channel } = extra;
    const how = channel === "notify" ? "the notify script was told" : "a mail said";
    return fail(
      `${how} that ${words(alert)}, and keepalived logged no such transition`,
      [alert.seq],
      facts,
    );
  }
  const late = matches
    .filter((item) => delayUs(item) > withinUs)
    .sort((a, b) => delayUs(b) - delayUs(a))[0];
  if (late?.alert !== undefined) {
    const what = late.channel === "notify" ? "its notify script was called" : "its mail arrived";
    const reason = `${words(late.transition)}, and ${what} ${formatSeconds(delayUs(late))} later; ${formatSeconds(withinUs)} is allowed`;
    return underNoise(fail(reason, [late.transition.seq, late.alert.seq], facts), {
      events,
      span: { startUs: late.transition.tUs, endUs: late.alert.tUs },
      missedByUs: delayUs(late) - withinUs,
    });
  }
  if (missing[0] !== undefined) {
    const { transition, channel } = missing[0];
    return inconclusive(
      `${words(transition)}, and until the end ${none(channel)}: too near the end to tell`,
      [transition.seq],
      facts,
    );
  }
  const slowest = Math.max(...matches.map(delayUs));
  const seqs = matches.flatMap(({ alert }) => (alert === undefined ? [] : [alert.seq]));
  const count = `${found.transitions} ${found.transitions === 1 ? "transition" : "transitions"}`;
  return pass(
    `${count}, each told within ${formatSeconds(slowest)}${stopWords(events, found)}`,
    seqs,
    facts,
  );
}

function delayUs({ transition, alert }: Match): Us {
  return alert === undefined ? 0 : alert.tUs - transition.tUs;
}

function words({ node, instance, state, tUs }: Told): string {
  return `${node} entered ${state} (${instance}) at ${formatSeconds(tUs)}`;
}

function none(channel: Channel): string {
  return channel === "notify" ? "no notify script said so" : "no mail said so";
}

function stopWords(events: readonly Event[], { matches }: Found): string {
  const { logged, notify, mail } = stopsOf(events);
  if (logged === 0) return "";
  const channels = new Set(matches.map(({ channel }) => channel));
  const parts = [
    ...(channels.has("notify") ? [`the script was told of ${notify}`] : []),
    ...(channels.has("mail") ? [`mail told of ${mail}`] : []),
  ];
  return `; of ${logged} ${logged === 1 ? "stop" : "stops"} ${parts.join(", ")}`;
}

function stopsOf(events: readonly Event[]): { logged: number; notify: number; mail: number } {
  const told = (channel: Channel): number =>
    alertsOf(events, channel).filter(({ state }) => state === "STOP").length;
  const logged = only(events, "log").filter(
    ({ program, text }) => program === "Keepalived" && text === "Stopping",
  ).length;
  return { logged, notify: told("notify"), mail: told("mail") };
}

function factsOf(events: readonly Event[], found: Found): { [name: string]: Json } {
  const of = (channel: Channel): Json => {
    const own = found.matches.filter((item) => item.channel === channel);
    if (own.length === 0) return null;
    const told = own.filter(({ alert }) => alert !== undefined);
    return { told: told.length, slowestUs: Math.max(0, ...told.map(delayUs)) };
  };
  return {
    transitions: found.transitions,
    notify: of("notify"),
    mail: of("mail"),
    withoutTransition: found.unexplained.length,
    stops: stopsOf(events),
  };
}
