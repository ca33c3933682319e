/**
 * When a director should take a real server out of its table after a fault, and put it back: the intervals of
 * `predict/tcp-check.ts` for the fault that was injected, widened by what the machine may take.
 *
 * Nothing is predicted for other checkers than TCP_CHECK, for a check of another port than the server's, and for
 * faults that TCP_CHECK does not see (a server without free connections), or sees by luck (a short restart).
 */
import { milliseconds, type Us } from "../../core/time.ts";
import type { Fault, PlainFault } from "../../fault/fault.ts";
import { plainOf } from "../../fault/facts.ts";
import type { CheckTiming } from "../../keepalived/config.ts";
import {
  profileOf,
  type KeepalivedVersion,
  type VersionProfile,
} from "../../keepalived/versions.ts";
import { ANY_BACK_LOG, granted } from "../../mysql/listen-queue.ts";
import { boundsOf, formula } from "../../predict/quantity.ts";
import {
  soonestRemoved,
  untilFirstRemoval,
  untilRemoved,
  untilReturned,
  type ServerFailure,
} from "../../predict/tcp-check.ts";
import type { DirectedServer } from "../../topology/virtual-servers.ts";

/** Scheduling and clock reading on a busy machine, as for a move (`predict/move.ts`). */
const BEFORE_US: Us = milliseconds(20);
const AFTER_US: Us = milliseconds(250);
/** `service mysql stop` before the signal is sent, as for a move. */
const COMMAND_US: Us = milliseconds(750);

/** The machine's allowance is in both bounds. */
export interface Expected {
  readonly minUs: Us;
  readonly maxUs: Us;
  readonly formula: string;
}

export interface Failing {
  readonly failure: ServerFailure;
  /** On top, for the command that brings it about. */
  readonly extraUs: Us;
}

/**
 * What the fault does to checks of that server; `own`: it is on the director itself. Which server it is, is not
 * known: its listen queue is no longer than that of any, unless its settings say so.
 */
export function failing(
  fault: PlainFault,
  own: boolean,
  backLog: number = ANY_BACK_LOG.most,
): Failing | undefined {
  const as = (kind: "refused" | "silent", extraUs: Us = 0): Failing => ({
    failure: { kind },
    extraUs,
  });
  const frozen = {
    failure: { kind: "full-queue", backlog: granted(backLog) },
    extraUs: 0,
  } as const;
  switch (fault.kind) {
    case "mysqld-killed":
      return as("refused");
    case "mysqld-stopped":
      return as("refused", COMMAND_US);
    case "service-frozen":
      return fault.service === "mysql" ? frozen : undefined;
    case "node-paused":
      return fault.network === "silent" ? as("silent") : frozen;
    case "cut":
    case "network-disconnected":
    case "node-powered-off":
      return as("silent");
    case "interface-down":
      // No route: an attempt on the director's own dead link fails at once.
      return as(own ? "refused" : "silent");
    default:
      return undefined;
  }
}

export interface Removal {
  readonly fault: Fault;
  readonly faultUs: Us;
  /** The fault is on the director, not on the server. */
  readonly own: boolean;
  readonly server: DirectedServer;
  readonly version: KeepalivedVersion;
  /** When the director's service appeared: until the first check is done, one failure is enough. */
  readonly startedUs: Us;
  /** `back_log` as the server's own settings have it. */
  readonly backLog?: number | undefined;
}

/** From the fault to the removal; absent when nothing is predicted. */
export function expectedRemoval(removal: Removal): Expected | undefined {
  const found = failing(plainOf(removal.fault), removal.own, removal.backLog);
  const timings = timingsOf(removal.server);
  if (found === undefined || timings === undefined) return undefined;
  const profile = profileOf(removal.version);
  const each = timings.map((timing) => one(timing, profile, found, removal));
  // The first of several checkers that fails takes the server out.
  const [first, ...rest] = each;
  if (first === undefined) return undefined;
  const earliest = rest.reduce(
    (so, item) => ({
      minUs: Math.min(so.minUs, item.minUs),
      maxUs: Math.min(so.maxUs, item.maxUs),
      formula: item.maxUs < so.maxUs ? item.formula : so.formula,
    }),
    first,
  );
  return {
    ...earliest,
    minUs: Math.max(0, earliest.minUs - BEFORE_US),
    maxUs: earliest.maxUs + AFTER_US + found.extraUs,
  };
}

function one(
  timing: CheckTiming,
  profile: VersionProfile,
  { failure }: Failing,
  { faultUs, startedUs }: Removal,
): Expected {
  const whole = untilRemoved(timing, profile, failure);
  const soonest = failure.kind === "full-queue" ? soonestRemoved(timing, profile) : whole;
  const minUs = boundsOf(soonest).minUs;
  const { maxUs } = boundsOf(whole);
  const text =
    failure.kind === "full-queue" ? `${formula(soonest)} up to ${formula(whole)}` : formula(whole);
  const attemptUs = failure.kind === "refused" ? 0 : timing.connectTimeoutUs;
  // With others connecting as well a full queue may be full at once, and is then as silent as a dead host.
  const sooner = failure.kind === "full-queue" ? ({ kind: "silent" } as const) : failure;
  const first = untilFirstRemoval(timing, failure);
  const soonestFirst = boundsOf(untilFirstRemoval(timing, sooner));
  const firstUs = {
    minUs: startedUs + soonestFirst.minUs - faultUs,
    maxUs: startedUs + boundsOf(first).maxUs - faultUs,
  };
  // The first check came before the fault, even at the latest that its offset can be.
  if (startedUs + soonestFirst.maxUs - attemptUs + AFTER_US < faultUs) {
    return { minUs, maxUs, formula: text };
  }
  return {
    minUs: Math.min(minUs, Math.max(attemptUs, firstUs.minUs)),
    maxUs: Math.max(maxUs, firstUs.maxUs),
    formula: `${text}, or ${formula(first)} after the start of keepalived`,
  };
}

/** From the moment at which the server is well again to its return; the least is nothing at all. */
export function expectedReturn({
  fault,
  own,
  server,
  version,
}: Pick<Removal, "fault" | "own" | "server" | "version">): Expected | undefined {
  const found = failing(plainOf(fault), own);
  const timings = timingsOf(server);
  if (found === undefined || timings === undefined) return undefined;
  const profile = profileOf(version);
  // All of several checkers have to be content.
  const [slowest] = timings
    .map((timing) => untilReturned(timing, profile, found.failure.kind))
    .map((quantity) => ({ formula: formula(quantity), maxUs: boundsOf(quantity).maxUs }))
    .sort((a, b) => b.maxUs - a.maxUs);
  if (slowest === undefined) return undefined;
  return { minUs: 0, maxUs: slowest.maxUs + AFTER_US, formula: slowest.formula };
}

/** Absent when something else than TCP_CHECK of the server's own port has a say. */
function timingsOf({ config, port }: DirectedServer): readonly CheckTiming[] | undefined {
  const { checkers } = config;
  const plain = checkers.every(
    ({ kind, connectTo }) => kind === "TCP_CHECK" && connectTo.port === port,
  );
  return plain && checkers.length > 0 ? checkers.map(({ timing }) => timing) : undefined;
}

/** How long a director's table may lag behind its log, and the other way round: 15 ms at most were measured. */
export const LOG_APART_US: Us = milliseconds(250);
