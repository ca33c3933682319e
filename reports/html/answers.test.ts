import { describe, expect, it } from "vitest";
import { history } from "../../harness/testing/history.ts";
import { goodFailover, MYSQLD_KILLED } from "../../harness/testing/stories.ts";
import { fails } from "../../harness/scenario/index.ts";
import { movedRun, reportedRun, stuckRun } from "../testing/runs.ts";
import { failoverAnswer, faultsInWords, outageAnswer, zeroOf } from "./answers.ts";
import { lostAnswer, sentence } from "./answers-safety.ts";
import { timeWent } from "./time-went.ts";

describe("how long clients were out", () => {
  it("is not at all when every operation came back well", () => {
    const calm = history().settled().holds("db1", 0.5).traffic("db1", 1, 3.8).collected(4).events();
    expect(outageAnswer(reportedRun(calm))).toMatchObject({ big: "Not at all", tone: "good" });
  });

  it("is not called nothing when some operations failed in between", () => {
    const some = history()
      .settled()
      .holds("db1", 0.5)
      .traffic("db1", 1, 2)
      .write(2.05, { outcome: "failed" })
      .write(2.06, { outcome: "indeterminate" })
      .traffic("db1", 2.1, 3.8)
      .collected(4)
      .events();
    expect(outageAnswer(reportedRun(some))).toMatchObject({
      big: "In part: 2 failures",
      tone: "warn",
    });
  });
});

describe("whether it failed over", () => {
  it("does not say that the VIP stayed when it was gone in between", () => {
    const events = history()
      .settled()
      .holds("db1", 0.5, 2.5)
      .traffic("db1", 1, 2)
      .fault(MYSQLD_KILLED, 2)
      .holds("db1", 4)
      .traffic("db1", 4.1, 5)
      .collected(6)
      .events();
    const { big, words } = failoverAnswer(reportedRun(events));
    expect(big).toBe("No: the VIP left db1 and came back");
    expect(words.join(" ")).toContain("For 1.500 s it was on no node");
    expect(failoverAnswer(stuckRun()).big).toBe("No: the VIP stayed on db1");
  });
});

describe("what times count from", () => {
  it("is the fault that moved the VIP, and it is named where there are several", () => {
    const events = goodFailover()
      .fault({ kind: "vrrp-blocked", node: { role: "standby" }, direction: "in" }, 1.5, {
        step: "lag",
        node: "db2",
      })
      .collected(8)
      .events();
    const run = reportedRun(events);
    expect(zeroOf(run)).toEqual({ tUs: 2_000_000, words: '"kill -9 mysqld on db1"' });
    expect(faultsInWords(run)).toMatch(/^block VRRP in on db2, then kill -9 mysqld on db1$/);
    expect(zeroOf(movedRun()).words).toBe("the fault");
  });
});

describe("where the time went", () => {
  it("adds up to the time until the first write", () => {
    const run = movedRun();
    const went = timeWent(run);
    const { failover } = run.result;
    const wholeUs = (failover?.stages["first-write"]?.tUs ?? 0) - (failover?.faultUs ?? 0);
    expect(went?.shares.reduce((sum, share) => sum + share.lastsUs, 0)).toBe(wholeUs);
    expect(went?.totalUs).toBe(wholeUs);
    expect(went?.shares.every((share) => share.lastsUs >= 0)).toBe(true);
  });

  it("of a VIP that stayed is the fault, and what came after its end", () => {
    const went = timeWent(stuckRun());
    expect(went?.of).toBe("from the fault to the end of the load");
    expect(went?.shares.map((share) => share.kind)[0]).toMatch(/fault-lasts|unhealed/);
    expect(went?.shares.reduce((sum, share) => sum + share.lastsUs, 0)).toBe(went?.totalUs);
  });
});

describe("whether anything was lost", () => {
  it("is said with how many, and at the very top", () => {
    const events = goodFailover().traffic("db2", 7, 9.3).collected(9.5).events();
    const copies = events.filter((event) => event.kind !== "copy");
    const kept = events.flatMap((event) =>
      event.kind === "copy" ? [{ ...event, rows: event.rows.slice(0, 1) }] : [],
    );
    const answer = lostAnswer(reportedRun([...copies, ...kept]));
    expect(answer.big).toMatch(/^YES: \d+ writes$/);
    expect(answer.alarm).toMatch(/^\d+ writes that clients were told were done are lost/);
  });

  it("does not pass over reads that went back in time", () => {
    const run = movedRun({ expect: [fails("no-stale-read", "the replica lags")] });
    const [result] = run.result.expectations;
    if (result === undefined) throw new Error("one expectation");
    const stale = { ...result, finding: { ...result.finding, verdict: "fail" as const } };
    const answer = lostAnswer({ ...run, result: { ...run.result, expectations: [stale] } });
    expect(answer.tone).toBe("warn");
    expect(answer.words.join(" ")).toContain("reads came back that lacked");
  });
});

describe("reasons as sentences", () => {
  it("begin as they should, but for names", () => {
    expect(sentence("nobody held it")).toBe("Nobody held it.");
    expect(sentence("db1 and db2 held it.")).toBe("db1 and db2 held it.");
    expect(sentence("mysqld is down")).toBe("mysqld is down.");
    expect(sentence(MYSQLD_KILLED.kind)).toBe("mysqld-killed.");
  });
});
