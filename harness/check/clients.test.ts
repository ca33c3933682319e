/** The checkers of what clients see: how long they wait, and whether they read what they were promised. */
import { describe, expect, it } from "vitest";
import { history, type HistoryBuilder } from "../testing/history.ts";
import { judge, said } from "../testing/judging.ts";
import { goodFailover } from "../testing/stories.ts";

describe("outage-within", () => {
  const NAME = "outage-within";
  /** Writes every 100 ms on the fresh lane, but for 2.92 s to 4.42 s. */
  const outage = (): HistoryBuilder =>
    history().settled().traffic("db1", 1, 3).traffic("db2", 4.4, 8).phase("quiesce", 8);

  it("passes up to the bound, and fails above it", () => {
    expect(said(NAME, outage().events(), { settings: { maxMs: 1500 } })).toBe(
      "pass: new connections went 1.500 s without an acknowledged write, from 2.920 s; 1.500 s is allowed",
    );
    expect(said(NAME, outage().events(), { settings: { maxMs: 1499 } })).toBe(
      "fail: new connections went 1.500 s without an acknowledged write, from 2.920 s; 1.499 s is allowed",
    );
  });

  it("takes the worse lane, or the one that is named", () => {
    const both = outage().write(1.5, { lane: "held" }).write(6, { lane: "held", node: "db2" });
    const events = both.write(7.9, { lane: "held" }).events();
    expect(judge(NAME, events).facts["outageUs"]).toEqual({ fresh: 1_500_000, held: 4_500_000 });
    expect(said(NAME, events)).toMatch(/^fail: the held connection went 4\.500 s/);
    const settings = { maxMs: 2000, lane: "fresh" };
    expect(judge(NAME, events, { settings }).verdict).toBe("pass");
  });

  it("is not passed by one lane where the other one tried and was never served", () => {
    const events = outage().write(5, { lane: "held", outcome: "failed" }).events();
    expect(judge(NAME, events, { settings: { maxMs: 9000 } }).verdict).toBe("inconclusive");
    const settings = { maxMs: 9000, lane: "fresh" };
    expect(judge(NAME, events, { settings }).verdict).toBe("pass");
  });

  it("counts an outage that did not end", () => {
    const events = history().settled().traffic("db1", 1, 3).phase("quiesce", 9).events();
    expect(said(NAME, events)).toBe(
      "fail: new connections went 6.080 s without an acknowledged write, from 2.920 s until the load ended; 1.000 s is allowed",
    );
  });

  it("allows what the timers allow for the move that happened, unless the scenario says", () => {
    const { verdict, facts } = judge(NAME, goodFailover().collected(8).events());
    expect([verdict, facts["allowedUs"]]).toEqual(["pass", 3_372_281 + 1_500_000]);
  });

  it("is inconclusive when the machine was as late as the bound is missed by", () => {
    const settings = { maxMs: 1470 };
    expect(said(NAME, outage().late(4, 30).events(), { settings })).toBe(
      "inconclusive: new connections went 1.500 s without an acknowledged write, from 2.920 s; 1.470 s is allowed; noisy: the machine was late by up to 30 ms, and the bound is missed by 30 ms only",
    );
    expect(judge(NAME, outage().late(4, 29).events(), { settings }).verdict).toBe("fail");
    // Elsewhere in the run it does not matter.
    expect(judge(NAME, outage().late(7, 900).events(), { settings }).verdict).toBe("fail");
  });

  it("is inconclusive when nobody wrote, or nothing was disturbed", () => {
    expect(judge(NAME, history().settled().phase("quiesce", 9).events()).verdict).toBe(
      "inconclusive",
    );
    expect(judge(NAME, history().traffic("db1", 1, 3).events()).verdict).toBe("inconclusive");
  });
});

describe("no-stale-read", () => {
  const NAME = "no-stale-read";
  const written = (): HistoryBuilder => history().settled().write(2).write(2.1).write(2.2);

  it("passes when reads show what had been acknowledged", () => {
    expect(said(NAME, written().read(2.3, { read: 3 }).read(2.4, { read: 4 }).events())).toBe(
      "pass: 2 reads, each with all that was acknowledged before",
    );
  });

  it("fails when one shows less, on any server, and says how much was missing for how long", () => {
    const events = written().read(4.205, { node: "db2", read: 1 }).events();
    const { verdict, reason, facts, evidence } = judge(NAME, events);
    expect(`${verdict}: ${reason}`).toBe(
      "fail: 1 of 1 reads were stale; on the lane fresh by up to 2 acknowledged writes: db2 had up to #1 " +
        "at 4.200 s, #3 had been acknowledged; the oldest that was missing 2.100 s before",
    );
    expect(facts).toEqual({ reads: 1, stale: 1, behind: 2, staleUs: 2_100_000, node: "db2" });
    expect(evidence).toHaveLength(2);
  });

  it("counts before and after the first fault, and tells the oldest that a read after it lacked", () => {
    const events = history()
      .settled()
      .write(2)
      .write(2.1)
      .write(2.2)
      .read(2.3, { node: "db2", read: 1 })
      .fault({ kind: "replication-stopped", node: { name: "db2" }, thread: "receiver" }, 3)
      .write(3.1)
      .write(3.2, { node: "db2" })
      .write(3.3)
      .write(3.4)
      .write(3.5)
      .read(3.605, { node: "db2", read: 5 })
      .read(5.105, { node: "db2", read: 7 })
      .events();
    const { reason, facts } = judge(NAME, events);
    expect(reason).toBe(
      "3 of 3 reads were stale, 1 of them before the first fault and 2 after it; on the lane fresh by up to " +
        "3 acknowledged writes: db2 had up to #7 at 5.100 s, #8 had been acknowledged; the oldest that was missing " +
        "1.600 s before. At least: a read shows the highest number only, and newer writes that db2 took itself " +
        "hide older ones that it lacked",
    );
    expect(facts).toMatchObject({
      behind: 3,
      staleUs: 1_600_000,
      afterFault: { reads: 2, stale: 2 },
    });
  });

  it("does not expect what was acknowledged only after the read was asked", () => {
    const events = written().read(2.21, { read: 2, invokedSeconds: 2.2 }).events();
    expect(judge(NAME, events).verdict).toBe("pass");
  });

  it("does not expect what was refused, unknown or of another lane", () => {
    const events = written()
      .write(2.3, { outcome: "failed" })
      .write(2.4, { outcome: "indeterminate" })
      .write(2.5, { lane: "held", write: 9 })
      .read(3, { read: 3 })
      .events();
    expect(judge(NAME, events).verdict).toBe("pass");
  });

  it("knows the highest number when acknowledgements overtake each other", () => {
    const events = history()
      .settled()
      .write(2.1, { write: 2 })
      .write(2.2, { write: 1 })
      .read(3, { read: 1 })
      .events();
    expect(judge(NAME, events).facts["behind"]).toBe(1);
  });

  it("is inconclusive when no read can be compared", () => {
    const before = history().settled().read(1.5, { read: 0 }).write(2).events();
    expect(said(NAME, before)).toBe(
      "inconclusive: no read followed an acknowledged write of its lane",
    );
  });
});
