import { describe, expect, it } from "vitest";
import { dualScript } from "../../scenarios/shared/dual-script.ts";
import { configOf } from "../topology/routers.ts";
import { changesAround } from "./arbitraries.ts";
import { changed, describeChange, type ConfigChange } from "./config-change.ts";
import { exploreTopology } from "./target.ts";

const pair = dualScript();

function instanceOf(change: ConfigChange, node: string): Record<string, unknown> {
  const topology = exploreTopology(changed(pair, [change]), "sid");
  const config = configOf(
    topology.nodes.find(({ name }) => name === node)!,
    "2.3.4",
  )!;
  return { ...config.instances[0], ...config.scripts[0] };
}

describe("a change of the configuration", () => {
  it("replaces a value on the node that it names", () => {
    const change = {
      node: "db2",
      keyword: "priority",
      value: "120",
      block: "vrrp_instance",
    } as const;
    expect(instanceOf(change, "db2")).toMatchObject({ priority: 120 });
    expect(instanceOf(change, "db1")).toMatchObject({ priority: 101 });
    expect(describeChange(change)).toBe("on db2 priority 120");
  });

  it("puts a keyword in that is not there, and takes one out that is", () => {
    const added = { keyword: "nopreempt", value: "", block: "vrrp_instance" } as const;
    expect(instanceOf(added, "db2")).toMatchObject({ nopreempt: true });
    const gone = { keyword: "weight", block: "vrrp_script" } as const;
    expect(instanceOf(gone, "db1")).toMatchObject({ weight: 0 });
    expect(describeChange(gone)).toBe("on every node without weight");
  });

  it("leaves a configuration that keepalived accepts, whichever it is", () => {
    for (const change of changesAround(exploreTopology(pair, "sid"))) {
      const topology = exploreTopology(changed(pair, [change]), "sid");
      expect(topology.routers, describeChange(change)).toHaveLength(1);
      expect(topology.routers[0]?.members).toHaveLength(2);
    }
  });
});
