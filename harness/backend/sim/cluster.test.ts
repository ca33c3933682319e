import { describe, expect, it } from "vitest";
import { dualScript } from "../../../scenarios/shared/dual-script.ts";
import { HarnessError } from "../../core/errors.ts";
import { milliseconds, seconds } from "../../core/time.ts";
import type { Fault } from "../../fault/fault.ts";
import { resolveTopology, type ResolvedTopology } from "../../topology/resolve.ts";
import type { Topology } from "../../topology/topology.ts";
import { defaultWorkload } from "../../workload/workload.ts";
import { SimCluster } from "./cluster.ts";
import { simulatedImage } from "./images.ts";
import { World } from "./world.ts";

function resolved(topology: Topology = dualScript()): ResolvedTopology {
  return resolveTopology(topology, { subnetPrefix: "198.18.0", prefixLength: 24, vrids: [51] });
}

function bench(topology: ResolvedTopology = resolved(), seed = 1) {
  const image = simulatedImage("sid")!;
  const world = new World({ topology, workload: defaultWorkload, image, seed });
  const cluster = new SimCluster(world);
  return { world, cluster };
}

async function underLoad() {
  const b = bench();
  await b.cluster.settle();
  await b.cluster.startWorkload();
  return b;
}

const HOLDER = { role: "holder" } as const;
/** The init script returns before the process has ended, so that there is nothing to see at first. */
const STOPPED: Fault = { kind: "keepalived-stopped", node: HOLDER };

async function failureOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof HarnessError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "none";
}

describe("settle", () => {
  it("ends with the preferred holder, replication both ways, and everybody heard", async () => {
    const { cluster } = bench();
    await cluster.settle();
    const { nodes } = cluster.topology;
    expect(cluster.eventsOf("address").map(({ node, action }) => `${node} ${action}`)).toEqual([
      "db1 added",
    ]);
    expect(new Set(cluster.eventsOf("advert").map((event) => event.seenAt))).toEqual(
      new Set([...nodes.map((node) => node.name), "segment"]),
    );
    expect(cluster.eventsOf("multicast-probe").map((e) => `${e.sender} ${e.seenAt}`)).toEqual([
      "db1 db2",
      "db1 segment",
      "db2 db1",
      "db2 segment",
    ]);
  });

  it("waits for the replication threads of every edge, not only for the rows", async () => {
    const { cluster, world } = bench();
    const rule = world.segment.install({
      point: "link",
      from: "db1",
      to: "db2",
      protocols: ["tcp"],
      effect: { kind: "drop", share: 1 },
    });
    world.clock.at(seconds(20), () => {
      rule.remove();
    });
    await cluster.settle();
    expect(cluster.nowUs()).toBeGreaterThan(seconds(20));
    expect(
      cluster.eventsOf("replication").map((e) => [e.receiverRunning, e.applierRunning]),
    ).toEqual([
      [true, true],
      [true, true],
    ]);
  });

  it("says who holds the VIP when adverts do not pass", async () => {
    const { cluster, world } = bench();
    world.segment.install({
      point: "link",
      protocols: ["vrrp"],
      effect: { kind: "drop", share: 1 },
    });
    expect(await failureOf(() => cluster.settle())).toBe(
      "NOT_SETTLED: VI_1 did not settle: 198.18.0.100 is held by db1 and db2",
    );
  });

  it("says that nobody has it when keepalived refuses its configuration", async () => {
    const topology = dualScript();
    const nodes = topology.nodes.map((node) => ({
      ...node,
      keepalived: node.keepalived!.replaceAll("interface eth0", "interface nosuch0"),
    }));
    const { cluster } = bench(resolved({ ...topology, nodes }));
    expect(await failureOf(() => cluster.settle())).toBe(
      "NOT_SETTLED: VI_1 did not settle: 198.18.0.100 is held by nobody",
    );
  });

  it("says so when replication cannot run", async () => {
    const { cluster, world } = bench();
    const drop = { kind: "drop", share: 1 } as const;
    world.segment.install({
      point: "link",
      from: "db1",
      to: "db2",
      protocols: ["tcp"],
      effect: drop,
    });
    expect(await failureOf(() => cluster.settle())).toBe(
      "NOT_SETTLED: replication does not run on every edge (simulated, 90 s waited)",
    );
  });
});

describe("a fault", () => {
  it("has a receipt that is sought from then on, however late somebody asks", async () => {
    const { cluster } = await underLoad();
    const injection = await cluster.inject("fault", STOPPED);
    const injectedUs = cluster.nowUs();
    expect(cluster.eventsOf("receipt")).toEqual([]);
    await cluster.sleepUntil(injectedUs + seconds(5));
    expect(await injection.receipt()).toMatchObject({ confirmed: true });
    expect(cluster.nowUs()).toBe(injectedUs + seconds(5));
    const [receipt] = cluster.eventsOf("receipt");
    // keepalived takes a second to end; the receipt is looked at every 50 ms.
    expect(receipt!.tUs - injectedUs).toBeGreaterThan(milliseconds(900));
    expect(receipt!.tUs - injectedUs).toBeLessThan(milliseconds(1200));
  });

  it("waits for its receipt when it is asked for before there is one", async () => {
    const { cluster } = await underLoad();
    const injection = await cluster.inject("fault", STOPPED);
    expect((await injection.receipt()).confirmed).toBe(true);
    expect(cluster.eventsOf("receipt").map((event) => event.tUs)).toEqual([cluster.nowUs()]);
  });

  it("has an unconfirmed receipt when its effect does not come about in time", async () => {
    const { cluster, world } = await underLoad();
    // A frozen process does not end at SIGTERM.
    await cluster.inject("freeze", { kind: "service-frozen", node: HOLDER, service: "keepalived" });
    const injection = await cluster.inject("fault", { ...STOPPED, node: { name: "db1" } });
    const beganUs = world.clock.nowUs();
    expect(await injection.receipt()).toMatchObject({ confirmed: false });
    expect(world.clock.nowUs() - beganUs).toBe(seconds(10));
  });

  it("that was not carried out has an unconfirmed receipt, no effect and nothing to heal", async () => {
    const { cluster, world } = await underLoad();
    const injection = await cluster.inject("fault", {
      kind: "sabotaged",
      fault: { kind: "mysqld-killed", node: HOLDER },
    });
    expect((await injection.receipt()).confirmed).toBe(false);
    expect(injection.heal).toBeUndefined();
    expect(world.hosts.every((host) => host.mysqlAnswers())).toBe(true);
  });

  it("is marked at both ends when it is injected and when it is healed", async () => {
    const { cluster } = await underLoad();
    const injection = await cluster.inject("fault", { kind: "mysqld-stopped", node: HOLDER });
    await injection.receipt();
    expect(await injection.heal?.()).toMatchObject({ confirmed: true });
    const marks = cluster.eventsOf("fault");
    expect(marks.map(({ action, edge }) => `${action} ${edge}`)).toEqual([
      "inject begin",
      "inject end",
      "heal begin",
      "heal end",
    ]);
    // The database's init script waits until the process is gone, and until the new one answers.
    expect(marks[1]!.tUs - marks[0]!.tUs).toBeGreaterThan(milliseconds(100));
    expect(marks[3]!.tUs - marks[2]!.tUs).toBeGreaterThan(milliseconds(100));
  });

  it("names its node, or is refused when nobody plays that role", async () => {
    const { cluster } = bench();
    const fault: Fault = { kind: "mysqld-killed", node: HOLDER };
    expect(await failureOf(() => cluster.inject("fault", fault))).toBe(
      "NO_TARGET: no node is holder of 198.18.0.100 right now",
    );
  });
});

describe("what is known so far", () => {
  it("is the same whether it was asked for along the way or only at the end", async () => {
    const histories = [];
    for (const isAsking of [false, true]) {
      const { cluster } = await underLoad();
      const endUs = cluster.nowUs() + seconds(10);
      const injection = await cluster.inject("fault", { kind: "mysqld-killed", node: HOLDER });
      while (cluster.nowUs() < endUs) {
        await cluster.sleepUntil(cluster.nowUs() + milliseconds(70));
        if (isAsking) cluster.eventsOf("complete");
      }
      await injection.receipt();
      const completions = cluster.eventsOf("complete");
      const inTime = cluster.events().filter((event) => event.kind === "complete");
      expect(completions).toEqual(inTime.toSorted((a, b) => a.tUs - b.tUs));
      histories.push(completions);
    }
    expect(histories[0]).toEqual(histories[1]);
  });

  it("of a cluster that ends includes its tables, its addresses and that nothing is left", async () => {
    const { cluster } = await underLoad();
    await cluster.sleepUntil(cluster.nowUs() + seconds(2));
    await cluster.stopWorkload();
    await cluster.quiesce(seconds(30));
    await cluster.collect();
    await cluster.dismantle();
    const vip = "198.18.0.100";
    expect(
      cluster
        .eventsOf("address-dump")
        .map(({ node, addresses }) => [node, addresses.includes(vip)]),
    ).toEqual([
      ["db1", true],
      ["db2", false],
    ]);
    const [first, second] = cluster.eventsOf("copy");
    expect(first?.rows).toEqual(second?.rows);
    expect(cluster.eventsOf("replication").at(-1)?.caughtUp).toBe(true);
    expect(cluster.eventsOf("leftovers")).toHaveLength(1);
    expect(await cluster.keep()).toContain("cannot be kept");
  });
});
