import { describe, expect, test } from "vitest";
import { seconds } from "../core/time.ts";
import type { Event, MonitorEvent } from "../history/events.ts";
import { history, type HistoryBuilder } from "../testing/history.ts";
import { judge, said } from "../testing/judging.ts";
import { resolvedPair } from "../testing/topology.ts";

const NAME = "vip-conflict";
const topology = {
  ...resolvedPair(),
  monitors: [{ name: NAME, everyUs: seconds(1), script: "true" }],
};
const QUESTION = { topology, settings: { monitor: NAME, withinMs: 3000 } };

const run = (endedSeconds: number, exitCode: number): MonitorEvent => ({
  kind: "monitor",
  monitor: NAME,
  exitCode,
  output: "",
  beganUs: seconds(endedSeconds - 1),
});

/** Runs that end every second from 2 s to 11 s; those named raise an alarm. */
function drill(alarms: readonly number[], build: (h: HistoryBuilder) => HistoryBuilder): Event[] {
  const begun = build(history().settled());
  for (let at = 2; at <= 11; at += 1) begun.add(at, run(at, alarms.includes(at) ? 1 : 0));
  return begun.collected(12).events();
}

const oneHolder = (h: HistoryBuilder): HistoryBuilder => h.holds("db1", 0.5);
const splitFrom5To8 = (h: HistoryBuilder): HistoryBuilder => h.holds("db1", 0.5).holds("db2", 5, 8);

describe("split-brain-noticed", () => {
  test("passes when the alarm comes in time, and ends with a run that began before the end", () => {
    const events = drill([6, 7, 8, 9], splitFrom5To8);
    expect(said("split-brain-noticed", events, QUESTION)).toBe(
      "pass: the alarm came 1.000 s after two hosts had the VIP; none was false",
    );
    expect(judge("split-brain-noticed", events, QUESTION).facts).toMatchObject({
      runs: 10,
      alarms: 4,
      falseAlarms: 0,
      splits: [{ noticedAfterUs: seconds(1) }],
    });
  });

  test("passes when there was nothing to notice", () => {
    expect(said("split-brain-noticed", drill([], oneHolder), QUESTION)).toBe(
      "pass: 10 runs of the monitor, no alarm; one host at a time had the VIP",
    );
  });

  test("demands nothing of a span shorter than the period, and allows an alarm then", () => {
    const short = (h: HistoryBuilder): HistoryBuilder => h.holds("db1", 0.5).holds("db2", 5, 5.6);
    expect(judge("split-brain-noticed", drill([], short), QUESTION).verdict).toBe("pass");
    expect(judge("split-brain-noticed", drill([6], short), QUESTION).verdict).toBe("pass");
  });

  test("takes a foreign host that claims the VIP for a second one", () => {
    const answer = {
      kind: "arp",
      seenAt: "segment",
      operation: "reply",
      gratuitous: false,
      senderMac: "02:42:c6:12:07:fb",
      senderAddress: "198.18.7.100",
      targetAddress: "198.18.7.250",
    } as const;
    const foreign = (h: HistoryBuilder): HistoryBuilder =>
      oneHolder(h).add(5, answer).add(8, answer);
    expect(judge("split-brain-noticed", drill([6, 7, 8], foreign), QUESTION).verdict).toBe("pass");
    expect(judge("split-brain-noticed", drill([], foreign), QUESTION).verdict).toBe("fail");
  });

  test("says nothing of an alarm while nobody has the VIP", () => {
    const away = (h: HistoryBuilder): HistoryBuilder => h.holds("db1", 0.5, 5).holds("db2", 7);
    expect(judge("split-brain-noticed", drill([6, 7], away), QUESTION).verdict).toBe("pass");
  });

  test.each<[string, readonly number[], (h: HistoryBuilder) => HistoryBuilder, string]>([
    [
      "no alarm",
      [],
      splitFrom5To8,
      "fail: two hosts had the VIP from 5.000 s to 8.000 s, and the monitor raised no alarm in 5 runs; 3.000 s is allowed",
    ],
    [
      "an alarm that comes too late",
      [9],
      splitFrom5To8,
      "fail: two hosts had the VIP from 5.000 s to 8.000 s, and the monitor raised its alarm after 4.000 s; 3.000 s is allowed",
    ],
    [
      "an alarm while one node has it",
      [4],
      oneHolder,
      "fail: the monitor raised an alarm at 4.000 s (exit code 1), while one host had the VIP",
    ],
    [
      "an alarm that goes on after the split",
      [6, 7, 8, 9, 10],
      splitFrom5To8,
      "fail: the monitor raised an alarm at 10.000 s (exit code 1), while one host had the VIP",
    ],
  ])("fails for %s", (_what, alarms, build, reason) => {
    expect(said("split-brain-noticed", drill(alarms, build), QUESTION)).toBe(reason);
  });

  test("is inconclusive when it cannot know", () => {
    const events = drill([6], splitFrom5To8);
    const without = events.filter((event) => event.kind !== "monitor");
    expect(said("split-brain-noticed", without, QUESTION)).toMatch(
      /^inconclusive: monitor .* did not run/,
    );
    expect(said("split-brain-noticed", events, { topology })).toMatch(
      /^inconclusive: it is not said/,
    );
    expect(said("split-brain-noticed", events, { settings: { monitor: NAME } })).toMatch(
      /^inconclusive: the topology has no monitor/,
    );
    const atTheEnd = drill([], (h) => h.holds("db1", 0.5).holds("db2", 9.5));
    expect(said("split-brain-noticed", atTheEnd, QUESTION)).toMatch(/too near the end to tell$/);
    const lost = history().settled().holds("db1", 0.5).add(2, run(2, 0));
    lost.add(3, { kind: "observer", observer: "monitors", state: "lost" });
    expect(judge("split-brain-noticed", lost.collected(12).events(), QUESTION).verdict).toBe(
      "inconclusive",
    );
  });
});
