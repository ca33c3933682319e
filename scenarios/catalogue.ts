/** Every scenario by name, in the order in which they are listed. */
import type { Scenario } from "../harness/scenario/index.ts";
import { canaries } from "./canary/scenarios.ts";
import { dualScriptScenarios } from "./dual-script/scenarios.ts";

export const CATALOGUE: readonly Scenario[] = [...dualScriptScenarios, ...canaries];
