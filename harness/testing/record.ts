/** Run records and scenarios of which a test sets only what matters to it. */
import { RUN_FORMAT, RUN_VERSION, type RunRecord } from "../run/record.ts";
import { defaultWorkload } from "../workload/workload.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { dualScript } from "../../scenarios/shared/dual-script.ts";
import { resolvedPair } from "./topology.ts";

export function scenario(parts: Partial<Scenario> = {}): Scenario {
  return {
    name: "dual-script/example",
    title: "An example",
    why: "Tests need one.",
    topology: dualScript(),
    workload: defaultWorkload,
    warmUpUs: 0,
    disturb: [],
    recover: [],
    expect: [],
    ...parts,
  };
}

export function runRecord(parts: Partial<RunRecord> = {}): RunRecord {
  return {
    format: RUN_FORMAT,
    version: RUN_VERSION,
    runId: "abc123",
    startedAt: "2026-11-21T07:00:14.262Z",
    scenario: scenario(),
    backend: "docker",
    simulated: false,
    seed: 81273,
    image: "sid",
    versions: {},
    schedule: [],
    topology: resolvedPair(),
    kept: false,
    replay: "vipdrill run dual-script/example --seed 81273",
    ...parts,
  };
}
