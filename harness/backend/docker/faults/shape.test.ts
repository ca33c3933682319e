import { describe, expect, it } from "vitest";
import { burstFor, BURST_MAX } from "./burst.ts";
import { bucketBytes, emulationOf, queueIn, queueText } from "./shape.ts";

describe("the words of a queue", () => {
  it("delay by netem, with jitter when there is some", () => {
    expect([
      queueText({ kind: "delay", delayUs: 200_000, jitterUs: 0 }),
      queueText({ kind: "delay", delayUs: 50_000, jitterUs: 20_000 }),
    ]).toEqual(["netem limit 100000 delay 200000us", "netem limit 100000 delay 50000us 20000us"]);
  });

  it("hold back a share, which for netem is to let the rest overtake", () => {
    expect(queueText({ kind: "reorder", share: 0.3, byUs: 20_000 })).toBe(
      "netem limit 100000 delay 20000us reorder 70%",
    );
  });

  it("limit by tbf, with a bucket for the slowest timer", () => {
    expect([
      queueText({ kind: "rate", bitsPerSecond: 64_000 }),
      queueText({ kind: "rate", bitsPerSecond: 100_000_000 }),
    ]).toEqual([
      "tbf rate 64000bit burst 3200 latency 400ms",
      "tbf rate 100000000bit burst 125000 latency 400ms",
    ]);
    expect(bucketBytes(10_000_000)).toBe(12_500);
  });
});

describe("the same without netem", () => {
  it("holds back all by the delay, or a share by one time", () => {
    expect([
      emulationOf({ kind: "delay", delayUs: 50_000, jitterUs: 20_000 }, "eth0"),
      emulationOf({ kind: "reorder", share: 0.3, byUs: 20_000 }, "eth0"),
    ]).toEqual([
      { device: "eth0", share: 1, delayUs: 50_000, jitterUs: 20_000 },
      { device: "eth0", share: 0.3, delayUs: 20_000, jitterUs: 0 },
    ]);
  });

  it("is nothing for a rate, which tbf limits", () => {
    expect(emulationOf({ kind: "rate", bitsPerSecond: 64_000 }, "eth0")).toBeUndefined();
  });
});

describe("the queues of an interface", () => {
  // tc -s -j qdisc show dev eth0, iproute2 6.18, after a burst
  const own =
    '{"kind":"tbf","handle":"7664:","root":true,"refcnt":3,"options":{"rate":125000,"burst":3200,"lat":400000},' +
    '"bytes":53200,"packets":38,"drops":4,"overlimits":71,"requeues":0,"backlog":0,"qlen":0}';

  it("show ours by its handle", () => {
    expect(queueIn(`[${own}]`)).toEqual({ kind: "tbf", overlimits: 71, drops: 4 });
  });

  it("show nothing of ours when there is another one, or none", () => {
    expect(queueIn(`[${own.replace("7664", "8001")}]`)).toBeNull();
    expect(queueIn("[]")).toBeNull();
  });
});

describe("the size of a burst", () => {
  it("leaves one chance in a million that a fate is not seen", () => {
    for (const share of [0.01, 0.05, 0.5, 0.9]) {
      const count = burstFor(share);
      const rarer = Math.min(share, 1 - share);
      expect((1 - rarer) ** count).toBeLessThanOrEqual(1e-6);
      expect((1 - rarer) ** (count - 1)).toBeGreaterThan(1e-6);
    }
  });

  it("is one packet where every one is hit, and bounded where nearly none is", () => {
    expect([burstFor(1), burstFor(0.000_001)]).toEqual([1, BURST_MAX]);
  });
});
