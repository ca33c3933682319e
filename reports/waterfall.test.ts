import { expect, it } from "vitest";
import { history } from "../harness/testing/history.ts";
import { MYSQLD_KILLED } from "../harness/testing/stories.ts";
import { movedRun, reportedRun, stuckRun } from "./testing/runs.ts";
import { waterfallOf } from "./waterfall.ts";

it("takes a failover apart", () => {
  expect(waterfallOf(movedRun())).toMatchInlineSnapshot(`
    {
      "fault": "kill -9 mysqld on db1",
      "faultEvent": 64,
      "faultTookUs": 10000,
      "from": "db1",
      "notes": [
        "The fault took 10.0 ms to inject; times count from its start.",
        "Packets are stamped by the kernel, addresses by their watcher, all on one clock. Here kernel and packets agree within 0.5 ms.",
        "Clients try once every 20 ms: their figures are good to that. Each mysqld is asked every 100 ms.",
      ],
      "oldHolder": [
        {
          "atUs": 1001000,
          "event": 72,
          "label": "address gone",
        },
        {
          "atUs": -100000,
          "event": 58,
          "label": "last TCP answer",
        },
        {
          "atUs": -80000,
          "event": 62,
          "label": "last acknowledged write",
        },
      ],
      "outage": {
        "durationUs": 1800000,
        "firstOkUs": 1720000,
        "lastOkUs": -80000,
        "resolutionUs": 20000,
      },
      "predicted": {
        "formula": "U(0, I) + s + skew(99)",
        "inside": true,
        "legend": [
          "I = interval of chk_mysql_port, 2.000 s",
          "s = chk_mysql_port up to its act, 0.009 s by the model of its commands",
          "skew(99) = (256 - 99)/256 s = 0.613 s",
          "the machine is allowed 0.020 s before and 0.750 s after",
        ],
        "maxUs": 3372281,
        "minUs": 602281,
        "movedUs": 1613500,
      },
      "rows": [
        {
          "atUs": 1000000,
          "event": 71,
          "label": "failure noticed",
          "proof": "db1 said goodbye (VRRP advert with priority 0)",
          "resolutionUs": 1,
          "stage": "detect",
          "stepUs": 1000000,
        },
        {
          "atUs": 1613000,
          "event": 73,
          "label": "new master elected",
          "proof": "first VRRP advert of db2, priority 99",
          "resolutionUs": 1,
          "stage": "elect",
          "stepUs": 613000,
        },
        {
          "atUs": 1613500,
          "event": 74,
          "label": "VIP added",
          "proof": "kernel of db2: 198.18.7.100 added to eth0",
          "resolutionUs": 500,
          "stage": "address",
          "stepUs": 500,
        },
        {
          "atUs": 1614000,
          "event": 75,
          "label": "first gratuitous ARP",
          "proof": "ARP packet from db2",
          "resolutionUs": 1,
          "stage": "garp",
          "stepUs": 500,
        },
        {
          "atUs": 1650000,
          "event": 77,
          "label": "first TCP answer",
          "proof": "db2 answered a client's connection",
          "resolutionUs": 20000,
          "stage": "tcp-answer",
          "stepUs": 36000,
        },
        {
          "atUs": 1680000,
          "event": 79,
          "label": "first read answered",
          "proof": "client, new connection, answered by db2",
          "resolutionUs": 20000,
          "stage": "first-read",
          "stepUs": 30000,
        },
        {
          "atUs": 1720000,
          "event": 83,
          "label": "first write acknowledged",
          "proof": "client, new connection, committed on db2",
          "resolutionUs": 20000,
          "stage": "first-write",
          "stepUs": 40000,
        },
      ],
      "to": "db2",
      "vip": "198.18.7.100",
    }
  `);
});

it("says not seen, never zero, for a stage without evidence", () => {
  const events = history()
    .settled()
    .holds("db1", 0.5)
    .fault(MYSQLD_KILLED, 2)
    .holds("db2", 3.5)
    .events();
  const rows = waterfallOf(reportedRun(events))?.rows ?? [];
  expect(rows.map((row) => [row.stage, row.atUs, row.stepUs, row.proof])).toEqual([
    ["detect", undefined, undefined, "not seen"],
    ["elect", undefined, undefined, "not seen"],
    ["address", 1_500_000, 1_500_000, "kernel of db2: 198.18.7.100 added to eth0"],
    ["garp", undefined, undefined, "not seen"],
    ["tcp-answer", undefined, undefined, "not seen"],
    ["first-read", undefined, undefined, "not seen"],
    ["first-write", undefined, undefined, "not seen"],
  ]);
});

it("has nothing to say when the VIP did not move", () => {
  expect(waterfallOf(stuckRun())).toBeUndefined();
});

it("does not claim to have measured what was simulated", () => {
  const notes = waterfallOf(movedRun({ record: { simulated: true, backend: "sim" } }))?.notes;
  expect(notes?.[0]).toBe("Simulated: these times were computed, not measured.");
});

it("adds the steps up to the whole", () => {
  const rows = waterfallOf(movedRun())?.rows ?? [];
  const sum = rows.reduce((total, row) => total + (row.stepUs ?? 0), 0);
  expect(sum).toBe(rows.at(-1)?.atUs);
});
