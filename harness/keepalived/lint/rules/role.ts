/** State, priority and preemption of one instance. */
import { formatSeconds } from "../../../core/time.ts";
import { masterDownUs } from "../../timing.ts";
import type { Rule } from "../rule.ts";
import { OWNER, weighted } from "../election.ts";
import { eachInstance, isGiven, isWatched, liveChecks, placeOf, wantsMaster } from "../helpers.ts";

const nopreemptWithMaster: Rule = {
  id: "VD101",
  name: "nopreempt-with-master",
  severity: "error",
  title: "nopreempt does not work with state MASTER",
  why: "keepalived clears nopreempt when the state is MASTER (before 2.0 it keeps the keyword and starts as MASTER all the same), so the node takes the VIP back as soon as it returns.",
  mend: "Write state BACKUP on every node and keep nopreempt on the one with the highest priority.",
  source: "vrrp.c:vrrp_complete_instance (2.2.7)",
  speaksFor: ["nopreempt-with-master", "nopreempt-with-owner"],
  *check(context) {
    for (const { node, instance } of eachInstance(context)) {
      if (!isGiven(instance, "nopreempt") || !wantsMaster(instance)) continue;
      yield {
        node,
        at: placeOf(instance, "nopreempt"),
        related: [{ at: placeOf(instance, "state"), note: "the state that cancels it" }],
        what: `${instance.name} preempts: nopreempt is void beside state MASTER.`,
      };
    }
  },
};

const preemptDelayDropped: Rule = {
  id: "VD102",
  name: "preempt-delay-dropped",
  severity: "error",
  title: "preempt_delay is dropped",
  why: "keepalived clears preempt_delay with state MASTER, with nopreempt and under vrrp_strict.",
  mend: "Write state BACKUP without nopreempt on the node that has to wait, or take the delay out.",
  source: "vrrp.c:vrrp_complete_instance (2.2.7)",
  speaksFor: [
    "preempt-delay-with-master",
    "preempt-delay-with-nopreempt",
    "preempt-delay-in-strict-mode",
  ],
  *check(context) {
    for (const { node, instance } of eachInstance(context)) {
      if (!isGiven(instance, "preempt_delay")) continue;
      const reasons = [
        ...(wantsMaster(instance) ? ["state MASTER"] : []),
        ...(isGiven(instance, "nopreempt") && !wantsMaster(instance) ? ["nopreempt"] : []),
        ...(instance.strict ? ["vrrp_strict"] : []),
      ];
      const [reason] = reasons;
      if (reason === undefined) continue;
      yield {
        node,
        at: placeOf(instance, "preempt_delay"),
        what: `${instance.name} does not wait before it takes the VIP back: ${reason} cancels preempt_delay.`,
      };
    }
  },
};

const masterWithoutPriority: Rule = {
  id: "VD103",
  name: "master-without-priority",
  severity: "error",
  title: "state MASTER without a priority makes the node an address owner",
  why: "Without priority, state MASTER gives 255. An owner takes the VIP at once, cannot be lowered by any check, and keeps nothing of nopreempt.",
  mend: "Write a priority below 255.",
  source: "vrrp.c:vrrp_complete_instance (2.2.7)",
  speaksFor: ["priority-owner-by-default"],
  *check(context) {
    for (const { node, instance } of eachInstance(context)) {
      if (isGiven(instance, "priority") || instance.priority !== OWNER) continue;
      yield {
        node,
        at: placeOf(instance, "state"),
        what: `${instance.name} runs with priority 255.`,
      };
    }
  },
};

const ownerIgnoresChecks: Rule = {
  id: "VD104",
  name: "owner-ignores-checks",
  severity: "error",
  title: "weights do not touch an address owner",
  why: "The priority of an owner (255) is never changed by track weights.",
  mend: "Use a priority of at most 254, or weight 0, which leads to FAULT.",
  source: "vrrp_track.c:vrrp_set_effective_priority (2.2.7)",
  speaksFor: ["weight-with-owner"],
  *check(context) {
    for (const { node, instance } of eachInstance(context)) {
      if (instance.priority !== OWNER) continue;
      for (const tracked of weighted(instance)) {
        yield {
          node,
          at: tracked.at,
          related: [{ at: placeOf(instance, "priority"), note: "priority 255" }],
          what: `${instance.name} keeps priority 255 whatever ${tracked.name} finds, so the VIP stays.`,
        };
      }
    }
  },
};

const nopreemptWithWeights: Rule = {
  id: "VD105",
  name: "nopreempt-with-weights",
  severity: "error",
  title: "with nopreempt a lowered priority never moves the VIP",
  why: "A backup with nopreempt treats every advert as if it were of a higher priority, so a holder that lowers itself is left alone. Only FAULT (weight 0), a stop or silence moves the VIP.",
  mend: "Give the check weight 0, or take nopreempt out.",
  source: "vrrp.c:vrrp_state_backup (2.2.7)",
  *check(context) {
    for (const { members } of context.routers) {
      for (const { node, instance } of members) {
        if (!instance.nopreempt) continue;
        // Who lowers itself is another node; on its own a node shows what the others will have too.
        const lowered = members
          .filter((member) => members.length === 1 || member.node !== node)
          .flatMap((member) => weighted(member.instance).map((tracked) => ({ member, tracked })));
        const [first] = lowered;
        if (first === undefined) continue;
        yield {
          node,
          at: placeOf(instance, "nopreempt"),
          related: lowered.map(({ member, tracked }) => ({
            at: tracked.at,
            note: `${member.node.name} lowers itself by ${tracked.name} (weight ${tracked.weight})`,
          })),
          what: `${instance.name} never takes over when ${first.tracked.name} fails on the holder: its adverts still count.`,
        };
      }
    }
  },
};

const preemptsOnReturn: Rule = {
  id: "VD106",
  name: "preempts-on-return",
  severity: "info",
  title: "the VIP goes back as soon as the preferred node returns",
  why: "keepalived preempts by default, and it knows nothing of replication: the returning node gets the writes whether or not it has caught up, and the clients are cut a second time.",
  mend: "With writes on one node, use state BACKUP and nopreempt, and move the VIP back by hand.",
  source: "vrrp.c:vrrp_state_backup (2.2.7)",
  *check(context) {
    for (const router of context.routers) {
      const [leader, ...others] = [...router.members].sort(
        (a, b) => b.instance.priority - a.instance.priority,
      );
      if (
        leader === undefined ||
        leader.instance.nopreempt ||
        wantsNopreempt(leader.instance.given)
      )
        continue;
      const next = others[0];
      if (next === undefined || next.instance.priority === leader.instance.priority) continue;
      yield {
        node: leader.node,
        at: placeOf(leader.instance, "priority"),
        what: `${leader.node.name} takes the VIP of ${leader.instance.name} back ${formatSeconds(
          masterDownUs(leader.instance.priority, next.instance.advertIntUs, leader.instance),
        )} after it returns.`,
      };
    }
  },
};

function wantsNopreempt(given: Readonly<Record<string, unknown>>): boolean {
  return given["nopreempt"] !== undefined || given["preempt_delay"] !== undefined;
}

const unwatched: Rule = {
  id: "VD109",
  name: "nothing-watched",
  severity: "warning",
  title: "nothing but keepalived and its interface is watched",
  why: "VRRP sees that the host and keepalived are alive; mysqld may be dead and the VIP stays.",
  mend: "Track a vrrp_script with weight 0 that asks mysqld, or make sure that something else moves the VIP.",
  source: "vrrp_track.c (2.2.7): only what is tracked counts",
  *check(context) {
    for (const member of eachInstance(context)) {
      const { node, instance } = member;
      if (isWatched(member) || node.read.config.virtualServers.length > 0) continue;
      if (!instance.usable) continue;
      if (isGiven(instance, "track_script")) continue; // what was meant and dropped is said elsewhere
      yield {
        node,
        at: instance.at,
        what: `When only the service (mysqld) dies on ${node.name}, ${instance.name} keeps the VIP.`,
      };
    }
  },
};

const startupDelay: Rule = {
  id: "VD107",
  name: "startup-delay-deaf",
  severity: "info",
  title: "vrrp_startup_delay makes the node deaf at first",
  why: "From 2.2.8 all adverts are ignored until the delay is over, a goodbye included: a backup that has just started cannot take over sooner than the delay and its master-down time.",
  mend: "Keep the delay no longer than the network needs to forward.",
  source: "vrrp_scheduler.c:vrrp_init_instance_sands; commits 845181cb (2.2.8), 58483b22 (2.3.2)",
  *check({ nodes, profile }) {
    if (!profile.startupDelayIgnoresAdverts) return;
    for (const node of nodes) {
      const { globals } = node.read.config;
      if (globals.startupDelayUs === 0) continue;
      yield {
        node,
        at: placeOf(globals, "vrrp_startup_delay"),
        what: `For ${formatSeconds(globals.startupDelayUs)} after its start ${node.name} hears nobody.`,
      };
    }
  },
};

const strictBlocksClients: Rule = {
  id: "VD108",
  name: "strict-blocks-clients",
  severity: "error",
  title: "vrrp_strict drops all traffic to the VIP",
  why: "In strict mode only an address owner (255) accepts traffic to the VIP; keepalived adds firewall rules that drop the rest, from other hosts and from the node itself.",
  mend: "Take vrrp_strict out, or add accept to the instance with vrrp_version 3.",
  source: "vrrp_firewall.c:firewall_handle_accept_mode (2.2.7)",
  *check(context) {
    for (const { node, instance } of eachInstance(context)) {
      if (!instance.strict || instance.accept) continue;
      const { globals } = node.read.config;
      const own = instance.given["strict_mode"];
      yield {
        node,
        at: own ?? placeOf(globals, "vrrp_strict"),
        related: [{ at: instance.at, note: "the instance" }],
        what: `No client reaches ${instance.addresses[0]?.address ?? "the VIP"} of ${instance.name}: connections time out although the address is there.`,
      };
    }
  },
};

const twoInterfacesOneBit: Rule = {
  id: "VD110",
  name: "two-interfaces-one-bit",
  severity: "warning",
  title: "two interfaces with weight 0: the first to come back ends the fault of both",
  why: "From 2.3.3 interface faults of an instance share one flag. With two links down, the node leaves FAULT when one returns; when the other returns it goes to BACKUP and leaves the VIP installed, beside the one of its peer.",
  mend: "Track at most one interface without weight (the instance's own counts, unless dont_track_primary); give the others a weight or use a script.",
  source: "keepalived_netlink.c:process_if_status_change, vrrp_track.c:set_fault (a0e88035, 2.3.3)",
  *check(context) {
    if (!context.profile.interfaceFaultsShareABit) return;
    for (const { node, instance } of eachInstance(context)) {
      const names = new Set(
        instance.trackInterfaces.filter(({ weight }) => weight === 0).map(({ name }) => name),
      );
      if (!instance.dontTrackPrimary && instance.interface !== "") names.add(instance.interface);
      if (names.size < 2) continue;
      yield {
        node,
        at: instance.trackInterfaces[0]?.at ?? instance.at,
        what: `${instance.name} can hold the VIP with one of ${[...names].join(" and ")} down, and for a while beside its peer.`,
      };
    }
  },
};

const primaryNotTracked: Rule = {
  id: "VD115",
  name: "own-interface-not-tracked",
  severity: "info",
  title: "dont_track_primary: the node does not notice its own dead link",
  why: "Without tracking of its interface a cut-off node stays MASTER and keeps the VIP; when the link returns both hold it until the next advert.",
  mend: "Take dont_track_primary out unless another link is tracked in its place.",
  source: "keepalived.conf(5); vrrp.c:vrrp_complete_instance (2.2.7)",
  *check(context) {
    for (const { node, instance } of eachInstance(context)) {
      if (!instance.dontTrackPrimary || instance.trackInterfaces.length > 0) continue;
      yield {
        node,
        at: placeOf(instance, "dont_track_primary"),
        what: `${instance.name} stays MASTER on ${node.name} when ${instance.interface} goes down.`,
      };
    }
  },
};

const weightNeverExcludes: Rule = {
  id: "VD116",
  name: "weight-does-not-exclude",
  severity: "info",
  title: "a node that fails its check can still become MASTER",
  why: "A weight lowers a node; it does not take it out. When the better node falls silent, a standby whose own check fails takes the VIP.",
  mend: "Use weight 0 where a node without mysqld must not hold the VIP.",
  source: "vrrp_track.c:vrrp_set_effective_priority (2.2.7)",
  *check(context) {
    for (const member of eachInstance(context)) {
      const checks = liveChecks(member);
      if (checks.length === 0 || checks.some(({ tracked }) => tracked.weight === 0)) continue;
      yield {
        node: member.node,
        at: checks[0]?.tracked.at ?? member.instance.at,
        what: `${member.node.name} can take over ${member.instance.name} while ${checks.map(({ script }) => script.name).join(", ")} fails on it.`,
      };
    }
  },
};

export const roleRules: readonly Rule[] = [
  nopreemptWithMaster,
  preemptDelayDropped,
  masterWithoutPriority,
  ownerIgnoresChecks,
  nopreemptWithWeights,
  preemptsOnReturn,
  startupDelay,
  strictBlocksClients,
  unwatched,
  twoInterfacesOneBit,
  primaryNotTracked,
  weightNeverExcludes,
];
