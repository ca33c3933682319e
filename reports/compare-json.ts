/**
 * A comparison for programs. Times are whole microseconds; keys that have nothing to say are absent. What may be
 * in it is said in `json-schema-comparison.ts`, and published as docs/schema/comparison-1.json.
 */
import { changeOf } from "../harness/timing/two-sample.ts";
import type { GroupComparison, RunComparison } from "./compare.ts";
import type { TimedGroup } from "./timing-runs.ts";

export const COMPARISON_FORMAT = "vipdrill-comparison";
export const COMPARISON_VERSION = 1;

/** Ends with a new line. */
export function renderComparisonJson(comparison: RunComparison): string {
  const { groups, added, gone, otherWorld, ...rest } = comparison;
  const document = {
    format: COMPARISON_FORMAT,
    version: COMPARISON_VERSION,
    ...rest,
    groups: groups.map(groupOf),
    added: added.map(nameOf),
    gone: gone.map(nameOf),
    otherWorld: otherWorld.map(({ now, base }) => ({ now: nameOf(now), base: nameOf(base) })),
  };
  return `${JSON.stringify(document, whole, 2)}\n`;
}

/** A shift is the middle of two differences, and a threshold a share: finer than anything that was measured. */
function whole(key: string, value: unknown): unknown {
  return typeof value === "number" && /(?:^us|Us)$/.test(key) ? Math.round(value) : value;
}

function groupOf({ metrics, ...group }: GroupComparison): object {
  return {
    ...group,
    metrics: metrics.map((metric) => {
      const { metric: name, base, now, middle, shape, tail } = metric;
      return { metric: name, change: changeOf(metric), base, now, middle, shape, tail };
    }),
  };
}

function nameOf({
  scenario,
  topology,
  fault,
  image,
  backend,
  simulated,
  runs,
}: TimedGroup): object {
  return { scenario, topology, fault, image, backend, simulated, runs: runs.length };
}
