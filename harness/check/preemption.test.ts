import { describe, expect, it } from "vitest";
import { dualScript } from "../../scenarios/shared/dual-script.ts";
import type { PlainFault } from "../fault/fault.ts";
import { history, type HistoryBuilder } from "../testing/history.ts";
import { judge, said } from "../testing/judging.ts";
import { MYSQLD_KILLED } from "../testing/stories.ts";
import { VRID } from "../testing/topology.ts";
import { resolveTopology, type ResolvedTopology } from "../topology/resolve.ts";

const NAME = "preemption";
const STOPPED: PlainFault = { kind: "keepalived-stopped", node: { role: "holder" } };

/** Both BACKUP, 101 and 99, with nopreempt: the VIP stays where it is. */
const STAYING: ResolvedTopology = resolveTopology(
  dualScript({
    roles: [
      { state: "BACKUP", priority: 101, nopreempt: true },
      { state: "BACKUP", priority: 99, nopreempt: true },
    ],
  }),
  { subnetPrefix: "198.18.7", prefixLength: 24, vrids: [VRID] },
);

/** keepalived of db1 is stopped at 2 s, db2 has the VIP from 2.6 s; at 5 s it is started again. */
const recovered = (): HistoryBuilder =>
  history()
    .settled()
    .holds("db1", 0.5, 2)
    .fault(STOPPED, 1.99)
    .log("db1", 2, "Stopped - used (self/children) 0.004497/0.025124 user time")
    .fault(STOPPED, 5, { action: "heal" })
    .log("db1", 5.03, "(VI_1) Entering BACKUP STATE (init)");

const stays = (): HistoryBuilder => recovered().holds("db2", 2.6);
const goesHome = (atSeconds: number): HistoryBuilder =>
  recovered().holds("db2", 2.6, atSeconds).holds("db1", atSeconds);

describe("preemption", () => {
  it("passes when the VIP goes back in time to a node that preempts", () => {
    const { verdict, reason, facts } = judge(NAME, goesHome(8.7).phase("collect", 12).events());
    expect(`${verdict}: ${reason}`).toMatch(
      /^pass: the VIP went back to db1 3\.670 s after it was well again; the timers allow \d\.\d{3} s$/,
    );
    expect(facts).toMatchObject({
      node: "db1",
      expected: "returns",
      seen: "returned",
      afterUs: 3_670_000,
    });
  });

  it("passes when the VIP stays away from a node that does not", () => {
    const events = stays().phase("collect", 12).events();
    expect(said(NAME, events, { topology: STAYING })).toBe(
      "pass: the VIP did not go back to db1 in the 6.970 s after it was well again",
    );
  });

  it("fails the other way round, both ways", () => {
    expect(said(NAME, stays().phase("collect", 20).events())).toMatch(
      /^fail: the VIP did not go back to db1 in the 14\.970 s after it was well again; the timers allow/,
    );
    expect(said(NAME, goesHome(8.7).phase("collect", 12).events(), { topology: STAYING })).toBe(
      "fail: the VIP went back to db1 3.670 s after it was well again; it was to stay where it was",
    );
  });

  it("lets the scenario say what is expected", () => {
    const settings = { expect: "stays" };
    expect(judge(NAME, stays().phase("collect", 20).events(), { settings }).verdict).toBe("pass");
    expect(judge(NAME, goesHome(8.7).phase("collect", 12).events(), { settings }).verdict).toBe(
      "fail",
    );
  });

  it("fails when the VIP takes longer than the timers allow, noise apart", () => {
    const late = (): HistoryBuilder => goesHome(16).phase("collect", 19);
    const { verdict, facts } = judge(NAME, late().events());
    expect(verdict).toBe("fail");
    const missedMs = (Number(facts["afterUs"]) - Number(facts["allowedUs"])) / 1000;
    expect(
      judge(
        NAME,
        late()
          .late(9, missedMs - 1)
          .events(),
      ).verdict,
    ).toBe("fail");
    expect(judge(NAME, late().late(9, missedMs).events()).verdict).toBe("inconclusive");
  });

  it("takes a move away from a fault on the other node for a failover, not for a return", () => {
    const builder = goesHome(13.6)
      .fault(STOPPED, 13, { step: "second", node: "db2" })
      .phase("collect", 16);
    expect(said(NAME, builder.events(), { topology: STAYING })).toBe(
      "pass: the VIP did not go back to db1 in the 7.970 s after it was well again",
    );
  });

  it("counts from the last thing that was done, and waits until one node has it alone", () => {
    // Both are masters while VRRP is blocked; lifted at 15 s, the higher priority keeps the VIP.
    const blocked: PlainFault = {
      kind: "vrrp-blocked",
      node: { role: "holder" },
      direction: "both",
    };
    const events = recovered()
      .fault(blocked, 11, { step: "block", node: "db2" })
      .holds("db1", 14.6)
      .fault(blocked, 15.99, { step: "block", node: "db2", action: "heal" })
      .holds("db2", 2.6, 16.4)
      .phase("collect", 20)
      .events();
    expect(said(NAME, events, { topology: STAYING })).toBe(
      "fail: the VIP went back to db1 0.400 s after it was well again; it was to stay where it was",
    );
  });

  it("is inconclusive when the VIP never moved", () => {
    const events = history().settled().holds("db1", 0).phase("collect", 9).events();
    expect(said(NAME, events)).toBe("inconclusive: the VIP did not leave db1");
  });

  it("is inconclusive when the node did not come back, or was stopped again", () => {
    const gone = "inconclusive: db1 did not come back: its keepalived was not seen to run again";
    const stopped = stays().log("db1", 5.1, "Stopping").phase("collect", 20);
    const never = history()
      .settled()
      .holds("db1", 0.5, 2)
      .fault(STOPPED, 1.99)
      .log("db1", 2, "Stopping")
      .holds("db2", 2.6)
      .phase("collect", 20);
    expect([said(NAME, stopped.events()), said(NAME, never.events())]).toEqual([gone, gone]);
  });

  it("does not take the end of another program for that of keepalived", () => {
    const stopped = { kind: "log", node: "db1", text: "Stopping" } as const;
    const events = stays()
      .add(6, { ...stopped, program: "Keepalived_healthcheckers" })
      .add(7, { ...stopped, program: "notify" })
      .phase("collect", 20)
      .events();
    expect(judge(NAME, events, { topology: STAYING }).verdict).toBe("pass");
  });

  it("is inconclusive while a fault on the node is not healed", () => {
    const events = history()
      .settled()
      .holds("db1", 0.5, 2)
      .fault(MYSQLD_KILLED, 1.9)
      .log("db1", 2, "(VI_1) Entering BACKUP STATE")
      .holds("db2", 2.6)
      .phase("collect", 30)
      .events();
    expect(said(NAME, events)).toBe(
      "inconclusive: db1 did not come back: step fault was not healed",
    );
  });

  it("is inconclusive when nobody waited long enough", () => {
    const events = stays().phase("collect", 6).events();
    expect(said(NAME, events, { topology: STAYING })).toMatch(
      /^inconclusive: db1 was watched for 0\.970 s after it was well again, and \d\.\d{3} s may pass/,
    );
  });

  it("does not know a third word", () => {
    const settings = { expect: "perhaps" };
    expect(() => judge(NAME, goesHome(8.7).events(), { settings })).toThrow(/returns or stays/);
  });
});
