/** Simulated runs for the browser: a good failover, two holders at once, and one that is very long. */
import { findScenario } from "../../cli/catalogue.ts";
import { seconds } from "../../core/time.ts";
import { fails, type Scenario } from "../../scenario/scenario.ts";
import { simulate } from "../../testing/simulated.ts";
import type { ReportedRun } from "../../../reports/reported.ts";

export async function simulatedRun(scenario: Scenario, seed: number): Promise<ReportedRun> {
  const { record, events, result } = await simulate(scenario, { seed });
  return { record, events, result, path: "runs/simulated" };
}

export async function goodRun(): Promise<ReportedRun> {
  return simulatedRun(findScenario("dual-script/mysqld-killed"), 7);
}

export async function twoHoldersRun(): Promise<ReportedRun> {
  return simulatedRun(findScenario("dual-script/multicast-blocked"), 7);
}

/** One of each outcome that the simulator has, one of them repeated. */
export async function suiteOfRuns(): Promise<ReportedRun[]> {
  const { canary: _declared, ...unconfirmed } = findScenario("canary/sabotaged-fault");
  const unexpected = {
    ...findScenario("dual-script/mysqld-killed"),
    name: "suite/unexpected",
    expect: [fails("single-holder", "this suite needs something that is not as declared")],
  };
  const again = [1, 2, 3, 4, 5].map((seed) =>
    simulatedRun(findScenario("dual-script/keepalived-stopped"), seed),
  );
  return Promise.all([
    ...again,
    simulatedRun(findScenario("dual-script/multicast-blocked"), 1),
    simulatedRun(findScenario("dual-script/cpu-starved"), 1),
    simulatedRun({ ...unconfirmed, name: "suite/void" }, 1),
    simulatedRun(unexpected, 1),
  ]);
}

/** Clients are at work for so long before the fault that there are about 50,000 events. */
export async function longRun(): Promise<ReportedRun> {
  const scenario = findScenario("dual-script/mysqld-killed");
  return simulatedRun({ ...scenario, warmUpUs: seconds(WARM_UP_S) }, 7);
}

const WARM_UP_S = 130;
