/** Nothing happens: what has to be true when no fault is injected. */
import {
  after,
  defaultWorkload,
  defineScenario,
  passes,
  seconds,
  type Scenario,
} from "../../harness/scenario/index.ts";
import { dataAndCleanUp, WARM_UP_US } from "./common.ts";
import type { Row } from "./row.ts";

export function baseline(row: Row): Scenario {
  return defineScenario({
    name: `${row.name}/baseline`,
    title: "Nothing is disturbed",
    why: "A drill proves something only if the same set-up, left alone, keeps the VIP in one place and loses nothing.",
    topology: row.topology,
    workload: defaultWorkload,
    warmUpUs: WARM_UP_US,
    disturb: [{ id: "watch", when: after(seconds(5)) }],
    recover: [],
    expect: [
      passes("schedule-followed"),
      passes("single-holder", {}, { overlaps: [] }),
      passes("vip-available"),
      passes("holder-can-serve"),
      ...dataAndCleanUp,
    ],
  });
}
