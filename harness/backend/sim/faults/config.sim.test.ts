/** What edits of keepalived.conf lead to in the model; the sources are the rules of keepalived's state machine. */
import { describe, expect, it } from "vitest";
import { seconds, type Us } from "../../../core/time.ts";
import { HOLDER } from "../../../fault/definition.ts";
import type { PlainFault } from "../../../fault/fault.ts";
import { simulatedCluster } from "../../../testing/simulated.ts";
import { topologyOf } from "../../../testing/worlds.ts";
import type { Topology } from "../../../topology/topology.ts";
import type { Cluster } from "../../backend.ts";

const DB1 = { name: "db1" };

/** `state BACKUP` on both, because nopreempt is ignored with `state MASTER`. */
function nopreempt(): Topology {
  const pair = topologyOf("pair");
  return {
    ...pair,
    nodes: pair.nodes.map((node) => ({
      ...node,
      keepalived: (node.keepalived ?? "")
        .replace("state MASTER", "state BACKUP")
        .replace("advert_int 1", "advert_int 1\n    nopreempt"),
    })),
  };
}

function movesSince(cluster: Cluster, sinceUs: Us): string[] {
  return cluster
    .eventsOf("address")
    .filter((event) => event.tUs >= sinceUs)
    .map((event) => `${event.action} ${event.node}`);
}

async function after(cluster: Cluster, fault: PlainFault, us: Us): Promise<string[]> {
  const sinceUs = cluster.nowUs();
  const receipt = await (await cluster.inject("edit", fault)).receipt();
  expect(receipt).toMatchObject({ confirmed: true });
  await cluster.sleepUntil(sinceUs + us);
  return movesSince(cluster, sinceUs);
}

describe("a switchover", () => {
  it("moves the VIP within a down time, and never has nobody serve it for long", async () => {
    const cluster = await simulatedCluster(topologyOf("pair"));
    const beganUs = cluster.nowUs();
    expect(await after(cluster, { kind: "switchover", node: HOLDER }, seconds(5))).toEqual([
      "removed db1",
      "added db2",
    ]);
    const [off, on] = cluster.eventsOf("address").filter((event) => event.tUs >= beganUs);
    // The last advert of 101 was at most an interval before the edit.
    expect(on!.tUs - beganUs).toBeGreaterThan(seconds(2.6));
    expect(on!.tUs - off!.tUs).toBeLessThan(seconds(0.01));
  });

  it("does nothing where nobody preempts", async () => {
    const cluster = await simulatedCluster(nopreempt());
    expect(await after(cluster, { kind: "switchover", node: HOLDER }, seconds(10))).toEqual([]);
  });
});

describe("a reconfigured keepalived", () => {
  const lowered = [{ find: "priority 101", replace: "priority 90" }];

  it("goes on with what it read when nobody tells it, and takes it with its next restart", async () => {
    const cluster = await simulatedCluster(topologyOf("pair"));
    const fault: PlainFault = {
      kind: "keepalived-reconfigured",
      node: DB1,
      edits: lowered,
      apply: "none",
    };
    expect(await after(cluster, fault, seconds(6))).toEqual([]);
    const restart: PlainFault = { kind: "service-restarted", node: DB1, service: "keepalived" };
    expect(await after(cluster, restart, seconds(10))).toEqual(["removed db1", "added db2"]);
  });

  it("gives the VIP away when it ends because of what it reads, and is started by healing", async () => {
    const cluster = await simulatedCluster(topologyOf("pair"));
    const injection = await cluster.inject("edit", {
      kind: "keepalived-reconfigured",
      node: DB1,
      edits: [{ find: "    interface eth0\n", replace: "    interface eth7\n" }],
      apply: "reload",
    });
    await cluster.sleepUntil(cluster.nowUs() + seconds(5));
    expect(movesSince(cluster, 0).slice(-2)).toEqual(["removed db1", "added db2"]);
    expect(await injection.heal?.()).toMatchObject({ confirmed: true });
    await cluster.sleepUntil(cluster.nowUs() + seconds(5));
    expect(movesSince(cluster, 0).slice(-2)).toEqual(["removed db2", "added db1"]);
  });
});
