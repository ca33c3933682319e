import { expect, it } from "vitest";
import { renderJson } from "./json.ts";
import { brokenRun, movedRun, skippedRun, stuckRun, voidRun } from "./testing/runs.ts";

it("is one document with everything a program needs of a run", () => {
  expect(JSON.parse(renderJson([movedRun({ expect: [] })]))).toMatchInlineSnapshot(`
    {
      "distributions": [
        {
          "backend": "docker",
          "image": "trixie",
          "judged": 1,
          "moved": 1,
          "outageUs": {
            "max": 1800000,
            "min": 1800000,
            "n": 1,
            "p50": 1800000,
            "p95": 1800000,
          },
          "predicted": {
            "formula": "U(0, I) + s + skew(99)",
            "maxUs": 3372281,
            "minUs": 602281,
          },
          "runs": 1,
          "scenario": "dual-script/mysqld-killed",
          "simulated": false,
          "stagesAtUs": {
            "address": {
              "max": 1613500,
              "min": 1613500,
              "n": 1,
              "p50": 1613500,
              "p95": 1613500,
            },
            "detect": {
              "max": 1000000,
              "min": 1000000,
              "n": 1,
              "p50": 1000000,
              "p95": 1000000,
            },
            "elect": {
              "max": 1613000,
              "min": 1613000,
              "n": 1,
              "p50": 1613000,
              "p95": 1613000,
            },
            "first-read": {
              "max": 1680000,
              "min": 1680000,
              "n": 1,
              "p50": 1680000,
              "p95": 1680000,
            },
            "first-write": {
              "max": 1720000,
              "min": 1720000,
              "n": 1,
              "p50": 1720000,
              "p95": 1720000,
            },
            "garp": {
              "max": 1614000,
              "min": 1614000,
              "n": 1,
              "p50": 1614000,
              "p95": 1614000,
            },
            "tcp-answer": {
              "max": 1650000,
              "min": 1650000,
              "n": 1,
              "p50": 1650000,
              "p95": 1650000,
            },
          },
          "totalUs": {
            "max": 1720000,
            "min": 1720000,
            "n": 1,
            "p50": 1720000,
            "p95": 1720000,
          },
          "unexpected": 0,
          "violations": [],
        },
      ],
      "format": "vipdrill-report",
      "runs": [
        {
          "backend": "docker",
          "failover": {
            "fault": "mysqld-killed",
            "faultTookUs": 10000,
            "faultUs": 2000000,
            "from": "db1",
            "noticedBy": "goodbye",
            "oldHolder": {
              "addressGone": {
                "atUs": 1001000,
                "event": 72,
              },
              "lastAnswer": {
                "atUs": -100000,
                "event": 58,
              },
              "lastWrite": {
                "atUs": -80000,
                "event": 62,
              },
            },
            "outage": {
              "durationUs": 1800000,
              "firstOk": {
                "atUs": 1720000,
                "event": 83,
              },
              "lastOk": {
                "atUs": -80000,
                "event": 62,
              },
              "resolutionUs": 20000,
            },
            "stages": {
              "address": {
                "atUs": 1613500,
                "event": 74,
                "resolutionUs": 500,
                "stepUs": 500,
              },
              "detect": {
                "atUs": 1000000,
                "event": 71,
                "resolutionUs": 1,
                "stepUs": 1000000,
              },
              "elect": {
                "atUs": 1613000,
                "event": 73,
                "resolutionUs": 1,
                "stepUs": 613000,
              },
              "first-read": {
                "atUs": 1680000,
                "event": 79,
                "resolutionUs": 20000,
                "stepUs": 30000,
              },
              "first-write": {
                "atUs": 1720000,
                "event": 83,
                "resolutionUs": 20000,
                "stepUs": 40000,
              },
              "garp": {
                "atUs": 1614000,
                "event": 75,
                "resolutionUs": 1,
                "stepUs": 500,
              },
              "tcp-answer": {
                "atUs": 1650000,
                "event": 77,
                "resolutionUs": 20000,
                "stepUs": 36000,
              },
            },
            "step": "fault",
            "to": "db2",
            "vip": "198.18.7.100",
            "witnessGapUs": 500,
          },
          "findings": [
            {
              "checker": "settled",
              "declared": "pass",
              "evidence": [
                14,
                15,
              ],
              "facts": {},
              "reason": "one holder, replication running on every edge, multicast passing",
              "role": "precondition",
              "standing": "fine",
              "verdict": "pass",
            },
            {
              "checker": "fault-confirmed",
              "declared": "pass",
              "evidence": [
                66,
                173,
              ],
              "facts": {},
              "reason": "2 receipts, all confirmed",
              "role": "precondition",
              "standing": "fine",
              "verdict": "pass",
            },
            {
              "checker": "enough-activity",
              "declared": "pass",
              "evidence": [],
              "facts": {
                "reads": 67,
                "writes": 65,
              },
              "reason": "65 writes and 67 reads acknowledged",
              "role": "precondition",
              "standing": "fine",
              "verdict": "pass",
            },
            {
              "checker": "observation-complete",
              "declared": "pass",
              "evidence": [],
              "facts": {},
              "reason": "all observers watched to the end; final addresses agree",
              "role": "precondition",
              "standing": "fine",
              "verdict": "pass",
            },
            {
              "checker": "clock-steady",
              "declared": "pass",
              "evidence": [],
              "facts": {
                "spreadUs": 40,
              },
              "reason": "wall and monotonic clock agree within 40 µs",
              "role": "precondition",
              "standing": "fine",
              "verdict": "pass",
            },
            {
              "checker": "witnesses-agree",
              "declared": "pass",
              "evidence": [
                74,
              ],
              "facts": {
                "moves": 1,
                "worstUs": 500,
              },
              "reason": "netlink and packets agree within 0.5 ms on 1 move",
              "role": "precondition",
              "standing": "fine",
              "verdict": "pass",
            },
          ],
          "image": "trixie",
          "kept": false,
          "outcome": "as-expected",
          "path": "runs/one",
          "predicted": {
            "formula": "U(0, I) + s + skew(99)",
            "maxUs": 3372281,
            "minUs": 602281,
          },
          "reason": "every verdict is what the scenario declares",
          "replay": "./vipdrill replay runs/one",
          "runId": "0badcafe",
          "scenario": "dual-script/mysqld-killed",
          "seed": 81273,
          "simulated": false,
          "startedAt": "2026-11-21T06:30:01.000Z",
          "story": "VIP db1 -> db2 after 1.613 s, clients without writes for 1.800 s",
          "title": "mysqld is killed on the holder",
          "versions": {
            "db1 keepalived": "2.3.4",
            "db2 keepalived": "2.3.4",
          },
          "withoutWrites": {
            "untilEnd": false,
            "us": 1800000,
          },
        },
      ],
      "version": 1,
    }
  `);
});

it("keeps its keys in order, whatever order they came in", () => {
  const run = movedRun({ record: { versions: { b: "2", a: "1" } } });
  const turned = movedRun({ record: { versions: { a: "1", b: "2" } } });
  expect(renderJson([run])).toBe(renderJson([turned]));
});

it("holds runs of every outcome", () => {
  const runs = [movedRun(), stuckRun(), voidRun(), brokenRun(), skippedRun()];
  const document = JSON.parse(renderJson(runs)) as {
    runs: { outcome: string; failover?: object; error?: { code: string }; skipped?: string[] }[];
  };
  expect(document.runs.map((run) => run.outcome)).toEqual([
    "as-expected",
    "unexpected",
    "inconclusive",
    "error",
    "skipped",
  ]);
  expect(document.runs.map((run) => run.failover !== undefined)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(document.runs[3]?.error?.code).toBe("ENGINE_UNREACHABLE");
  expect(document.runs[4]?.skipped).toEqual(["packet-filter is not to be had here"]);
});

it("says that runs are missing", () => {
  const cutShort = { planned: 80, missing: 31, by: "interrupt" } as const;
  expect(JSON.parse(renderJson([], cutShort))).toMatchObject({ cutShort });
  expect(renderJson([])).not.toContain("cutShort");
});

it("is a valid document without runs", () => {
  expect(JSON.parse(renderJson([]))).toEqual({
    format: "vipdrill-report",
    version: 1,
    runs: [],
    distributions: [],
  });
});
