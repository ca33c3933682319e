/**
 * What the timers of a configuration allow for one fault: from the fault to the VIP on another node.
 * Formulas are in `keepalived/timing.ts`; here a fault and a topology choose one.
 */
import { present } from "../core/assert.ts";
import { milliseconds } from "../core/time.ts";
import type { PlainFault } from "../fault/fault.ts";
import {
  afterGoodbye,
  afterSilence,
  afterStoppingScript,
  widen,
  type PairTimers,
  type Prediction,
} from "../keepalived/timing.ts";
import { onlyRouter, type ResolvedTopology } from "../topology/resolve.ts";
import type { Failover } from "./failover.ts";

/** Scheduling and clock reading on a busy machine; outside keepalived's own timers. */
const SCHEDULING = { beforeUs: milliseconds(20), afterUs: milliseconds(250) };
/**
 * `service NAME stop` before the signal is sent: a shell and an init script. MySQL then closes its
 * port at once (18 ms were measured on 9.7.4), long before the process ends.
 */
const COMMAND_US = milliseconds(750);
/** What is predicted for a move that happened; nothing when the fault did not hit the old holder. */
export function predictFailover(
  topology: ResolvedTopology,
  failover: Pick<Failover, "fault" | "faultNode" | "from">,
): Prediction | undefined {
  if (failover.faultNode !== failover.from) return undefined;
  return predictMove(topology, failover.fault, failover.from);
}

/** Absent when no move follows from this fault on the holder. */
export function predictMove(
  topology: ResolvedTopology,
  fault: PlainFault,
  holder: string,
): Prediction | undefined {
  const router = onlyRouter(topology);
  const standby = present(
    router.members
      .filter((member) => member.node !== holder)
      .sort((a, b) => b.priority - a.priority)[0],
    "standby member",
  );
  const timers: PairTimers = {
    advertIntUs: router.advertIntUs,
    standbyPriority: standby.priority,
  };
  switch (fault.kind) {
    case "mysqld-killed":
    case "mysqld-stopped": {
      if (router.check.reaction !== "stops-keepalived") return undefined;
      const extra = fault.kind === "mysqld-stopped" ? COMMAND_US : 0;
      return allow(afterStoppingScript(timers, router.check), extra);
    }
    case "keepalived-stopped":
      return allow(afterGoodbye(timers), COMMAND_US);
    case "keepalived-killed":
    case "cut":
      return allow(afterSilence(timers), 0);
    case "service-frozen":
      // A frozen mysqld still has its port, so a check that looks for the port sees nothing.
      return fault.service === "mysql" ? undefined : allow(afterSilence(timers), 0);
    case "vrrp-blocked":
      return fault.direction === "in" ? undefined : allow(afterSilence(timers), 0);
    case "address-added":
    case "service-started":
      return undefined;
  }
}

function allow(prediction: Prediction, extraUs: number): Prediction {
  return widen(prediction, {
    beforeUs: SCHEDULING.beforeUs,
    afterUs: SCHEDULING.afterUs + extraUs,
  });
}
