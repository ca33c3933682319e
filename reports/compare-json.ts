/**
 * A comparison for programs. Times are whole microseconds; keys that have nothing to say are absent. What may be
 * in it is said in `json-schema-comparison.ts`, and published as docs/schema/comparison-1.json.
 */
import { changeOf } from "../harness/timing/two-sample.ts";
import type { Bounds } from "../harness/timing/bounds.ts";
import type { GroupComparison, MetricComparison, RunComparison } from "./compare.ts";
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
      const change = changeOf(metric);
      return { metric: name, change, base, now, ...boundedOf(metric), middle, shape, tail };
    }),
  };
}

/** Of how many runs the time is a bound only; nothing where all is known. */
function boundedOf({ baseBounds, nowBounds }: MetricComparison): object {
  const count = ({ atMost, atLeast }: Bounds): object => ({ atMost, atLeast });
  const some = [baseBounds, nowBounds].some(({ atMost, atLeast }) => atMost + atLeast > 0);
  return some ? { bounded: { base: count(baseBounds), now: count(nowBounds) } } : {};
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
