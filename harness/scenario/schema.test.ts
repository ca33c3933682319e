/** What a scenario from outside may not be: each refused in one line that says what and where. */
import { describe, expect, it } from "vitest";
import { scenario as example } from "../../docs/examples/standby-mysqld-killed.ts";
import type { TopologyNode } from "../topology/topology.ts";
import type { Scenario } from "./scenario.ts";
import { parseScenario } from "./schema.ts";

function refusal(change: Partial<Scenario["topology"]>): string {
  try {
    parseScenario({ ...example, topology: { ...example.topology, ...change } }, "my.ts");
    return "accepted";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function nodes(change: (node: TopologyNode, index: number) => Partial<TopologyNode>): {
  nodes: TopologyNode[];
} {
  return {
    nodes: example.topology.nodes.map((node, index) => ({ ...node, ...change(node, index) })),
  };
}

const replaced = (from: string, to: string): { nodes: TopologyNode[] } =>
  nodes(({ keepalived = "" }) => ({ keepalived: keepalived.replace(from, to) }));

describe("a topology", () => {
  it("is accepted as the example has it", () => {
    expect(refusal({})).toBe("accepted");
  });

  it.each([
    ["two nodes in one place", nodes(() => ({ hostPart: 11 })), /two .* have the hostPart 11/],
    ["a VIP in a node's place", { vips: [{ name: "vip", hostPart: 11 }] }, /the hostPart 11/],
    ["a VIP of a node's name", { vips: [{ name: "db1", hostPart: 100 }] }, /are called db1/],
    ["the observer's name", { vips: [{ name: "segment", hostPart: 100 }] }, /segment cannot be/],
    ["a name with a meaning", { vips: [{ name: "prefix", hostPart: 100 }] }, /prefix cannot be/],
    [
      "one server id twice",
      nodes(({ mysql }) => (mysql === undefined ? {} : { mysql: { ...mysql, serverId: 1 } })),
      /the serverId 1/,
    ],
    ["an interface that is not there", replaced("interface eth0", "interface eth7"), /db1:.*eth7/],
    [
      "no vrrp_instance",
      nodes(() => ({ keepalived: "global_defs {\n}\n" })),
      /no keepalived\.conf has a vrrp_instance/,
    ],
    ["an address of its own", replaced("@{vip}", "10.9.8.7"), /has the address 10\.9\.8\.7/],
    ["a name for nothing", replaced("@{vip}", "@{vipp}"), /@\{vipp\}, which stands for nothing/],
  ])("is refused with %s", (_what, change, message) => {
    expect(refusal(change)).toMatch(message);
    expect(refusal(change)).not.toBe("accepted");
  });
});
