/** Faults of a whole node in the simulator: what the conformance cases do not look at. */
import { describe, expect, it } from "vitest";
import { seconds, type Us } from "../../../core/time.ts";
import type { NodeFault } from "../../../fault/fault.ts";
import { definitions } from "../../../fault/facts.ts";
import { simulatedCluster } from "../../../testing/simulated.ts";
import { topologyOf } from "../../../testing/worlds.ts";
import type { Cluster } from "../../backend.ts";

const HOLDER = { role: "holder" } as const;

async function writesDone(cluster: Cluster, fromUs: Us, toUs: Us): Promise<number> {
  await cluster.sleepUntil(toUs);
  return cluster
    .eventsOf("complete")
    .filter(({ action, outcome, tUs }) => action === "write" && outcome === "ok" && tUs > fromUs)
    .length;
}

describe("every fault of a node that is announced and not carried out", () => {
  const examples = definitions()
    .filter(({ group }) => group === "node")
    .flatMap((definition) => definition.examples);

  it.each(examples.map((fault) => [fault.kind, fault] as const))(
    "is not confirmed: %s",
    async (_kind, fault) => {
      const cluster = await simulatedCluster(topologyOf("data-disk"));
      const injected = await cluster.inject("sabotaged", { kind: "sabotaged", fault });
      expect((await injected.receipt()).confirmed).toBe(false);
    },
  );
});

describe("a fault that is in force already", () => {
  const twice: readonly NodeFault[] = [
    { kind: "node-powered-off", node: { name: "db1" } },
    { kind: "node-paused", node: { name: "db1" }, network: "answers" },
    { kind: "disk-full", node: { name: "db1" } },
    { kind: "memory-exhausted", node: { name: "db1" } },
  ];
  it.each(twice.map((fault) => [fault.kind, fault] as const))(
    "is not confirmed again: %s",
    async (_kind, fault) => {
      const cluster = await simulatedCluster(topologyOf("data-disk"));
      const first = await (await cluster.inject("first", fault)).receipt();
      const second = await (await cluster.inject("second", fault)).receipt();
      expect([first.confirmed, second.confirmed]).toEqual([true, false]);
    },
  );
});

describe("disk-full", () => {
  it("needs a disk of its own, and names what the topology lacks", async () => {
    const cluster = await simulatedCluster(topologyOf("pair"));
    const injected = await cluster.inject("full", { kind: "disk-full", node: HOLDER });
    const receipt = await injected.receipt();
    expect([receipt.confirmed, /dataDiskMb/.test(receipt.proof)]).toEqual([false, true]);
  });

  it("makes writes wait until a minute after it was found, although there is space long before", async () => {
    const cluster = await simulatedCluster(topologyOf("data-disk"));
    const fullUs = cluster.nowUs();
    const fault = await cluster.inject("full", { kind: "disk-full", node: HOLDER });
    const settledUs = fullUs + seconds(1);
    expect(await writesDone(cluster, settledUs, fullUs + seconds(5))).toBe(0);
    await fault.heal?.();
    expect(await writesDone(cluster, settledUs, fullUs + seconds(59))).toBe(0);
    expect(await writesDone(cluster, settledUs, fullUs + seconds(63))).toBeGreaterThan(0);
  });
});

describe("node-paused", () => {
  it("stops the adverts of the holder, which goes on as master with the VIP", async () => {
    const cluster = await simulatedCluster(topologyOf("pair"));
    const fault = await cluster.inject("pause", {
      kind: "node-paused",
      node: HOLDER,
      network: "silent",
    });
    const fromUs = cluster.nowUs();
    await cluster.sleepUntil(fromUs + seconds(6));
    const sent = (): number =>
      cluster
        .eventsOf("advert")
        .filter(
          ({ sender, tUs, seenAt }) =>
            sender === fault.node && seenAt === "segment" && tUs > fromUs,
        ).length;
    expect(sent()).toBe(0);
    await fault.heal?.();
    await cluster.sleepUntil(cluster.nowUs() + seconds(1));
    expect(sent()).toBeGreaterThan(0);
    const moves = cluster.eventsOf("address").filter(({ node }) => node === fault.node);
    expect(moves.filter(({ action }) => action === "removed")).toEqual([]);
  });
});

describe("node-rebooted", () => {
  it("lasts as long as it is told, and the stop and the boot", async () => {
    const cluster = await simulatedCluster(topologyOf("pair"), { image: "trixie" });
    const fromUs = cluster.nowUs();
    await cluster.inject("boot", { kind: "node-rebooted", node: HOLDER, downUs: seconds(20) });
    const tookUs = cluster.nowUs() - fromUs;
    expect(tookUs).toBeGreaterThan(seconds(21));
    expect(tookUs).toBeLessThan(seconds(24));
  });
});
