/** The row `lvs-dr` (document 003): two directors in front of two MySQL sources. */
import type { Scenario } from "../../harness/scenario/index.ts";
import { directors } from "./directors.ts";
import { persistence } from "./persistence.ts";
import { realServers } from "./servers.ts";
import { shares } from "./share.ts";

export const lvsDrScenarios: readonly Scenario[] = [
  ...shares,
  ...realServers,
  ...persistence,
  ...directors,
];
