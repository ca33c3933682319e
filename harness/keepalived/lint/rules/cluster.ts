/** What has to be the same on all nodes, and what must not be. */
import { formatSeconds } from "../../../core/time.ts";
import type { VrrpInstance, VrrpScript } from "../../config.ts";
import { skewUs } from "../../timing.ts";
import { healthyPriority, OWNER, priorityWith, ranking, weighted } from "../election.ts";
import { isGiven, isWatched, liveChecks, placeOf, wantsMaster } from "../helpers.ts";
import { allAddresses, pairsOf, type Member } from "../routers.ts";
import type { Problem, Rule, RuleContext } from "../rule.ts";
import { conductOf } from "../conduct.ts";
import type { ScriptUse } from "../script-use.ts";

const SPLIT =
  "Each node rejects or never sees the other's adverts, so both become MASTER and hold the VIP";

/** A rule about two members of one router that say something different. */
function differs(
  rule: Omit<Rule, "check" | "acrossNodes">,
  compare: (first: Member, second: Member, context: RuleContext) => Partial<Problem> | undefined,
): Rule {
  return {
    ...rule,
    acrossNodes: true,
    *check(context) {
      for (const router of context.routers) {
        for (const [first, second] of pairsOf(router)) {
          const problem = compare(first, second, context);
          if (problem === undefined) continue;
          yield {
            node: second.node,
            at: second.instance.at,
            what: "",
            related: [
              { at: first.instance.at, note: `${first.node.name}: ${first.instance.name}` },
            ],
            ...problem,
          };
        }
      }
    },
  };
}

function both(first: Member, second: Member, ...keywords: readonly string[]): Partial<Problem> {
  return {
    at: placeOf(second.instance, ...keywords),
    related: [
      {
        at: placeOf(first.instance, ...keywords),
        note: `${first.node.name}: ${first.instance.name}`,
      },
    ],
  };
}

const oneNodeOnly: Rule = {
  id: "VD501",
  name: "one-node-only",
  severity: "info",
  title: "one configuration only: nothing was compared between nodes",
  why: "Most split brains come from what differs between the files: VRID, interval, password, VIPs, unicast.",
  mend: "Give the files of all nodes: vipdrill lint node1.conf node2.conf",
  source: "vipdrill",
  *check({ nodes }) {
    const [node, ...more] = nodes;
    if (node === undefined || more.length > 0) return;
    const [instance] = node.read.config.instances;
    if (instance === undefined) return;
    yield { node, at: instance.at, what: "The rules for several nodes were not run." };
  },
};

const vridMismatch = differs(
  {
    id: "VD502",
    name: "vrid-mismatch",
    severity: "error",
    title: "one VIP, two VRIDs",
    why: `${SPLIT}. keepalived skips a foreign VRID without a word in its log.`,
    mend: "Use the same virtual_router_id on all nodes.",
    source: "vrrp_scheduler.c:vrrp_dispatcher_read (2.2.7)",
  },
  (first, second) => {
    const [a, b] = [first.instance.virtualRouterId, second.instance.virtualRouterId];
    if (a === b) return undefined;
    return {
      ...both(first, second, "virtual_router_id"),
      what: `${first.node.name} uses VRID ${a} and ${second.node.name} VRID ${b} for ${shared(first, second)}: both hold it at the same time.`,
    };
  },
);

function shared(first: Member, second: Member): string {
  const others = new Set(allAddresses(second.instance).map(({ address }) => address));
  const common = allAddresses(first.instance).find(({ address }) => others.has(address));
  return common?.address ?? `instance ${second.instance.name}`;
}

const intervalMismatch = differs(
  {
    id: "VD503",
    name: "advert-interval-mismatch",
    severity: "error",
    title: "nodes send adverts at different intervals",
    why: `In version 2 the interval is part of the packet and has to be equal. ${SPLIT}; each rejected advert also pushes the next own one back, so the slower node may fall silent altogether. Version 3 learns the interval of the holder.`,
    mend: "Use the same advert_int on all nodes.",
    source: "vrrp.c:vrrp_check_packet, vrrp_scheduler.c:vrrp_dispatcher_read (2.2.7)",
  },
  (first, second, { profile }) => {
    const [a, b] = [first.instance.advertIntUs, second.instance.advertIntUs];
    if (a === b) return undefined;
    const learned = first.instance.version === 3 && second.instance.version === 3;
    return {
      ...both(first, second, "advert_int"),
      severity: learned ? "warning" : "error",
      what: learned
        ? `${first.node.name} sends every ${formatSeconds(a)}, ${second.node.name} every ${formatSeconds(b)}: the time of a failover depends on who held the VIP.`
        : profile.intervalMismatchRejected
          ? `${first.node.name} sends every ${formatSeconds(a)}, ${second.node.name} every ${formatSeconds(b)}: both become MASTER.`
          : `${first.node.name} sends every ${formatSeconds(a)}, ${second.node.name} every ${formatSeconds(b)}: a holder rejects the other's adverts, a backup takes them.`,
    };
  },
);

const authMismatch = differs(
  {
    id: "VD504",
    name: "authentication-mismatch",
    severity: "error",
    title: "nodes authenticate differently",
    why: `${SPLIT}. Rejected adverts also delay the own ones. Only the first 8 bytes of a password count, and version 3 has no authentication.`,
    mend: "Use the same auth_type and auth_pass on all nodes, or none.",
    source: "vrrp.c:vrrp_check_packet (2.2.7)",
  },
  (first, second, { profile }) => {
    const [a, b] = [first.instance, second.instance];
    if (a.version === 3 || b.version === 3) return undefined;
    if (authOf(a) === authOf(b)) return undefined;
    const differ =
      a.authentication?.type === b.authentication?.type
        ? `The passwords of ${first.node.name} and ${second.node.name} differ`
        : `${authWords(first)}, ${authWords(second)}`;
    return {
      ...both(first, second, "auth_pass", "authentication"),
      what: profile.badAdvertsResetBackup
        ? `${differ}: a backup stays backup on adverts that it rejects, two holders never settle.`
        : `${differ}: both become MASTER.`,
    };
  },
);

function authWords({ node, instance }: Member): string {
  if (instance.authentication !== undefined) {
    return `${node.name} uses ${instance.authentication.type}`;
  }
  const dropped = isGiven(instance, "auth_type") || isGiven(instance, "authentication");
  return `${node.name} uses none${instance.strict && dropped ? " (vrrp_strict drops it)" : ""}`;
}

function authOf({ authentication }: VrrpInstance): string {
  return authentication === undefined ? "" : `${authentication.type} ${authentication.password}`;
}

const vipMismatch = differs(
  {
    id: "VD505",
    name: "vip-mismatch",
    severity: "error",
    title: "nodes list different VIPs",
    why: "Before 2.3.3 an advert with another list is rejected and both nodes become MASTER. From 2.3.3 it is accepted and logged once: the cluster looks well until the failover, and then the addresses that the other node lacks are gone.",
    mend: "List the same virtual_ipaddress on all nodes.",
    source: "vrrp.c:vrrp_check_packet (af103930, 2.3.3)",
  },
  (first, second, { profile }) => {
    if (isOtherService(first, second)) return undefined; // vrid-reused says it
    const [a, b] = [advertised(first), advertised(second)];
    const missing = [...a].filter((address) => !b.has(address));
    const extra = [...b].filter((address) => !a.has(address));
    if (missing.length + extra.length === 0) return undefined;
    const lost = [
      ...(missing.length === 0 ? [] : [`${second.node.name} lacks ${missing.join(", ")}`]),
      ...(extra.length === 0 ? [] : [`${first.node.name} lacks ${extra.join(", ")}`]),
    ].join(" and ");
    return {
      ...both(first, second, "virtual_ipaddress"),
      what: profile.vipMismatchRejected
        ? `${lost}: both become MASTER.`
        : `${lost}: after a failover to that node the address is gone.`,
    };
  },
);

function advertised({ instance }: Member): ReadonlySet<string> {
  return new Set(instance.addresses.map(({ address }) => address));
}

/** The same VRID for something else: no VIP in common and another name. */
function isOtherService(first: Member, second: Member): boolean {
  const others = new Set(allAddresses(second.instance).map(({ address }) => address));
  const common = allAddresses(first.instance).some(({ address }) => others.has(address));
  return !common && first.instance.name !== second.instance.name;
}

const vridReused = differs(
  {
    id: "VD506",
    name: "vrid-reused",
    severity: "error",
    title: "two services use one VRID on the same network",
    why: "A VRID names one virtual router on a network. The nodes take part in one election although they stand for different addresses; before 2.3.3 they reject each other's adverts and delay their own.",
    mend: "Give each service a VRID of its own.",
    source: "vrrp_scheduler.c:vrrp_dispatcher_read, vrrp.c:vrrp_check_packet (2.2.7, 2.3.3)",
  },
  (first, second) => {
    if (first.instance.virtualRouterId !== second.instance.virtualRouterId) return undefined;
    if (!isOtherService(first, second)) return undefined;
    return {
      ...both(first, second, "virtual_router_id"),
      what: `${first.instance.name} on ${first.node.name} and ${second.instance.name} on ${second.node.name} both use VRID ${second.instance.virtualRouterId} for different addresses.`,
    };
  },
);

const excludedMismatch = differs(
  {
    id: "VD507",
    name: "excluded-vip-mismatch",
    severity: "warning",
    title: "nodes install different addresses besides the advertised ones",
    why: "virtual_ipaddress_excluded is not part of the adverts, so no version notices the difference.",
    mend: "List the same addresses on all nodes.",
    source: "vrrp.c:vrrp_check_packet (2.2.7)",
  },
  (first, second) => {
    if (isOtherService(first, second)) return undefined;
    const of = ({ instance }: Member): string[] =>
      instance.excludedAddresses.map(({ address }) => address);
    const [a, b] = [of(first), of(second)];
    const lost = [
      ...a.filter((address) => !b.includes(address)),
      ...b.filter((address) => !a.includes(address)),
    ];
    if (lost.length === 0) return undefined;
    return {
      ...both(first, second, "virtual_ipaddress_excluded"),
      what: `${lost.join(", ")} is not on both ${first.node.name} and ${second.node.name}: after a failover it is gone.`,
    };
  },
);

const prefixMismatch = differs(
  {
    id: "VD508",
    name: "vip-prefix-mismatch",
    severity: "warning",
    title: "one VIP with two prefix lengths",
    why: "The prefix is not part of the adverts, so nothing notices. Routes and the source address of outgoing connections change with the failover.",
    mend: "Write the same prefix length on all nodes (the default is /32).",
    source: "vrrp_ipaddress.c:parse_ipaddress (2.2.7)",
  },
  (first, second) => {
    for (const vip of allAddresses(first.instance)) {
      const other = allAddresses(second.instance).find(({ address }) => address === vip.address);
      if (other === undefined || other.prefixLength === vip.prefixLength) continue;
      return {
        at: other.at,
        related: [{ at: vip.at, note: `${first.node.name}: /${vip.prefixLength}` }],
        what: `${vip.address} is /${vip.prefixLength} on ${first.node.name} and /${other.prefixLength} on ${second.node.name}.`,
      };
    }
    return undefined;
  },
);

const versionMismatch = differs(
  {
    id: "VD509",
    name: "vrrp-version-mismatch",
    severity: "error",
    title: "VRRP versions 2 and 3 in one router",
    why: `${SPLIT}: a packet of another version is dropped.`,
    mend: "Use the same vrrp_version on all nodes.",
    source: "vrrp.c:vrrp_check_packet (2.2.7)",
  },
  (first, second) => {
    const [a, b] = [first.instance.version, second.instance.version];
    if (a === b) return undefined;
    return {
      at: second.instance.given["version"] ?? second.instance.at,
      what: `${first.node.name} speaks VRRP ${a} and ${second.node.name} VRRP ${b}: both become MASTER.`,
    };
  },
);

const castMismatch = differs(
  {
    id: "VD510",
    name: "unicast-multicast-mismatch",
    severity: "error",
    title: "one node sends unicast, the other multicast",
    why: `${SPLIT}. A node that uses unicast drops multicast adverts and the other way round, without a line in the log.`,
    mend: "Use unicast_peer on all nodes or on none.",
    source: "vrrp.c:vrrp_check_packet (2.2.7)",
  },
  (first, second) => {
    const [a, b] = [first, second].map(({ instance }) => instance.unicastPeers.length > 0);
    if (a === b) {
      const [g, h] = [first.instance.multicastGroup, second.instance.multicastGroup];
      if (a === true || g === h) return undefined;
      return {
        what: `${first.node.name} sends to ${g} and ${second.node.name} to ${h}: both become MASTER.`,
      };
    }
    const uni = a === true ? first : second;
    return {
      ...both(first, second, "unicast_peer"),
      what: `Only ${uni.node.name} uses unicast: both become MASTER.`,
    };
  },
);

const peerNotListed: Rule = {
  id: "VD511",
  name: "peer-not-listed",
  severity: "error",
  title: "a node does not send to its peer",
  why: "With unicast every node has to list every other; one that hears nothing becomes MASTER.",
  mend: "List the source addresses of all other nodes in unicast_peer.",
  source: "vrrp.c:vrrp_send_adv (2.2.7)",
  acrossNodes: true,
  *check(context) {
    for (const { members } of context.routers) {
      for (const sender of members) {
        const { unicastPeers } = sender.instance;
        if (unicastPeers.length === 0) continue;
        for (const hearer of members) {
          const address = hearer.instance.sourceAddress;
          if (hearer === sender || address === undefined) continue;
          // A copied file: same-source-address says it.
          if (sender.instance.sourceAddress === address) continue;
          if (hearer.instance.unicastPeers.length === 0) continue;
          if (unicastPeers.some((peer) => peer.address === address)) continue;
          yield {
            node: sender.node,
            at: placeOf(sender.instance, "unicast_peer"),
            related: [
              {
                at: placeOf(hearer.instance, "unicast_src_ip", "mcast_src_ip"),
                note: `${hearer.node.name} is ${address}`,
              },
            ],
            what: `${sender.node.name} sends nothing to ${address}, so ${hearer.node.name} becomes MASTER beside it.`,
          };
        }
      }
    }
  },
};

const sameSource = differs(
  {
    id: "VD512",
    name: "same-source-address",
    severity: "error",
    title: "two nodes send with the same source address",
    why: "The address has to be one of the node's own: before 2.3.3 the instance stays in FAULT where it is missing; later the adverts leave with a foreign source, ties cannot be resolved and peers that check the source drop them.",
    mend: "Give each node its own address.",
    source: "vrrp.c:vrrp_saddr_cmp (2.2.7), b48f005a (2.3.3)",
  },
  (first, second) => {
    const [a, b] = [first.instance.sourceAddress, second.instance.sourceAddress];
    if (a === undefined || a !== b) return undefined;
    return {
      ...both(first, second, "unicast_src_ip", "mcast_src_ip"),
      what: `${first.node.name} and ${second.node.name} both send from ${a}.`,
    };
  },
);

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

const oneSidedCheck: Rule = {
  id: "VD518",
  name: "check-on-one-node-only",
  severity: "warning",
  title: "only some of the nodes check anything",
  why: "A node without a check takes the VIP with a dead mysqld and keeps it.",
  mend: "Track the same checks on all nodes.",
  source: "vrrp_track.c (2.2.7): only what is tracked counts",
  acrossNodes: true,
  *check({ routers }) {
    for (const { members } of routers) {
      const watched = members.find(isWatched);
      if (watched === undefined) continue;
      for (const member of members) {
        if (isWatched(member)) continue;
        yield {
          node: member.node,
          at: member.instance.at,
          related: [
            {
              at: liveChecks(watched)[0]?.tracked.at ?? watched.instance.at,
              note: `${watched.node.name} has a check`,
            },
          ],
          what: `${member.node.name} holds ${member.instance.name} whatever its mysqld does.`,
        };
      }
    }
  },
};

const noPartner: Rule = {
  id: "VD519",
  name: "no-partner",
  severity: "warning",
  title: "an instance that no other node has",
  why: "Nobody takes its addresses over.",
  mend: "Add the instance to the other nodes, or give the files that have it.",
  source: "RFC 5798 1.2",
  acrossNodes: true,
  *check({ routers, nodes }) {
    for (const { members } of routers) {
      const [only, ...more] = members;
      if (only === undefined || more.length > 0) continue;
      if (nodes.every((node) => node === only.node || node.read.config.instances.length === 0))
        continue;
      yield {
        node: only.node,
        at: only.instance.at,
        what: `${only.instance.name} (VRID ${only.instance.virtualRouterId}) is on ${only.node.name} only.`,
      };
    }
  },
};

const sameRouterId: Rule = {
  id: "VD520",
  name: "same-router-id",
  severity: "info",
  title: "nodes have the same router_id",
  why: "router_id is only a name in mails and SNMP, but with one name for all, nobody can tell who sent them.",
  mend: "Use the host name.",
  source: "smtp.c (2.2.7)",
  acrossNodes: true,
  *check({ nodes }) {
    const [first, ...others] = nodes;
    const id = first?.read.config.globals.routerId;
    if (first === undefined || id === undefined) return;
    for (const node of others) {
      const { globals } = node.read.config;
      if (globals.routerId !== id) continue;
      yield {
        node,
        at: placeOf(globals, "router_id"),
        related: [{ at: placeOf(first.read.config.globals, "router_id"), note: first.name }],
        what: `${first.name} and ${node.name} both call themselves ${id}.`,
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

export const clusterRules: readonly Rule[] = [
  oneNodeOnly,
  vridMismatch,
  intervalMismatch,
  authMismatch,
  vipMismatch,
  vridReused,
  excludedMismatch,
  prefixMismatch,
  versionMismatch,
  castMismatch,
  peerNotListed,
  sameSource,
  equalPriorities,
  closePriorities,
  bothMaster,
  weightCannotCross,
  nopreemptWrongNode,
  oneSidedCheck,
  noPartner,
  sameRouterId,
  groupOrder,
];
