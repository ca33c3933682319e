/** What delays, copies and losses do to the adverts of a simulated pair. */
import { describe, expect, it } from "vitest";
import { dualScript } from "../../../../scenarios/shared/dual-script.ts";
import { milliseconds, seconds } from "../../../core/time.ts";
import { HOLDER, STANDBY } from "../../../fault/definition.ts";
import type { Fault } from "../../../fault/fault.ts";
import { simulatedCluster } from "../../../testing/simulated.ts";
import type { Cluster } from "../../backend.ts";
import { simBackend } from "../backend.ts";

/** Adverts that are seen on the segment during some seconds with that fault, which is confirmed. */
async function advertsDuring(
  fault: Fault,
  forSeconds: number,
): Promise<{ readonly times: readonly number[]; readonly cluster: Cluster }> {
  const cluster = await simulatedCluster(dualScript({ check: "always-fine" }));
  const injection = await cluster.inject("fault", fault);
  expect((await injection.receipt()).confirmed).toBe(true);
  const fromUs = cluster.nowUs();
  await cluster.sleepUntil(fromUs + seconds(forSeconds));
  expect((await injection.heal?.())?.confirmed).toBe(true);
  const times = cluster
    .eventsOf("advert")
    .filter(({ seenAt, tUs }) => seenAt === "segment" && tUs > fromUs)
    .map(({ tUs }) => tUs);
  return { times, cluster };
}

function gaps(times: readonly number[]): readonly number[] {
  return times.slice(1).map((tUs, index) => tUs - (times[index] ?? 0));
}

describe("frames of a node", () => {
  it("go out twice when they are duplicated", async () => {
    const fault = { kind: "packets-duplicated", node: HOLDER, share: 1 } as const;
    const { times } = await advertsDuring(fault, 5);
    expect(times.length).toBe(10);
    expect(gaps(times).filter((us) => us === 0).length).toBe(5);
  });

  it("arrive later, and a delay alone moves nothing", async () => {
    const fault = {
      kind: "packets-delayed",
      node: HOLDER,
      delayUs: milliseconds(300),
      jitterUs: milliseconds(200),
    } as const;
    const { times, cluster } = await advertsDuring(fault, 20);
    const spread = gaps(times);
    expect(Math.max(...spread) - Math.min(...spread)).toBeGreaterThan(milliseconds(100));
    expect(Math.max(...spread)).toBeLessThanOrEqual(milliseconds(1410));
    expect(cluster.eventsOf("advert").every(({ sender }) => sender === "db1")).toBe(true);
  });

  it("are held back by chance when they are reordered", async () => {
    const fault = {
      kind: "packets-reordered",
      node: HOLDER,
      share: 0.5,
      byUs: milliseconds(200),
    } as const;
    const { times } = await advertsDuring(fault, 30);
    const late = gaps(times).filter((us) => us > milliseconds(1150)).length;
    expect(late).toBeGreaterThan(2);
    expect(late).toBeLessThan(20);
  });

  it("are lost by chance, each direction by itself", async () => {
    const fault = { kind: "packets-lost", node: STANDBY, direction: "in", share: 0.3 } as const;
    const { times } = await advertsDuring(fault, 10);
    // The filter sits on the standby: everybody else sees all of them.
    expect(times.length).toBe(10);
  });
});

describe("a limit of bandwidth", () => {
  it("is not simulated, which is said beforehand and claimed of no receipt", async () => {
    const missing = await simBackend().missing();
    expect(missing.map(({ capability }) => capability)).toContain("traffic-shaping");
    const cluster = await simulatedCluster(dualScript());
    const fault = { kind: "bandwidth-limited", node: STANDBY, bitsPerSecond: 1_000_000 } as const;
    const injection = await cluster.inject("fault", fault);
    expect((await injection.receipt()).confirmed).toBe(false);
  });
});
