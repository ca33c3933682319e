/** What a node lacks that others have, and what they have in common without need. */
import { isWatched, liveChecks, placeOf } from "../helpers.ts";
import type { Rule } from "../rule.ts";

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

export const partnerRules: readonly Rule[] = [oneNodeOnly, oneSidedCheck, noPartner, sameRouterId];
