/**
 * What a container run was given and when, told from a moment that another world has too: the start
 * of the preferred node's keepalived. Its timers and its check run from there, so the same stimuli at
 * the same distance meet adverts and checks in the same phase.
 *
 * Left out: conditions that steps waited for, which are no stimulus (the moment of the injection that followed is).
 */
import { present } from "../core/assert.ts";
import type { Us } from "../core/time.ts";
import { aimedAt, definitionOf, plainOf } from "../fault/facts.ts";
import type { Fault } from "../fault/fault.ts";
import {
  only,
  type Event,
  type EventOf,
  type StepEvent,
  type TimedEvent,
  type TimedEventOf,
} from "../history/events.ts";
import { onlyRouter, type ResolvedTopology } from "../topology/resolve.ts";

/**
 * Which line of a node's keepalived marks its start. `entered`: it clears addresses that are left over,
 * arms its timers and starts its checks (2.2.7 `vrrp.c:vrrp_restore_interfaces_startup`, then
 * `vrrp_scheduler.c:vrrp_init_state`); with a check of weight 0 its first state comes only with the first result. `started`: the program's first line, some 10 to
 * 50 ms before that; for a history that has no better one.
 */
export type AnchorKind = "entered" | "started";

const ANCHOR_LINES: Readonly<Record<AnchorKind, RegExp>> = {
  entered: /\bremoving VIPs\.|\bEntering (?:BACKUP|MASTER|FAULT) STATE\b/,
  started: /^Starting Keepalived\b/,
};

/** The observer whose watching begins when the load does. */
const CLIENT = "client";

/** One thing that was done to the cluster, `atUs` after the anchor. */
export type Cue = { readonly atUs: Us } & (
  | { readonly kind: "phase"; readonly phase: "disturb" | "heal"; readonly edge: "begin" | "end" }
  | { readonly kind: "quiesce" }
  | { readonly kind: "step"; readonly event: StepEvent }
  | {
      readonly kind: "inject";
      readonly step: string;
      readonly fault: Fault;
      readonly advert?: AdvertPhase;
    }
  | { readonly kind: "heal"; readonly step: string; readonly advert?: AdvertPhase }
);

export interface Alignment {
  readonly anchor: AnchorKind;
  readonly preferred: string;
  /** When the anchor was on the run's own clock. */
  readonly originUs: Us;
  /** Start of each node's keepalived after the first one's. */
  readonly startOffsetsUs: Readonly<Record<string, Us>>;
  /**
   * When the clients were started, after the anchor; absent if they were not. Containers take seconds to settle where a simulator
   * takes none, and how many operations there were before a fault decides whether there are enough of them.
   */
  readonly loadAtUs?: Us;
  readonly cues: readonly Cue[];
}

/**
 * How old the last advert was when something was done. Timers of a real daemon come a little late, and each
 * advert is counted from the one before: after twenty of them, or after a move, the machine has shifted the
 * phase by more than anything that is compared. So what acts on adverts meets them in the same phase, not
 * at the same distance from the start.
 */
export interface AdvertPhase {
  readonly sender: string;
  readonly ageUs: Us;
  readonly intervalUs: Us;
}

/** The alignment, or why there is none. */
export type AlignmentResult =
  | { readonly kind: "aligned"; readonly alignment: Alignment }
  | { readonly kind: "unaligned"; readonly reason: string };

export function align(events: readonly Event[], topology: ResolvedTopology): AlignmentResult {
  const { members } = onlyRouter(topology);
  const preferred = present(
    members.toSorted((a, b) => b.priority - a.priority)[0],
    "preferred member",
  ).node;
  const names = members.map((member) => member.node);
  const anchor = (["entered", "started"] as const).find((kind) =>
    names.every((name) => anchorOf(events, name, kind) !== undefined),
  );
  if (anchor === undefined) {
    const silent = names.find((name) => anchorOf(events, name, "started") === undefined);
    return unaligned(`there is no log line of keepalived's start on ${silent ?? "some node"}`);
  }
  const starts = names.map((name) => ({
    name,
    tUs: present(anchorOf(events, name, anchor), `start on ${name}`),
  }));
  const firstUs = Math.min(...starts.map((start) => start.tUs));
  const originUs = present(anchorOf(events, preferred, anchor), `start on ${preferred}`);
  const cues = cuesOf(events, topology, originUs);
  if (!cues.some((cue) => cue.kind === "quiesce")) {
    return unaligned("the run did not get to the end of its schedule");
  }
  return {
    kind: "aligned",
    alignment: {
      anchor,
      preferred,
      originUs,
      startOffsetsUs: Object.fromEntries(starts.map(({ name, tUs }) => [name, tUs - firstUs])),
      ...loadOf(events, originUs),
      cues,
    },
  };
}

function loadOf(events: readonly Event[], originUs: Us): Pick<Alignment, "loadAtUs"> {
  const began = only(events, "observer").find(
    ({ observer, state }) => observer === CLIENT && state === "watching",
  );
  return began === undefined ? {} : { loadAtUs: began.tUs - originUs };
}

function advertPhaseOf(
  events: readonly Event[],
  topology: ResolvedTopology,
  tUs: Us,
): { readonly advert?: AdvertPhase } {
  const last = lastAdvert(events, tUs);
  if (last?.sender === undefined) return {};
  const { advertIntUs: intervalUs } = onlyRouter(topology);
  return { advert: { sender: last.sender, ageUs: tUs - last.tUs, intervalUs } };
}

/** The last one on the segment by then, from whoever, or from that node. */
export function lastAdvert(
  events: readonly TimedEvent[],
  byUs: Us,
  sender?: string,
): TimedEventOf<"advert"> | undefined {
  let found: TimedEventOf<"advert"> | undefined;
  for (const event of events) {
    if (event.kind !== "advert" || event.seenAt !== "segment" || event.tUs > byUs) continue;
    if (event.priority === 0 || (sender !== undefined && event.sender !== sender)) continue;
    if (found === undefined || event.tUs >= found.tUs) found = event;
  }
  return found;
}

function unaligned(reason: string): AlignmentResult {
  return { kind: "unaligned", reason };
}

/** When the node's keepalived first said so; the events may still be in order of arrival. */
export function anchorOf(
  events: readonly TimedEvent[],
  node: string,
  kind: AnchorKind,
): Us | undefined {
  const times = events.flatMap((event) =>
    event.kind === "log" && event.node === node && ANCHOR_LINES[kind].test(event.text)
      ? [event.tUs]
      : [],
  );
  return times.length === 0 ? undefined : Math.min(...times);
}

/** In order; of things at the same microsecond, in the order of the history. */
function cuesOf(events: readonly Event[], topology: ResolvedTopology, originUs: Us): Cue[] {
  return events.flatMap((event): Cue[] => {
    const atUs = event.tUs - originUs;
    switch (event.kind) {
      case "phase":
        return phaseCue(event, atUs);
      case "step": {
        const { step, met, waitedFor, waitedUs } = event;
        return [{ kind: "step", atUs, event: { kind: "step", step, met, waitedFor, waitedUs } }];
      }
      case "fault": {
        if (event.edge === "end") return [];
        return faultCue(
          event,
          atUs,
          isOnVrrp(event.fault) ? advertPhaseOf(events, topology, event.tUs) : {},
        );
      }
      default:
        return [];
    }
  });
}

function phaseCue({ phase, edge }: EventOf<"phase">, atUs: Us): Cue[] {
  if (phase === "disturb" || phase === "heal") return [{ kind: "phase", atUs, phase, edge }];
  return phase === "quiesce" && edge === "begin" ? [{ kind: "quiesce", atUs }] : [];
}

/** The begin edge counts: how long a command then takes is for each world to say. */
function faultCue(
  { step, fault, node, action }: EventOf<"fault">,
  atUs: Us,
  phase: { readonly advert?: AdvertPhase },
): Cue[] {
  if (action === "heal") return [{ kind: "heal", atUs, step, ...phase }];
  return [{ kind: "inject", atUs, step, fault: aimedAt(fault, node), ...phase }];
}

/** What follows depends on the adverts' phase; with mysqld it depends on the check's, which runs from the start. */
function isOnVrrp(fault: Fault): boolean {
  const plain = plainOf(fault);
  if ("service" in plain) return plain.service === "keepalived";
  const { group } = definitionOf(plain);
  return group === "link" || group === "vrrp" || plain.kind.startsWith("keepalived");
}
