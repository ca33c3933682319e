/** Who leads, who takes over, and whether a failing check changes it. */
import type { VrrpScript } from "../../config.ts";
import { skewUs } from "../../timing.ts";
import { conductOf } from "../conduct.ts";
import { healthyPriority, OWNER, priorityWith, ranking, weighted } from "../election.ts";
import { isGiven, placeOf, wantsMaster } from "../helpers.ts";
import type { Member } from "../routers.ts";
import type { Rule } from "../rule.ts";
import type { ScriptUse } from "../script-use.ts";
import { both, differs, isOtherService } from "./pairs.ts";

const equalPriorities = differs(
  {
    id: "VD513",
    name: "equal-priorities",
    severity: "warning",
    title: "equal priorities",
    why: "Two nodes that start together have the same timer; if both fire before they hear each other both are MASTER for a moment, and the higher address wins. Neither preempts the other.",
    mend: "Give each node a priority of its own; nopreempt keeps the VIP where it is.",
    source: "vrrp.c:vrrp_state_backup, :vrrp_saddr_cmp (2.2.7)",
  },
  (first, second) => {
    const [a, b] = [first.instance.priority, second.instance.priority];
    if (a !== b || isOtherService(first, second)) return undefined;
    const owners = a === OWNER;
    return {
      ...both(first, second, "priority"),
      severity: owners ? "error" : "warning",
      what: owners
        ? `${first.node.name} and ${second.node.name} are both address owners (255): each takes the VIP at once.`
        : `${first.node.name} and ${second.node.name} both have priority ${a}: which of them holds the VIP is chance.`,
    };
  },
);

/** Below this, scheduling decides who is first; keepalived issue 2389. */
const SKEW_NEEDED_US = 5000;

const closePriorities = differs(
  {
    id: "VD514",
    name: "skews-too-close",
    severity: "info",
    title: "the timers of two nodes end nearly together",
    why: "The lead of the higher priority is (difference / 256) s, in version 3 times the interval. When the holder dies, or at a common start, a lead of a few milliseconds is lost to scheduling and both become MASTER for a moment.",
    mend: "Put at least 10 between priorities; with short intervals more.",
    source: "vrrp.h:VRRP_TIMER_SKEW_CALC (2.2.7)",
  },
  (first, second) => {
    const [a, b] = [first.instance, second.instance];
    if (a.priority === b.priority || isOtherService(first, second)) return undefined;
    const leadUs = Math.abs(
      skewUs(a.priority, a.advertIntUs, a.version) - skewUs(b.priority, b.advertIntUs, b.version),
    );
    if (leadUs >= SKEW_NEEDED_US) return undefined;
    return {
      ...both(first, second, "priority"),
      what: `The better of ${first.node.name} and ${second.node.name} is ${(leadUs / 1000).toFixed(1)} ms ahead.`,
    };
  },
);

const bothMaster = differs(
  {
    id: "VD515",
    name: "state-master-twice",
    severity: "info",
    title: "state MASTER on several nodes",
    why: "The priority decides. From 2.0 state MASTER changes no timer, but it cancels nopreempt and preempt_delay; before 2.0 each such node takes the VIP shortly after its start.",
    mend: "Write state BACKUP on all nodes but at most one.",
    source: "vrrp.c:vrrp_complete_instance (2.2.7); vrrp_scheduler.c:vrrp_init_state (1.4.3)",
  },
  (first, second, { profile }) => {
    if (!wantsMaster(first.instance) || !wantsMaster(second.instance)) return undefined;
    if (first.instance.priority === OWNER || isOtherService(first, second)) return undefined;
    return {
      ...both(first, second, "state"),
      severity: profile.stateMasterStartsEarly ? "warning" : "info",
      what: profile.stateMasterStartsEarly
        ? `${first.node.name} and ${second.node.name} both take the VIP at their start.`
        : `${first.node.name} and ${second.node.name} both say MASTER; the higher priority gets the VIP.`,
    };
  },
);

const weightCannotCross: Rule = {
  id: "VD516",
  name: "weight-cannot-cross",
  severity: "error",
  title: "the weight is too small to move the VIP",
  why: "The VIP moves when the holder's priority falls below that of a standby. Equality is not enough: a backup takes over only from a lower priority.",
  mend: "Use a weight larger than the difference of the priorities, or weight 0.",
  source: "vrrp_track.c:vrrp_set_effective_priority, vrrp.c:vrrp_state_backup (2.2.7)",
  acrossNodes: true,
  *check(context) {
    for (const router of context.routers) {
      const [leader, standby] = ranking(router);
      if (leader === undefined || standby === undefined) continue;
      if (isOtherService(leader, standby) || leader.instance.priority === OWNER) continue;
      const needed = healthyPriority(standby.instance);
      const all = weighted(leader.instance);
      const together = priorityWith(leader.instance, new Set(all)) < needed;
      for (const tracked of all) {
        const alone = priorityWith(leader.instance, new Set([tracked]));
        if (alone < needed) continue;
        const stops = context.scripts.some(
          (use) =>
            use.node === leader.node &&
            use.role.kind === "check" &&
            use.role.script.name === tracked.name &&
            stopsInTime(use, use.role.script),
        );
        yield {
          node: leader.node,
          at: tracked.at,
          severity: together || stops ? "warning" : "error",
          related: [
            {
              at: placeOf(standby.instance, "priority"),
              note: `${standby.node.name} has ${needed}`,
            },
          ],
          what: `When ${tracked.name} fails on ${leader.node.name}, its priority goes from ${healthyPriority(leader.instance)} to ${alone}, and ${standby.node.name} with ${needed} ${alone === needed ? "sees an equal" : "still is lower"}: the VIP stays.${together ? " Only several failures together move it." : ""}${stops ? " Only that the script itself stops keepalived does." : ""}`,
        };
      }
    }
  },
};

/** A run is killed at its time-out; what it would do later it does not do. */
function stopsInTime(use: ScriptUse, { timeoutUs }: VrrpScript): boolean {
  const stops = conductOf(use, "mysqld-down")?.stops;
  return stops !== undefined && stops.atUs <= timeoutUs;
}

const nopreemptWrongNode: Rule = {
  id: "VD517",
  name: "nopreempt-on-wrong-node",
  severity: "warning",
  title: "nopreempt is missing where it matters",
  why: "nopreempt keeps the node that has it from taking the VIP of a living holder. On the lower node it changes nothing; the higher one takes the VIP back.",
  mend: "Put nopreempt on the node with the highest priority, best on all, with state BACKUP.",
  source: "vrrp.c:vrrp_state_backup (2.2.7)",
  acrossNodes: true,
  *check({ routers }) {
    for (const router of routers) {
      const sorted = [...router.members].sort((a, b) => b.instance.priority - a.instance.priority);
      const [leader, ...others] = sorted;
      if (leader === undefined || leader.instance.nopreempt) continue;
      const other = others.find(({ instance }) => instance.nopreempt);
      if (other === undefined || other.instance.priority === leader.instance.priority) continue;
      if (isGiven(leader.instance, "nopreempt")) continue; // nopreempt-with-master says it
      yield {
        node: leader.node,
        at: placeOf(leader.instance, "priority"),
        related: [{ at: placeOf(other.instance, "nopreempt"), note: `${other.node.name} has it` }],
        what: `${leader.node.name} (priority ${leader.instance.priority}) takes the VIP back although ${other.node.name} has nopreempt.`,
      };
    }
  },
};

const groupOrder: Rule = {
  id: "VD521",
  name: "sync-group-order",
  severity: "error",
  title: "members of a sync group prefer different nodes",
  why: "A group moves as a whole: when its members disagree on who is better, each move triggers the next, or none happens.",
  mend: "Order the priorities of all members in the same way on all nodes.",
  source: "vrrp_sync.c:vrrp_sync_can_goto_master (2.2.7)",
  acrossNodes: true,
  *check({ routers }) {
    const leaders = new Map<string, Member>();
    for (const router of routers) {
      const [leader, next] = ranking(router);
      const group = leader?.instance.syncGroup;
      if (leader === undefined || next === undefined || group === undefined) continue;
      if (next.instance.syncGroup !== group) continue;
      if (next.instance.priority === leader.instance.priority) continue;
      const before = leaders.get(group);
      if (before === undefined) leaders.set(group, leader);
      else if (before.node !== leader.node) {
        yield {
          node: leader.node,
          at: placeOf(leader.instance, "priority"),
          related: [
            {
              at: placeOf(before.instance, "priority"),
              note: `${before.instance.name} prefers ${before.node.name}`,
            },
          ],
          what: `In ${group}, ${before.instance.name} prefers ${before.node.name} and ${leader.instance.name} prefers ${leader.node.name}.`,
        };
      }
    }
  },
};

export const priorityRules: readonly Rule[] = [
  equalPriorities,
  closePriorities,
  bothMaster,
  weightCannotCross,
  nopreemptWrongNode,
  groupOrder,
];
