/** Nothing happens: what has to be true when no fault is injected. */
import { passes, type PromiseTried, type Scenario } from "../../harness/scenario/index.ts";
import { dataAndCleanUp, drill, watch } from "./common.ts";
import type { Row } from "./row.ts";

export function baseline(row: Row, promises: readonly PromiseTried[] = []): Scenario {
  return drill(row, {
    story: "baseline",
    title: "Nothing is disturbed",
    why: "A drill proves something only if the same set-up, left alone, keeps the VIP in one place and loses nothing.",
    disturb: [watch(5)],
    expect: [
      passes("schedule-followed"),
      passes("single-holder", {}, { overlaps: [] }),
      passes("vip-available"),
      passes("holder-can-serve"),
      ...dataAndCleanUp,
    ],
    promises,
  });
}
