/** What an interface that goes down or away does to a simulated pair. */
import { describe, expect, it } from "vitest";
import { dualScript } from "../../../../scenarios/shared/dual-script.ts";
import { present } from "../../../core/assert.ts";
import { seconds } from "../../../core/time.ts";
import { HOLDER, STANDBY } from "../../../fault/definition.ts";
import { holdersAfter } from "../../../history/queries.ts";
import { simulatedCluster } from "../../../testing/simulated.ts";
import type { Cluster } from "../../backend.ts";
import { SIMULATED_IMAGES } from "../images.ts";

const KINDS = ["interface-down", "network-disconnected"] as const;

function underLoad(image = "sid"): Promise<Cluster> {
  return simulatedCluster(dualScript({ check: "always-fine" }), { image });
}

function holders(cluster: Cluster): string {
  const vip = present(cluster.topology.routers[0]?.vips[0], "VIP").address;
  return holdersAfter(cluster.eventsOf("address"), vip).join(" and ");
}

async function waitFor(cluster: Cluster, us: number): Promise<void> {
  await cluster.sleepUntil(cluster.nowUs() + us);
}

describe.each(SIMULATED_IMAGES.flatMap((image) => KINDS.map((kind) => ({ image, kind }))))(
  "$kind on the holder, $image",
  ({ image, kind }) => {
    it("moves the VIP after the master-down time, and home after healing where keepalived hears again", async () => {
      const cluster = await underLoad(image);
      const fault = await cluster.inject("fault", { kind, node: HOLDER });
      expect((await fault.receipt()).confirmed).toBe(true);
      expect(fault.node).toBe("db1");
      await waitFor(cluster, seconds(1));
      // The priority 0 that says goodbye cannot leave.
      expect(holders(cluster)).toBe("");
      await waitFor(cluster, seconds(4));
      expect(holders(cluster)).toBe("db2");
      expect((await fault.heal?.())?.confirmed).toBe(true);
      await waitFor(cluster, seconds(2));
      expect(holders(cluster)).toBe("db2");
      await waitFor(cluster, seconds(3));
      // keepalived 2.2.7 is deaf on an interface that was replaced under it.
      const isDeaf = image === "bookworm" && kind === "network-disconnected";
      expect(holders(cluster)).toBe(isDeaf ? "db2" : "db1");
    });
  },
);

describe("an interface", () => {
  it("keeps its address when it is down, loses it when it goes, and has it again", async () => {
    for (const kind of KINDS) {
      const cluster = await underLoad();
      const fault = await cluster.inject("fault", { kind, node: STANDBY });
      const changes = (): string =>
        cluster
          .eventsOf("address")
          .filter(({ node, address }) => node === fault.node && address.endsWith(".12"))
          .map(({ action }) => action)
          .join();
      expect(changes()).toBe(kind === "interface-down" ? "" : "removed");
      await fault.heal?.();
      expect(changes()).toBe(kind === "interface-down" ? "" : "removed,added");
    }
  });

  it("that is down already is not taken down, and not taken up", async () => {
    const cluster = await underLoad();
    const first = await cluster.inject("first", { kind: "interface-down", node: STANDBY });
    const second = await cluster.inject("second", { kind: "interface-down", node: STANDBY });
    expect((await second.receipt()).confirmed).toBe(false);
    await second.heal?.();
    expect(cluster.eventsOf("link").map(({ up }) => up)).toEqual([false]);
    await first.heal?.();
    expect(cluster.eventsOf("link").map(({ up }) => up)).toEqual([false, true]);
  });

  it("carries nothing while it is away", async () => {
    const cluster = await underLoad();
    const fault = await cluster.inject("fault", { kind: "network-disconnected", node: STANDBY });
    const fromUs = cluster.nowUs();
    await waitFor(cluster, seconds(3));
    const seen = cluster.eventsOf("advert").filter(({ tUs }) => tUs > fromUs);
    expect(seen.filter(({ seenAt }) => seenAt === "segment").length).toBeGreaterThan(1);
    expect(seen.filter(({ seenAt }) => seenAt === fault.node)).toEqual([]);
  });
});
