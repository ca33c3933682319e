import { expect, it } from "vitest";
import { history } from "../harness/testing/history.ts";
import { KEEPALIVED_KILLED } from "../harness/testing/stories.ts";
import { brokenRun, movedRun, reportedRun, stuckRun, voidRun } from "./testing/runs.ts";
import { timelineOf } from "./timeline.ts";
import type { ReportedRun } from "./reported.ts";

function lines(run: ReportedRun): string[] {
  return timelineOf(run).entries.map(
    (entry) => `${(entry.tUs / 1e6).toFixed(3)} ${entry.lane}: ${entry.text}`,
  );
}

it("tells a failover in order, counted from the fault", () => {
  expect(lines(movedRun())).toMatchInlineSnapshot(`
    [
      "-2.000 run: services start; waiting for a steady state",
      "-1.500 db1: VIP added; first VRRP advert as master, priority 101; announced by gratuitous ARP",
      "-1.400 db2: replication from db1: running, caught up",
      "-1.400 db1: replication from db2: running, caught up",
      "-1.300 db1: mysqld is up, writable",
      "-1.300 db2: mysqld is up, writable",
      "-1.000 run: steady; clients are at work, the drill begins",
      "-0.080 new connections: last acknowledged write by db1, then none for 1.800 s: 1 operation failed",
      "0.000 db1: kill -9 mysqld on db1; confirmed: it is gone",
      "0.050 db1: mysqld is down (seen 100.0 ms late at most)",
      "1.000 db1: says goodbye (VRRP advert with priority 0); VIP removed",
      "1.613 db2: first VRRP advert as master, priority 99; VIP added; announced by gratuitous ARP",
      "1.620 run: step moved: waited for the VIP to be on another node, and only there",
      "1.720 new connections: writes acknowledged again by db2, after 1.800 s",
      "4.000 db1: healed (kill -9 mysqld on db1): the service is started again; confirmed: it is gone",
      "4.500 db1: mysqld is up, writable",
      "7.300 run: the load ends; replication may catch up",
      "7.500 run: tables and addresses are read",
    ]
  `);
});

it("cites events that exist, each once", () => {
  const run = movedRun();
  const cited = timelineOf(run).entries.flatMap((entry) => [entry.seq, ...entry.also]);
  const known = new Set(run.events.map((event) => event.seq));
  expect(cited.filter((seq) => !known.has(seq))).toEqual([]);
});

it("says that writes never came back, and how many operations were lost on the way", () => {
  expect(lines(stuckRun()).find((line) => line.includes("new connections"))).toMatchInlineSnapshot(
    `"-0.080 new connections: last acknowledged write by db1, then none until the load ended, 3.880 s: 1 operation failed, 1 with unknown outcome"`,
  );
});

it("shouts when a fault is not confirmed or left no receipt", () => {
  expect(lines(voidRun()).filter((line) => line.includes("kill"))).toMatchInlineSnapshot(`
    [
      "0.000 db1: kill -9 mysqld on db1; NOT CONFIRMED: it is there",
    ]
  `);
  const events = history().settled().fault(KEEPALIVED_KILLED, 2, { confirmed: "missing" }).events();
  expect(lines(reportedRun(events)).at(-1)).toMatchInlineSnapshot(
    `"0.000 db1: kill -9 all of keepalived on db1; NO RECEIPT"`,
  );
});

it("counts from the begin of the drill when there is no fault, and is empty without events", () => {
  const baseline = timelineOf(reportedRun(history().settled().events()));
  expect([baseline.zero, baseline.zeroUs]).toEqual(["disturb", 1_000_000]);
  expect(timelineOf(brokenRun())).toEqual({ zero: "start", zeroUs: 0, entries: [] });
});

it("tells repeated log lines once and traces of one act together", () => {
  const log = (text: string): Parameters<ReturnType<typeof history>["add"]>[1] => ({
    kind: "log",
    node: "db2",
    program: "Keepalived_vrrp",
    text,
  });
  const refused = "(VI_1) received lower priority (99) advert from 198.18.7.11 - discarding";
  const events = history()
    .settled()
    .add(2, log(refused))
    .add(3, log(refused))
    .add(4, log("(VI_1) removing VIPs."))
    .add(5, log("(VI_1) Entering MASTER STATE"))
    .advert("db2", 5.0005, 99)
    .holds("db2", 5.001)
    .announces("db2", 5.002)
    .announces("db2", 5.003)
    .advert("db2", 6, 99)
    .events();
  const told = lines(reportedRun(events)).filter((line) => line.includes("db2: "));
  expect(told.slice(-2)).toMatchInlineSnapshot(`
    [
      "1.000 db2: keepalived: "received lower priority (99) advert from db1 - discarding" (2 times in 1.000 s)",
      "4.000 db2: keepalived: "Entering MASTER STATE"; first VRRP advert as master, priority 99; VIP added; announced by gratuitous ARP",
    ]
  `);
});

it("tells masters of a split brain once, not with every advert", () => {
  const story = history().settled();
  for (let at = 2; at < 8; at += 1) story.advert("db1", at, 101).advert("db2", at + 0.5, 99);
  const told = lines(reportedRun(story.events())).filter((line) => line.includes("first VRRP"));
  expect(told).toHaveLength(2);
});
