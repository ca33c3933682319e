import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Event } from "../history/events.ts";
import { fails, passes, type Expectation } from "../scenario/scenario.ts";
import type { HistoryBuilder } from "../testing/history.ts";
import { runRecord, scenario } from "../testing/record.ts";
import { goodFailover, MYSQLD_KILLED } from "../testing/stories.ts";
import { mysqldKilledRun } from "../testing/stored-run.ts";
import { judgeRun, type RunResult } from "./judge.ts";
import { createRunDirectory, readRun } from "./store.ts";

/** Every precondition holds, and so does every checker whose gap or spell is allowed. */
const good = (): HistoryBuilder => goodFailover().traffic("db2", 7.2, 9.9).traffic("db2", 10, 12);
const GOOD = good().collected(13).events();
/** db1 never gave the VIP up. */
const SPLIT = good()
  .collected(13)
  .events()
  .filter((event) => event.kind !== "address" || event.action !== "removed")
  .map((event) =>
    event.kind === "address-dump" && event.node === "db1"
      ? { ...event, addresses: [...event.addresses, "198.18.7.100"] }
      : event,
  );

const judged = (
  expect: readonly Expectation[],
  events: readonly Event[],
  canary?: { mustComeOut: "unexpected" | "inconclusive"; caughtBy: string },
): RunResult =>
  judgeRun(
    runRecord({ scenario: scenario({ expect, ...(canary === undefined ? {} : { canary }) }) }),
    events,
  );

const brief = ({ outcome, reason }: RunResult): string => `${outcome} - ${reason}`;

describe("the outcome of a run", () => {
  it("is as expected when every verdict is what the scenario declares", () => {
    const result = judged([passes("single-holder"), passes("failover-within")], GOOD);
    expect(brief(result)).toBe("as-expected - every verdict is what the scenario declares");
  });

  it("is as expected when a declared failure came, with the declared facts", () => {
    const declared = fails("single-holder", "nobody took it off", { ended: false });
    expect(judged([declared], SPLIT).outcome).toBe("as-expected");
  });

  it("is unexpected when a declared failure came with other facts", () => {
    const declared = fails("single-holder", "nobody took it off", { ended: true });
    expect(brief(judged([declared], SPLIT))).toMatch(
      /^unexpected - single-holder says fail with other facts than declared \(ended: declared true, found false\): db1 and db2 held/,
    );
  });

  it("is unexpected when a declared failure did not come", () => {
    expect(brief(judged([fails("single-holder", "it should")], GOOD))).toBe(
      "unexpected - single-holder says pass, declared is fail: no two nodes held the VIP at the same time",
    );
  });

  it("is inconclusive when a precondition does not hold, however bad the rest looks", () => {
    const unsettled = SPLIT.filter((event) => event.kind !== "clock");
    const result = judged([passes("single-holder")], unsettled);
    expect(brief(result)).toBe("inconclusive - clock-steady: no clock readings");
    expect(result.expectations.map(({ finding, met }) => [finding.verdict, met])).toEqual([
      ["fail", false],
    ]);
  });

  it("is inconclusive when an expected checker could not say", () => {
    const uncopied = GOOD.filter((event) => event.kind !== "copy");
    expect(brief(judged([passes("no-lost-write")], uncopied))).toBe(
      "inconclusive - no-lost-write says inconclusive, declared is pass: the table of db1, db2 was not read",
    );
  });

  it("is unexpected when one checker objects and another could not say", () => {
    const uncopied = SPLIT.filter((event) => event.kind !== "copy");
    const result = judged([passes("no-lost-write"), passes("single-holder")], uncopied);
    expect(brief(result)).toMatch(/^unexpected - single-holder says fail, declared is pass/);
  });

  it("is inconclusive when the scenario names a checker that there is not", () => {
    expect(brief(judged([passes("no-such-thing")], GOOD))).toMatch(
      /^inconclusive - .*there is no checker called no-such-thing$/,
    );
  });

  it("is skipped when the backend lacks something, and nothing is judged", () => {
    const record = runRecord({ skipped: ["packet-filter is not to be had here: no nft"] });
    expect(judgeRun(record, [])).toEqual({
      outcome: "skipped",
      reason: "skipped: packet-filter is not to be had here: no nft",
      preconditions: [],
      expectations: [],
    });
  });

  it("is an error when the harness or the world failed, and nothing is judged", () => {
    const error = { code: "NOT_SETTLED", message: "db2 never became a replica", facts: {} };
    const { topology: _none, ...unborn } = runRecord();
    expect([brief(judgeRun(runRecord({ error }), GOOD)), brief(judgeRun(unborn, []))]).toEqual([
      "error - db2 never became a replica",
      "error - the run did not come to its end: it was killed, or its machine was",
    ]);
  });

  it("does not ask for leftovers of a cluster that was kept", () => {
    const record = runRecord({
      kept: true,
      scenario: scenario({ expect: [passes("nothing-leaked"), passes("single-holder")] }),
    });
    const kept = GOOD.filter((event) => event.kind !== "leftovers");
    const { outcome, expectations } = judgeRun(record, kept);
    expect([outcome, expectations.map(({ expectation }) => expectation.checker)]).toEqual([
      "as-expected",
      ["single-holder"],
    ]);
  });
});

describe("a canary", () => {
  const UNEXPECTED = { mustComeOut: "unexpected", caughtBy: "single-holder" } as const;
  const VOID = { mustComeOut: "inconclusive", caughtBy: "fault-confirmed" } as const;

  it("is as expected when it was caught by the checker it names", () => {
    expect(brief(judged([passes("single-holder")], SPLIT, UNEXPECTED))).toMatch(
      /^as-expected - canary caught by single-holder: single-holder says fail/,
    );
  });

  it("is unexpected when nobody objected", () => {
    expect(brief(judged([passes("single-holder")], GOOD, UNEXPECTED))).toBe(
      "unexpected - the canary was not caught: it came out as-expected, objected to by nobody; " +
        "it must come out unexpected by single-holder",
    );
  });

  it("is unexpected when it was caught by another checker than the one it names", () => {
    const result = judged([passes("single-holder"), passes("vip-available")], SPLIT, {
      ...UNEXPECTED,
      caughtBy: "vip-available",
    });
    expect(brief(result)).toMatch(/^unexpected - the canary was not caught: .*by single-holder;/);
  });

  it("is as expected when it had to be void and is, by the precondition it names", () => {
    const refuted = good()
      .fault(MYSQLD_KILLED, 12.1, { step: "second", confirmed: false })
      .collected(13)
      .events();
    expect(brief(judged([passes("single-holder")], refuted, VOID))).toBe(
      "as-expected - canary caught by fault-confirmed: fault-confirmed: " +
        "inject of step second on db1 is not confirmed: it is there",
    );
  });

  it("is unexpected when it came out void and had to come out unexpected", () => {
    const unsettled = SPLIT.filter((event) => event.kind !== "clock");
    expect(judged([passes("single-holder")], unsettled, UNEXPECTED).outcome).toBe("unexpected");
  });
});

describe("judging from disk", () => {
  const out = mkdtempSync(join(tmpdir(), "vipdrill-judge-"));
  afterAll(() => {
    rmSync(out, { recursive: true });
  });

  it("says what judging from memory says", () => {
    const { record, history } = mysqldKilledRun();
    const directory = createRunDirectory(out, "copy");
    directory.writeRecord(record);
    directory.writeHistory(history.header.originEpochUs, history.events);
    const stored = readRun(directory.path);
    expect(judgeRun(stored.record, stored.history.events)).toEqual(
      judgeRun(record, history.events),
    );
  });

  it("says what was said when the run was made", () => {
    const { record, history } = mysqldKilledRun();
    const { outcome, failover, predicted, expectations } = judgeRun(record, history.events);
    expect({
      outcome,
      movedUs: failover!.stages.address!.tUs - failover!.faultUs,
      noticedBy: failover!.noticedBy,
      predicted,
      unmet: expectations.filter(({ met }) => !met),
    }).toEqual({
      outcome: "as-expected",
      movedUs: 2_631_378,
      noticedBy: "goodbye",
      predicted: expect.objectContaining({
        minUs: 602_281,
        maxUs: 3_372_281,
        formula: "U(0, I) + s + skew(99)",
        allowance: { beforeUs: 20_000, afterUs: 750_000 },
      }) as unknown,
      unmet: [],
    });
  });

  it("is deterministic", () => {
    const { record, history } = mysqldKilledRun();
    expect(JSON.stringify(judgeRun(record, history.events))).toBe(
      JSON.stringify(judgeRun(record, history.events)),
    );
  });
});
