/** What the faults of processes lead to in the model. */
import { describe, expect, it } from "vitest";
import { seconds } from "../../../core/time.ts";
import type { PlainFault } from "../../../fault/fault.ts";
import { simulatedCluster } from "../../../testing/simulated.ts";
import { topologyOf } from "../../../testing/worlds.ts";
import type { Cluster } from "../../backend.ts";

const DB1 = { name: "db1" };
const DB2 = { name: "db2" };
const PATH = "/opt/chk_mysql.sh";

function logged(cluster: Cluster, what: RegExp): number {
  return cluster.eventsOf("log").filter(({ node, text }) => node === "db2" && what.test(text))
    .length;
}

describe("a parent of keepalived that is killed", () => {
  it("has its children say goodbye: the other node has the VIP after its skew", async () => {
    const cluster = await simulatedCluster(topologyOf("pair"));
    const beganUs = cluster.nowUs();
    await cluster.inject("kill", { kind: "keepalived-killed", node: DB1, processes: "parent" });
    await cluster.sleepUntil(beganUs + seconds(0.7));
    expect(cluster.eventsOf("address").at(-1)).toMatchObject({ node: "db2", action: "added" });
  });

  it("is healed also while its child lingers, when a plain start would start nothing", async () => {
    const cluster = await simulatedCluster(topologyOf("pair"));
    const kill: PlainFault = { kind: "keepalived-killed", node: DB1, processes: "parent" };
    const killed = await cluster.inject("kill", kill);
    const start: PlainFault = { kind: "service-started", node: DB1, service: "keepalived" };
    const started = await cluster.inject("start", start);
    expect(await started.receipt()).toMatchObject({ confirmed: false });
    expect(await killed.heal?.()).toMatchObject({ confirmed: true });
  });
});

describe("mysqld in a crash loop", () => {
  it("dies with every turn until it is healed, and runs then", async () => {
    const cluster = await simulatedCluster(topologyOf("pair"), { image: "bookworm" });
    await cluster.inject("quiet", { kind: "keepalived-stopped", node: DB2 });
    const span = { upUs: seconds(1), downUs: seconds(1) };
    const loop = await cluster.inject("loop", { kind: "mysqld-crash-looping", node: DB2, ...span });
    await cluster.sleepUntil(cluster.nowUs() + seconds(12));
    const downs = (): number =>
      cluster.eventsOf("mysqld").filter((e) => e.node === "db2" && e.state === "down").length;
    // A turn is two seconds and a start of less than one.
    expect(downs()).toBeGreaterThanOrEqual(4);
    expect(downs()).toBeLessThanOrEqual(6);
    expect(await loop.heal?.()).toMatchObject({ confirmed: true });
    await cluster.sleepUntil(cluster.nowUs() + seconds(1));
    const before = downs();
    await cluster.sleepUntil(cluster.nowUs() + seconds(6));
    expect(downs()).toBe(before);
  });
});

describe("a replaced check script", () => {
  // interval 2 and no timeout of its own, so 2; fall 2
  const replaced = { kind: "check-script-replaced", node: DB2, path: PATH } as const;

  it("that hangs is ended at its timeout and counts as failed", async () => {
    const cluster = await simulatedCluster(topologyOf("pair"));
    await cluster.inject("hang", { ...replaced, behaviour: "hangs" });
    await cluster.sleepUntil(cluster.nowUs() + seconds(9));
    expect(logged(cluster, /timed.out/)).toBe(1);
  });

  it.each([
    [1_000_000, 0],
    [3_000_000, 1],
  ])("that takes %i us more fails %i times: only past its timeout", async (slowUs, failures) => {
    const cluster = await simulatedCluster(topologyOf("pair"));
    await cluster.inject("slow", { ...replaced, behaviour: "slow", slowUs });
    await cluster.sleepUntil(cluster.nowUs() + seconds(9));
    expect(logged(cluster, /timed.out/)).toBe(failures);
  });

  it("is not replaced twice, and its healing is not confirmed by somebody else's text", async () => {
    const cluster = await simulatedCluster(topologyOf("pair"));
    const first = await cluster.inject("one", { ...replaced, behaviour: "always-fails" });
    const second = await cluster.inject("two", { ...replaced, behaviour: "hangs" });
    expect(await second.receipt()).toMatchObject({ confirmed: false });
    await second.heal?.();
    expect(await first.receipt()).toMatchObject({ confirmed: true });
    expect(await first.heal?.()).toMatchObject({ confirmed: true });
  });
});
