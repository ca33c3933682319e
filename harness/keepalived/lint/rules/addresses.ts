/** Addresses, adverts and passwords of one instance. */
import type { Location } from "../../location.ts";
import { linesOf, type SyntaxFile } from "../../syntax.ts";
import type { Rule } from "../rule.ts";
import { allAddresses, membersOf } from "../routers.ts";
import { eachInstance, isGiven, placeOf } from "../helpers.ts";

const unicastWithoutPeers: Rule = {
  id: "VD111",
  name: "unicast-without-peers",
  severity: "error",
  title: "unicast is meant, multicast is sent",
  why: "With a unicast keyword and no usable peer keepalived falls back to multicast, and says so only in its log. Where multicast does not pass, every node becomes MASTER.",
  mend: "List the other nodes in unicast_peer { }, one address a line.",
  source: "vrrp.c:vrrp_complete_instance (2.2.7)",
  speaksFor: ["unicast-without-peers"],
  *check(context) {
    for (const { node, instance } of eachInstance(context)) {
      if (instance.unicastPeers.length > 0) continue;
      const keyword = ["unicast_peer", "unicast_src_ip"].find((name) => isGiven(instance, name));
      if (keyword === undefined) continue;
      yield {
        node,
        at: placeOf(instance, keyword),
        what: `${instance.name} has ${keyword} but no peer, so its adverts go to ${instance.multicastGroup}.`,
      };
    }
  },
};

const ownAddressAsPeer: Rule = {
  id: "VD112",
  name: "own-address-as-peer",
  severity: "warning",
  title: "the node's own address is among its peers",
  why: "A file copied from the other node without changing the peer sends adverts to itself and none to the other.",
  mend: "List the addresses of the other nodes only.",
  source: "vrrp.c:vrrp_complete_instance (2.2.7)",
  *check(context) {
    for (const { node, instance } of eachInstance(context)) {
      const own = instance.unicastPeers.find(({ address }) => address === instance.sourceAddress);
      if (own === undefined) continue;
      const only = instance.unicastPeers.length === 1;
      yield {
        node,
        at: own.at,
        severity: only ? "error" : "warning",
        what: `${instance.name} sends its adverts to ${own.address}, which is its own address${only ? ", and to nobody else" : ""}.`,
      };
    }
  },
};

const vipIsHostAddress: Rule = {
  id: "VD113",
  name: "vip-is-host-address",
  severity: "error",
  title: "a VIP is also the address of a node",
  why: "keepalived removes its VIPs when it starts, stops or becomes BACKUP, so the node loses an address of its own; while it is up, two hosts answer for it.",
  mend: "Use an address for the VIP that no host has.",
  source: "vrrp.c:vrrp_restore_interfaces_startup (2.2.7)",
  *check(context) {
    const fixed = context.nodes.flatMap((node) =>
      membersOf(node).flatMap(({ instance }) => [
        ...(instance.sourceAddress === undefined
          ? []
          : [
              {
                address: instance.sourceAddress,
                at: placeOf(instance, "unicast_src_ip", "mcast_src_ip"),
              },
            ]),
        ...instance.unicastPeers.map(({ address, at }) => ({ address, at })),
      ]),
    );
    for (const { node, instance } of eachInstance(context)) {
      for (const vip of allAddresses(instance)) {
        const same = fixed.find(({ address }) => address === vip.address);
        if (same === undefined) continue;
        yield {
          node,
          at: vip.at,
          related: [{ at: same.at, note: "the same address as a source or peer of adverts" }],
          what: `${vip.address} is a VIP of ${instance.name} and the address of a node.`,
        };
      }
    }
  },
};

const groupOutsideLocal: Rule = {
  id: "VD114",
  name: "group-needs-querier",
  severity: "info",
  title: "adverts go to a multicast group that switches may prune",
  why: "224.0.0.0/24 is always flooded. Any other group depends on IGMP; on a snooping switch without a querier it ages out after a few minutes, and then every node is MASTER.",
  mend: "Use 224.0.0.18, or unicast_peer.",
  source: "RFC 4541 section 2.1.2",
  *check(context) {
    for (const { node, instance } of eachInstance(context)) {
      if (instance.family !== "inet" || instance.unicastPeers.length > 0) continue;
      if (instance.multicastGroup.startsWith("224.0.0.")) continue;
      yield {
        node,
        at: placeOf(node.read.config.globals, "vrrp_mcast_group4"),
        related: [{ at: instance.at, note: "the instance" }],
        what: `Adverts of ${instance.name} go to ${instance.multicastGroup}.`,
      };
    }
  },
};

const passwordCut: Rule = {
  id: "VD117",
  name: "auth-pass-cut",
  severity: "warning",
  title: "the password is not the one that was written",
  why: "Only the first 8 bytes of auth_pass count, and # or ! outside quotes begins a comment even within a word.",
  mend: "Use at most 8 letters and digits, the same on all nodes.",
  source: "vrrp_parser.c:vrrp_auth_pass_handler, parser.c:decomment (2.2.7)",
  speaksFor: ["password-truncated"],
  *check({ nodes }) {
    for (const node of nodes) {
      for (const file of node.read.files) {
        for (const { text, line } of linesOf(file)) {
          const match = /^\s*auth_pass\s+([^\s"!#]+)([!#]\S*)/.exec(text);
          if (match === null) continue;
          const [, kept = "", lost = ""] = match;
          yield {
            node,
            at: { file: file.file, line, column: text.indexOf("auth_pass") + 1 },
            what: `The password ends before ${JSON.stringify(lost[0])}: ${kept.length} of ${kept.length + lost.length} characters are left.`,
          };
        }
      }
    }
  },
};

const fractionalAdvert: Rule = {
  id: "VD118",
  name: "fractional-advert",
  severity: "warning",
  title: "VRRP version 2 counts adverts in whole seconds",
  why: "The field of the packet holds seconds; keepalived rounds and reports an error.",
  mend: "Use whole seconds, or vrrp_version 3 on all nodes.",
  source: "vrrp.c:vrrp_complete_instance (2.2.7); RFC 3768 5.3.7",
  speaksFor: ["advert-int-rounded"],
  check: () => [],
};

/** What the samples and most articles have: the pairs that meet in one network segment. */
const SAMPLE_VRID = 51;
const SAMPLE_PASSWORDS = new Set(["1111", "1234", "12345", "123456", "12345678"]);

const sampleIdentity: Rule = {
  id: "VD119",
  name: "sample-identity",
  severity: "info",
  title: "VRID and password of the sample configuration",
  why: "VRID 51 with password 1111 is in the sample and in most articles. A second cluster like that on the same network takes part in this one's election, or is rejected and starves its adverts.",
  mend: "Choose a VRID that nobody else on this network uses, and ask the network for it first (tcpdump ip proto 112).",
  source: "keepalived.conf.sample; vrrp_scheduler.c:vrrp_dispatcher_read (2.2.7)",
  *check(context) {
    for (const { node, instance } of eachInstance(context)) {
      const password = instance.authentication?.password ?? "";
      if (instance.virtualRouterId !== SAMPLE_VRID || !SAMPLE_PASSWORDS.has(password)) continue;
      yield {
        node,
        at: placeOf(instance, "virtual_router_id"),
        what: `${instance.name} uses VRID 51 with password ${password}.`,
      };
    }
  },
};

/** Characters that look like blanks, quotes or braces and are none, as bytes of UTF-8. */
const LOOKALIKES: readonly (readonly [RegExp, string])[] = [
  [/\u00C2\u00A0/, "a no-break space"],
  [/\u00E2\u0080\u008B/, "a zero-width space"],
  [/\u00E2\u0080[\u0098\u0099\u009C\u009D]/, "a curly quote"],
  [/\u00E3\u0080\u0080/, "an ideographic space"],
  [/\u00EF\u00BD[\u009B\u009D]/, "a full-width brace"],
  [/\u00EF\u00BB\u00BF/, "a byte order mark"],
];

function lookalikeIn(text: string): string | undefined {
  return LOOKALIKES.find(([pattern]) => pattern.test(text))?.[1];
}

const lookalikes: Rule = {
  id: "VD120",
  name: "lookalike-characters",
  severity: "error",
  title: "characters that only look like blanks or quotes",
  why: "Text copied from a web page often has no-break spaces and curly quotes. To keepalived they are letters: the keyword is another word, is unknown, and the line is ignored.",
  mend: "Replace them by plain blanks and quotes: LC_ALL=C grep -nP '[\\x80-\\xFF]' FILE finds them.",
  source: "parser.c:alloc_strvec_quoted_escaped (2.2.7): isspace of single bytes",
  hides: ["unknown-keyword", "unexpected-opening-brace", "parameter-missing"],
  *check({ nodes }) {
    for (const node of nodes) {
      for (const file of node.read.files) {
        const [first, ...more] = lookalikesOf(file);
        if (first === undefined) continue;
        yield {
          node,
          at: first.at,
          covers: more.map(({ at }) => at),
          what: `There is ${first.what} in this line${more.length === 0 ? "" : ` and the like in ${more.length} more`}: it is not read as it looks.`,
        };
      }
    }
  },
};

function lookalikesOf(file: SyntaxFile): { readonly at: Location; readonly what: string }[] {
  return [...linesOf(file)].flatMap(({ tokens, text, line }) => {
    if (lookalikeIn(text) === undefined) return [];
    for (const token of tokens) {
      const what = token.kind === "comment" ? undefined : lookalikeIn(token.text);
      if (what !== undefined) {
        return [{ at: { file: file.file, line, column: token.column }, what }];
      }
    }
    return [];
  });
}

const otherNetwork: Rule = {
  id: "VD121",
  name: "vip-in-another-network",
  severity: "info",
  title: "the VIP is not in the network of the node's own address",
  why: "Clients reach such a VIP only through a router that knows it, and that router has to learn of a failover from gratuitous ARP like everybody else.",
  mend: "Use an address of the nodes' network, or make sure that routes and ARP caches follow.",
  source: "vrrp_arp.c:send_gratuitous_arp (2.2.7)",
  *check(context) {
    for (const { node, instance } of eachInstance(context)) {
      const own = ipv4(instance.sourceAddress ?? "");
      if (own === undefined) continue;
      for (const vip of allAddresses(instance)) {
        const address = ipv4(vip.address);
        // A /32 says nothing of the network.
        if (address === undefined || vip.prefixLength > 30) continue;
        const size = 2 ** (32 - vip.prefixLength);
        if (Math.floor(own / size) === Math.floor(address / size)) continue;
        yield {
          node,
          at: vip.at,
          related: [
            { at: placeOf(instance, "unicast_src_ip", "mcast_src_ip"), note: "the node's address" },
          ],
          what: `${vip.address}/${vip.prefixLength} does not contain ${instance.sourceAddress ?? ""}.`,
        };
      }
    }
  },
};

function ipv4(text: string): number | undefined {
  const parts = text.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

const nothingToMove: Rule = {
  id: "VD122",
  name: "nothing-to-move",
  severity: "error",
  title: "there is no address that could fail over",
  why: "keepalived runs with it all the same, and no failure ever moves anything.",
  mend: "Write a vrrp_instance with a virtual_ipaddress, or name the file that has one.",
  source: "vrrp.c:vrrp_complete_instance (2.2.7): no address is an error that is gone on from",
  hides: ["address-missing"],
  *check({ nodes }) {
    for (const node of nodes) {
      const { instances, virtualServers } = node.read.config;
      if (instances.length === 0 && virtualServers.length === 0) {
        const at = { file: node.file, line: 1, column: 1 };
        yield { node, at, what: `${node.name} has no vrrp_instance and no virtual_server.` };
      }
      for (const { name, at, addresses, excludedAddresses, usable } of instances) {
        if (!usable || addresses.length + excludedAddresses.length > 0) continue;
        yield { node, at, what: `${name} on ${node.name} has no virtual address.` };
      }
    }
  },
};

export const addressRules: readonly Rule[] = [
  nothingToMove,
  unicastWithoutPeers,
  ownAddressAsPeer,
  vipIsHostAddress,
  groupOutsideLocal,
  passwordCut,
  fractionalAdvert,
  sampleIdentity,
  lookalikes,
  otherNetwork,
];
