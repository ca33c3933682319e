/** Every scenario by name, in the order in which they are listed. */
import type { Scenario } from "../harness/scenario/index.ts";
import { canaries } from "./canary/scenarios.ts";
import { dualCheckScenarios } from "./dual-check/scenarios.ts";
import { dualKill9Scenarios } from "./dual-kill9/scenarios.ts";
import { dualScriptScenarios } from "./dual-script/scenarios.ts";
import { lvsDrScenarios } from "./lvs-dr/scenarios.ts";

export const CATALOGUE: readonly Scenario[] = [
  ...dualScriptScenarios,
  ...dualCheckScenarios,
  ...dualKill9Scenarios,
  ...lvsDrScenarios,
  ...canaries,
];
