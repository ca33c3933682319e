/** What has to be the same on all nodes of a router. */
import { formatSeconds } from "../../../core/time.ts";
import type { VrrpInstance } from "../../config.ts";
import { isGiven, placeOf } from "../helpers.ts";
import { allAddresses, type Member } from "../routers.ts";
import type { Rule } from "../rule.ts";
import { both, differs, isOtherService, shared } from "./pairs.ts";

const SPLIT =
  "Each node rejects or never sees the other's adverts, so both become MASTER and hold the VIP";

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
    const vip = shared(first, second);
    return {
      ...both(first, second, "virtual_router_id"),
      severity: vip === undefined ? "warning" : "error",
      what:
        vip === undefined
          ? `${second.instance.name} has VRID ${a} on ${first.node.name} and ${b} on ${second.node.name}: neither takes over from the other.`
          : `${first.node.name} uses VRID ${a} and ${second.node.name} VRID ${b} for ${vip}: both hold it at the same time.`,
    };
  },
);

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
    const [m, n] = [first.instance.virtualRouterId, second.instance.virtualRouterId];
    if (m !== n && shared(first, second) === undefined) return undefined; // vrid-mismatch says it
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

export const mismatchRules: readonly Rule[] = [
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
];
