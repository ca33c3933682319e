import { describe, expect, it } from "vitest";
import { KEEPALIVED_CONF } from "../topology/topology.ts";
import { resolveTopology, type ResolvedTopology } from "../topology/resolve.ts";
import type { Topology } from "../topology/topology.ts";
import { applyOf, planEdit, type ConfigFault } from "./edit-plan.ts";
import type { Edited } from "./edit.ts";

const NODE = { role: "holder" } as const;

/** Two instances, of which the second is the cluster's; a comment and a definition get in the way. */
function conf(priority: string, peers: string): string {
  return `vrrp_instance OTHER {
    interface eth0
    virtual_router_id 9
    priority 101
    virtual_ipaddress {
        @{other}/24
    }
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id @{VI_1.vrid}
    priority  ${priority} # priority 101
    authentication {
        auth_type PASS
        auth_pass "11 11"
    }
    unicast_peer {
        ${peers}
    }
    virtual_ipaddress {
        @{vip}/24
    }
}
`;
}

function node(name: string, hostPart: number, keepalived: string): Topology["nodes"][number] {
  return { name, hostPart, interface: "eth0", keepalived, files: [] };
}

function topologyWith(text: string): ResolvedTopology {
  const topology: Topology = {
    name: "two",
    nodes: [
      // The first node has no other router, so that VI_1 is the first one of the topology.
      node("db1", 11, conf("99", "@{db2.address}").replace(/[^]*?\n\}\n/, "")),
      node("db2", 12, text),
    ],
    vips: [
      { name: "vip", hostPart: 249 },
      { name: "other", hostPart: 101 },
    ],
    vrids: ["VI_1"],
    replication: [],
  };
  return resolveTopology(topology, { subnetPrefix: "198.18.0", prefixLength: 24, vrids: [51] });
}

function plan(
  fault: ConfigFault,
  text: string,
): { readonly before: string; readonly made: Edited } {
  const topology = topologyWith(text);
  const before = topology.nodes[1]?.keepalived ?? KEEPALIVED_CONF;
  return { before, made: planEdit(fault, { name: "db2", text: before, topology }) };
}

const TEXT = conf("101", "@{db1.address}");

describe("what an edit makes of a node's text", () => {
  it.each([
    ["switchover", "priority  101 #", "priority  98 #"],
    ["auth-mismatch", '"11 11"', "mismatch"],
    // 249 is a VIP's, and 250 the observer's
    ["unicast-peer-missing", "198.18.0.11\n", "198.18.0.248\n"],
  ] as const)("%s changes one value of the cluster's own instance", (kind, old, fresh) => {
    const { before, made } = plan({ kind, node: NODE }, TEXT);
    expect(before.split(old)).toHaveLength(2);
    expect(made).toEqual({ kind: "edited", text: before.replace(old, fresh) });
  });

  it("replaces each of several peers by an address of its own", () => {
    const { made } = plan(
      { kind: "unicast-peer-missing", node: NODE },
      conf("101", "@{db1.address}\n        198.18.0.13"),
    );
    expect(made).toMatchObject({ text: expect.stringContaining("248\n        198.18.0.247\n") });
  });

  it("resolves names of nodes and VIPs in edits", () => {
    const edits = [{ find: "@{vip}/@{prefix}", replace: "@{other}/24 dev @{db1.interface}" }];
    const fault = { kind: "keepalived-reconfigured", node: NODE, edits, apply: "none" } as const;
    const { before, made } = plan(fault, TEXT);
    const text = before.replace("198.18.0.249/24", "198.18.0.101/24 dev eth0");
    expect([applyOf(fault), made]).toEqual(["none", { kind: "edited", text }]);
  });
});

describe("an edit that cannot be", () => {
  it.each<[string, ConfigFault["kind"], string]>([
    ["its priority 50 is below 99 already", "switchover", conf("50", "@{db1.address}")],
    [
      "VI_1 has no line `priority` of its own in it",
      "switchover",
      TEXT.replace("    priority  101", "    "),
    ],
    [
      "VI_1 has no unicast_peer",
      "unicast-peer-missing",
      TEXT.replace(/ {4}unicast_peer[^}]*\}\n/, ""),
    ],
    [
      "VI_1 has no authentication",
      "auth-mismatch",
      TEXT.replace(/ {4}authentication[^}]*\}\n/, ""),
    ],
  ])("is refused: %s", (why, kind, text) => {
    const fault = { kind, node: NODE } as ConfigFault;
    expect(plan(fault, text).made).toEqual({ kind: "refused", why });
  });

  it("names what stands for nothing", () => {
    const edits = [{ find: "@{db9.address}", replace: "" }];
    const fault = { kind: "keepalived-reconfigured", node: NODE, edits, apply: "none" } as const;
    expect(plan(fault, TEXT).made).toEqual({
      kind: "refused",
      why: "@{db9.address} stands for nothing in an edit",
    });
  });
});
