/** Finished runs for tests of reports: hand-made histories, really judged. */
import type { Fault } from "../../harness/fault/fault.ts";
import type { Event } from "../../harness/history/events.ts";
import { judgeRun } from "../../harness/run/judge.ts";
import { RUN_FORMAT, RUN_VERSION, type RunRecord } from "../../harness/run/record.ts";
import {
  defaultWorkload,
  passes,
  type Expectation,
  type Scenario,
} from "../../harness/scenario/index.ts";
import { history } from "../../harness/testing/history.ts";
import { goodFailover } from "../../harness/testing/stories.ts";
import { resolvedPair } from "../../harness/testing/topology.ts";
import type { ReportedRun } from "../reported.ts";

export interface RunOptions {
  readonly record?: Partial<RunRecord>;
  readonly scenario?: Partial<Scenario>;
  readonly expect?: readonly Expectation[];
  readonly path?: string;
}

function recordOf(options: RunOptions): RunRecord {
  const scenario: Scenario = {
    name: "dual-script/mysqld-killed",
    title: "mysqld is killed on the holder",
    why: "The outage everyone plans for.",
    // Reports look at the addresses that were allotted, in the record, not at what was asked for.
    topology: { name: "dual-script", nodes: [], vips: [], vrids: [], replication: [] },
    workload: defaultWorkload,
    warmUpUs: 0,
    disturb: [],
    recover: [],
    expect: options.expect ?? [passes("failover-within"), passes("no-lost-write")],
    ...options.scenario,
  };
  return {
    format: RUN_FORMAT,
    version: RUN_VERSION,
    runId: "0badcafe",
    startedAt: "2026-11-21T06:30:01.000Z",
    scenario,
    backend: "docker",
    simulated: false,
    seed: 81273,
    image: "trixie",
    versions: { "db2 keepalived": "2.3.4", "db1 keepalived": "2.3.4" },
    schedule: [],
    topology: resolvedPair(),
    kept: false,
    replay: "./vipdrill replay runs/one",
    ...options.record,
  };
}

/** A run with this history, judged as it would be. */
export function reportedRun(events: readonly Event[], options: RunOptions = {}): ReportedRun {
  const record = recordOf(options);
  const path = options.path ?? "runs/one";
  return { record, events, result: judgeRun(record, events), path };
}

/** The VIP moves 1.6135 s after mysqld of db1 was killed. */
export function movedRun(options: RunOptions = {}): ReportedRun {
  return reportedRun(goodFailover().traffic("db2", 7, 9.3).collected(9.5).events(), options);
}

const KILLED: Fault = { kind: "mysqld-killed", node: { role: "holder" } };

/** mysqld of db1 is killed and nothing follows: the VIP stays where nobody answers. */
export function stuckRun(options: RunOptions = {}): ReportedRun {
  const events = history()
    .settled()
    .holds("db1", 0.5)
    .advert("db1", 0.5, 101)
    .advert("db1", 0.5, 101, "db2")
    .traffic("db1", 1, 8)
    .fault(KILLED, 8)
    .write(8.1, { outcome: "failed" })
    .write(8.2, { outcome: "indeterminate" })
    .fault(KILLED, 11.5, { action: "heal" })
    .collected(12)
    .events();
  return reportedRun(events, options);
}

/** The kill was announced and not carried out: the run is void. */
export function voidRun(options: RunOptions = {}): ReportedRun {
  const events = history()
    .settled()
    .holds("db1", 0.5)
    .advert("db1", 0.5, 101, "db2")
    .traffic("db1", 1, 8)
    .fault(KILLED, 8, { confirmed: false })
    .traffic("db1", 8.1, 9)
    .collected(10)
    .events();
  return reportedRun(events, options);
}

/** The engine was not there: an error before any event. */
export function brokenRun(message: string = "no engine answers"): ReportedRun {
  const { topology: _none, ...record } = recordOf({});
  const broken = { ...record, error: { code: "ENGINE_UNREACHABLE", message, facts: {} } };
  return { record: broken, events: [], result: judgeRun(broken, []), path: "runs/broken" };
}

export function skippedRun(): ReportedRun {
  return reportedRun([], { record: { skipped: ["packet-filter is not to be had here"] } });
}
