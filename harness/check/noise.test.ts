/** What a busy machine does to verdicts: a near miss proves nothing, a pass is marked. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../core/time.ts";
import { history, type HistoryBuilder } from "../testing/history.ts";
import { judge, said } from "../testing/judging.ts";
import { goodFailover } from "../testing/stories.ts";
import { QUIET_US_MAX } from "../timing/noise.ts";
import { fail, pass } from "./checker.ts";
import { underNoise } from "./noise.ts";

const SPAN = { startUs: seconds(3), endUs: seconds(5) };

describe("a verdict that rests on a time", () => {
  it("is marked by noise in its own span, and by no other", () => {
    const marked = (atSeconds: number, lateMs: number): boolean =>
      underNoise(pass("in time"), {
        events: history().late(atSeconds, lateMs).events(),
        span: SPAN,
      }).reason.includes("noisy");
    expect([marked(4, 84), marked(5.9, 84), marked(2.9, 84), marked(6.1, 84)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([marked(4, 20), marked(4, 20.1)]).toEqual([false, true]);
  });

  it("is inconclusive exactly when it misses by no more than the machine was late", () => {
    const lateness = fc.integer({ min: 1, max: 3000 });
    fc.assert(
      fc.property(lateness, lateness, (missedMs, lateMs) => {
        const events = history().late(4, lateMs).events();
        const missedByUs = milliseconds(missedMs);
        const { verdict } = underNoise(fail("late", []), { events, span: SPAN, missedByUs });
        const noisy = milliseconds(lateMs) > QUIET_US_MAX;
        expect(verdict).toBe(noisy && missedMs <= lateMs ? "inconclusive" : "fail");
      }),
    );
  });

  it("leaves a failure that is no matter of time alone", () => {
    const events = history().late(4, 500).events();
    expect(underNoise(fail("two holders", []), { events, span: SPAN }).verdict).toBe("fail");
  });
});

describe("failover-within", () => {
  it("says that a failover on a busy machine is noisy", () => {
    const { verdict, reason, facts } = judge(
      "failover-within",
      goodFailover().late(3, 84).events(),
    );
    expect([verdict, facts["lateUs"]]).toEqual(["pass", 84_000]);
    expect(reason).toMatch(/; noisy: the machine was late by up to 84 ms$/);
  });
});

describe("vip-available", () => {
  const gap = (): HistoryBuilder =>
    history().settled().holds("db1", 0, 3).holds("db2", 3.6).phase("collect", 9);

  it("does not hold a gap against a machine that was later than it is too long", () => {
    const settings = { maxGapMs: 550 };
    expect(judge("vip-available", gap().events(), { settings }).verdict).toBe("fail");
    expect(said("vip-available", gap().late(3.5, 60).events(), { settings })).toMatch(
      /^inconclusive: .*; noisy: the machine was late by up to 60 ms, and the bound is missed by 50 ms only$/,
    );
  });
});

describe("single-holder", () => {
  /** Together for 1.1 s, of which 1.05 s are permitted. */
  const handOver = (): HistoryBuilder =>
    history().settled().holds("db1", 0, 4.1).holds("db2", 3).phase("collect", 9);

  it("does not take a late hand-over on a late machine for split brain", () => {
    const NAME = "single-holder";
    expect(judge(NAME, handOver().events()).verdict).toBe("fail");
    expect(judge(NAME, handOver().late(4, 49).events()).verdict).toBe("fail");
    expect(judge(NAME, handOver().late(4, 50).events()).verdict).toBe("inconclusive");
    const long = history().settled().holds("db1", 0, 8).holds("db2", 3).phase("collect", 9);
    expect(said(NAME, long.late(4, 900).events())).not.toContain("noisy");
  });
});

describe("machine-quiet", () => {
  const NAME = "machine-quiet";
  const summary = (builder: HistoryBuilder, lateMs: number): HistoryBuilder =>
    builder.add(8, { kind: "jitter", lateUs: milliseconds(lateMs), spanUs: seconds(7) });

  it("passes when no second was later than 20 ms", () => {
    expect(said(NAME, summary(history().settled(), 6.4).events())).toBe(
      "pass: timers were late by up to 6.4 ms",
    );
  });

  it("is inconclusive, never a failure, when one was", () => {
    const events = summary(history().settled().late(4, 84), 84).events();
    expect(said(NAME, events)).toBe(
      "inconclusive: timers were late by up to 84.0 ms, 20 ms are allowed: times are noisy",
    );
    expect(judge(NAME, events, { settings: { maxLateMs: 100 } }).verdict).toBe("pass");
  });

  it("does not mind what was before the disturbance", () => {
    const events = summary(history().settled().late(0.9, 300), 300).events();
    expect(judge(NAME, events).verdict).toBe("pass");
  });

  it("is inconclusive when nobody listened", () => {
    expect(said(NAME, history().settled().events())).toBe(
      "inconclusive: nobody watched how late the machine was",
    );
  });
});
