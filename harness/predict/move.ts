/**
 * What the timers allow for one injected fault, as bounds to compare a drill with: from the fault to
 * the address on another node, widened by what the machine may take.
 */
import { milliseconds, seconds, type Us } from "../core/time.ts";
import { targetOf } from "../fault/facts.ts";
import type { PlainFault } from "../fault/fault.ts";
import type { Prediction } from "../keepalived/timing.ts";
import { awayRow } from "./away.ts";
import type { AwayClass } from "./classes.ts";
import { clusterOf, memberOn, type PredictedNode } from "./cluster.ts";
import { boundsOf, formula, meanings } from "./quantity.ts";
import type { Row } from "./row.ts";
import { stageOf } from "./stage.ts";
import { withFullQueue } from "./tcp-check.ts";

/** Scheduling and clock reading on a busy machine; outside keepalived's own timers. */
const SCHEDULING = { beforeUs: milliseconds(20), afterUs: milliseconds(250) };
/**
 * `service NAME stop` before the signal is sent: a shell and an init script. MySQL then closes its
 * port at once (18 ms were measured on 9.7.4), long before the process ends.
 */
const COMMAND_US = milliseconds(750);
/** A check script on a busy machine: netstat, two greps and an init script took up to that long. */
const SCRIPT_US = milliseconds(500);

/** Until the engine has stopped everything on a node, and keepalived sends no more: 0.05 to 0.59 s in 58 of 59 drills, 1.15 s in one. */
const ENGINE_US = seconds(1);

export interface MoveOptions {
  /** Name of the vrrp_instance on the holder; the first one unless said. */
  readonly instance?: string;
}

/** Absent when no move follows from this fault, or when it does not hit the holder. */
export function predictMove(
  nodes: readonly PredictedNode[],
  fault: PlainFault,
  holder: string,
  options: MoveOptions = {},
): Prediction | undefined {
  const target = targetOf(fault);
  const hits =
    target !== undefined && ("name" in target ? target.name === holder : target.role === "holder");
  const event = hits ? eventOf(fault) : undefined;
  const row = event === undefined ? undefined : rowOf(nodes, event, holder, options);
  if (row?.span === undefined || (row.outcome !== "moves" && row.outcome !== "duplicate")) {
    return undefined;
  }
  const { total } = row.span;
  // A drill has clients, who fill the listen queue of a frozen server sooner than the checks alone.
  const soonest = withFullQueue(total);
  const { minUs } = boundsOf(soonest);
  const { maxUs } = boundsOf(total);
  const range = soonest.terms.length === total.terms.length ? "" : `${formula(soonest)} up to `;
  const allowance = {
    beforeUs: SCHEDULING.beforeUs,
    afterUs: SCHEDULING.afterUs + extraUs(fault),
  };
  return {
    minUs: Math.max(0, minUs - allowance.beforeUs),
    maxUs: maxUs + allowance.afterUs,
    formula: range + formula(total),
    where: meanings(total).map(({ symbol, text }) => ({ symbol, text })),
    allowance,
  };
}

/** The row of an event on the node that holds the router. */
export function rowOf(
  nodes: readonly PredictedNode[],
  event: AwayClass,
  holder: string,
  { instance }: MoveOptions = {},
): Row | undefined {
  const cluster = clusterOf(nodes);
  const router = cluster.routers.find((item) => {
    const member = memberOn(item, holder);
    return member !== undefined && (instance === undefined || member.instance.name === instance);
  });
  const member = router === undefined ? undefined : memberOn(router, holder);
  if (router === undefined || member === undefined) return undefined;
  return { event, ...awayRow(stageOf(cluster, router, member), event) };
}

/** The row of the table that a fault belongs to. */
function eventOf(fault: PlainFault): AwayClass | undefined {
  switch (fault.kind) {
    case "mysqld-killed":
    case "mysqld-stopped":
    case "keepalived-stopped":
      return fault.kind;
    case "keepalived-killed":
      return killedPart(fault.processes ?? "all");
    case "node-powered-off":
      return "power-off";
    case "node-paused":
      return "keepalived-frozen";
    case "cut":
      // One direction alone: adverts go on in it, or the standby is not heard, which moves nothing by a formula.
      return fault.direction === undefined || fault.direction === "both" ? "cut" : undefined;
    case "service-frozen":
      return fault.service === "mysql" ? "mysqld-frozen" : "keepalived-frozen";
    case "vrrp-blocked":
      return `vrrp-blocked-${fault.direction}`;
    // Nothing moves, or no formula of the timers says when.
    default:
      return undefined;
  }
}

/** Faults with a row of the table whose machine has a part in them that no formula has: a drill's own bounds leave them out. */
const LIKE: Readonly<Partial<Record<PlainFault["kind"], AwayClass>>> = {
  "interface-down": "interface-down",
  "network-disconnected": "interface-down",
};

/** The row that comes nearest, for whoever wants to explain a move, not to judge it. */
export function nearestEvent(fault: PlainFault): AwayClass | undefined {
  return eventOf(fault) ?? LIKE[fault.kind];
}

/**
 * The children of a parent that is killed get SIGTERM from the kernel (prctl, since 1.3.3), which is a stop. A VRRP process that
 * is killed is started again by its parent, and what then happens first is no formula's business.
 */
function killedPart(processes: "all" | "parent" | "vrrp"): AwayClass | undefined {
  if (processes === "all") return "keepalived-killed";
  return processes === "parent" ? "keepalived-stopped" : undefined;
}

function extraUs({ kind, ...fault }: PlainFault): Us {
  switch (kind) {
    case "keepalived-stopped":
      return COMMAND_US;
    case "mysqld-stopped":
      return COMMAND_US + SCRIPT_US;
    case "mysqld-killed":
      return SCRIPT_US;
    case "node-powered-off":
    case "node-paused":
      return ENGINE_US;
    case "service-frozen":
      return "service" in fault && fault.service === "mysql" ? SCRIPT_US : 0;
    default:
      return 0;
  }
}
