import { describe, expect, it } from "vitest";
import { lvsPair, settledLvs, tableOf } from "../../harness/check/testing/lvs.ts";
import { milliseconds } from "../../harness/core/time.ts";
import { history } from "../../harness/testing/history.ts";
import { goodFailover, MYSQLD_KILLED } from "../../harness/testing/stories.ts";
import { defaultWorkload, fails } from "../../harness/scenario/index.ts";
import { movedRun, reportedRun, stuckRun } from "../testing/runs.ts";
import { failoverAnswer, faultsInWords, outageAnswer, zeroOf } from "./answers.ts";
import { lostAnswer, sentence } from "./answers-safety.ts";
import type { ReportedRun } from "../reported.ts";
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
      big: "In part: 2 of 54 operations failed",
      tone: "warn",
    });
  });
});

describe("service in part", () => {
  /** A third of the writes fails for 6 s, and there is a pause of 0.3 s in that time. */
  const third = (pauseFailures: number): ReportedRun => {
    const story = history().settled().holds("db1", 0.5).fault(MYSQLD_KILLED, 2, { node: "db2" });
    for (let at = 1; at < 12.95; at += 0.1) {
      if (at > 4.02 && at < 4.28) continue;
      const hit = at > 2.05 && at < 8 && Math.round(at * 10) % 3 === 0;
      story.write(at, hit ? { outcome: "failed" } : {});
    }
    for (let index = 0; index < pauseFailures; index += 1) {
      story.write(4.1 + index / 1000, { outcome: "failed" });
    }
    return reportedRun(story.collected(13).events(), {
      scenario: { workload: { ...defaultWorkload, cadenceUs: milliseconds(20) } },
    });
  };

  it("is said before a short spell, with the time in which it was", () => {
    const { big, words } = outageAnswer(third(0));
    expect(big).toMatch(/^In part: (\d+) of \d+ operations failed$/);
    expect(words[0]).toMatch(/^This was from \+0\.\d+ s to \+5\.\d+ s \(5\.\d+ s, 3\d\.\d %/);
    expect(words.join(" ")).toContain("The longest time without any service was 0.");
  });

  it("comes after a spell that hit more", () => {
    const { big, words } = outageAnswer(third(90));
    expect(big).toMatch(/^0\.\d+ s$/);
    expect(words.at(-1)).toMatch(/^Apart from that \d+ operations failed\. This was from/);
  });
});

describe("behind directors", () => {
  it("the failover is a real server that leaves the table and comes back", () => {
    const full = tableOf({ db1: 2, db2: 1 });
    const events = settledLvs(40, full)
      .fault({ kind: "mysqld-killed", node: { name: "db1" } }, "db1", 20)
      .table("lvs1", 21, tableOf({ db2: 1 }))
      .table("lvs2", 22, tableOf({ db1: 0, db2: 1 }))
      .table("lvs1", 28, full)
      .events();
    const answer = failoverAnswer(reportedRun(events, { record: { topology: lvsPair() } }));
    expect(answer.big).toBe("db1 was taken out after 1.000 s, and is back");
    expect(answer.words[0]).toBe(
      "db1 was taken out of the table of lvs1, the director that had the VIP, at +1.000 s, and put back at +8.000 s; " +
        "db1 was taken out of the table of lvs2, a director that had not the VIP, at +2.000 s, and not put back (counted from the fault).",
    );
    expect(answer.words[1]).toContain("stayed on the director lvs1");
    const went = timeWent(reportedRun(events, { record: { topology: lvsPair() } }));
    expect(went).toMatchObject({ totalUs: 1_000_000, shares: [{ label: "taken out" }] });
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

describe("how the other node took over", () => {
  it("is not told as time that clients waited when they wrote to the old holder", () => {
    const events = history()
      .settled()
      .holds("db1", 0.5)
      .advert("db1", 1, 101)
      .traffic("db1", 1, 9)
      .fault({ kind: "vrrp-blocked", node: { role: "holder" }, direction: "out" }, 2)
      .advert("db2", 5, 99)
      .holds("db2", 5)
      .announces("db2", 5.001)
      .write(6.05, { node: "db2" })
      .collected(10)
      .events();
    const went = timeWent(reportedRun(events));
    expect(went?.heading).toBe("How the other node took over");
    expect(went?.of).toContain("by db2; nobody waited for it: clients wrote to db1");
    expect(went?.shares.at(-1)?.means).toBe("until db2 acknowledged its first write");
    expect(timeWent(movedRun())?.heading).toBe("Where did the time go?");
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
