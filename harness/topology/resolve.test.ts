import { describe, expect, it } from "vitest";
import { resolvedPair } from "../testing/topology.ts";
import { dualScript } from "../../scenarios/shared/dual-script.ts";
import { findNode, nodeFiles, onlyRouter, resolveTopology, vipAddresses } from "./resolve.ts";
import type { Topology } from "./topology.ts";

const ALLOTMENT = { subnetPrefix: "198.18.7", prefixLength: 24, vrids: [51] };

const withFile = (text: string): Topology => {
  const plain = dualScript();
  return {
    ...plain,
    nodes: plain.nodes.map((node) => ({
      ...node,
      files: [{ path: "/etc/x", mode: 0o644, text }],
    })),
  };
};

describe("resolveTopology", () => {
  it("puts the allotted subnet, addresses and VRID in", () => {
    const { nodes, routers, subnet, prefixLength } = resolvedPair();
    expect({
      subnet,
      prefixLength,
      nodes: nodes.map(({ name, address }) => ({ name, address })),
      routers: routers.map(({ name, vrid, vips }) => ({ name, vrid, vips })),
    }).toEqual({
      subnet: "198.18.7.0/24",
      prefixLength: 24,
      nodes: [
        { name: "db1", address: "198.18.7.11" },
        { name: "db2", address: "198.18.7.12" },
      ],
      routers: [{ name: "VI_1", vrid: 51, vips: [{ name: "vip", address: "198.18.7.100" }] }],
    });
  });

  it("leaves no name in place anywhere", () => {
    expect(JSON.stringify(resolvedPair())).not.toContain("@{");
  });

  it("knows the names of nodes, their interfaces, VIPs, VRIDs and the prefix", () => {
    const every = "@{db1.address} @{db2.address} @{db2.interface} @{vip}/@{prefix} @{VI_1.vrid}";
    expect(resolveTopology(withFile(every), ALLOTMENT).nodes.map((node) => node.files[0])).toEqual(
      [1, 2].map(() => ({
        path: "/etc/x",
        mode: 0o644,
        text: "198.18.7.11 198.18.7.12 eth0 198.18.7.100/24 51",
      })),
    );
  });

  it("refuses a name that the topology does not have", () => {
    expect(() => resolveTopology(withFile("ping @{gateway}"), ALLOTMENT)).toThrow(
      /uses @\{gateway\}, which stands for nothing; there are prefix, db1\.address/,
    );
  });

  it("refuses an allotment without a VRID for every router", () => {
    expect(() => resolveTopology(dualScript(), { ...ALLOTMENT, vrids: [] })).toThrow(
      "missing: VRID for VI_1",
    );
  });

  it("leaves shell and other braces alone", () => {
    const text = "echo ${x} {a,b} @ {vip} $@{";
    expect(resolveTopology(withFile(text), ALLOTMENT).nodes[0]?.files[0]?.text).toBe(text);
  });

  it("does not change the topology it was given", () => {
    const topology = dualScript();
    const before = structuredClone(topology);
    resolveTopology(topology, ALLOTMENT);
    expect(topology).toEqual(before);
  });
});

describe("what is asked of a resolved topology", () => {
  it("is answered by name", () => {
    const pair = resolvedPair();
    expect([findNode(pair, "db2").address, onlyRouter(pair).name, vipAddresses(pair)]).toEqual([
      "198.18.7.12",
      "VI_1",
      ["198.18.7.100"],
    ]);
    expect(() => findNode(pair, "db9")).toThrow("missing: node db9");
  });

  it("includes keepalived.conf among the files of a node that runs keepalived", () => {
    const node = findNode(resolvedPair(), "db1");
    expect(nodeFiles(node).map(({ path, mode }) => [path, mode.toString(8)])).toEqual([
      ["/etc/keepalived/keepalived.conf", "644"],
      ["/opt/chk_mysql.sh", "755"],
    ]);
    const { keepalived: _without, ...bare } = node;
    expect(nodeFiles(bare)).toEqual(node.files);
  });
});
