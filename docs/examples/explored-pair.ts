/**
 * Exploration in a test suite of one's own, with vitest and fast-check. When a property does not hold, fast-check
 * makes the plan smaller and prints it with its seed and path, to be given back to `fc.assert`.
 */
import fc from "fast-check";
import { describe, it } from "vitest";
import { simBackend } from "../../harness/backend/sim/backend.ts";
import {
  defineProperty,
  exploreArbitrary,
  holdsProperty,
  violated,
} from "../../harness/explore/index.ts";
import { dualScript } from "../../scenarios/shared/dual-script.ts";

const pair = {
  topology: dualScript({ check: "recommended" }),
  backend: simBackend(),
  faults: ["stop", "replication"],
  model: "one-failure-at-a-time",
} as const;

/** A property of one's own: what should hold, and what is said when it does not. */
const servedAtTheEnd = defineProperty({
  name: "served-at-the-end",
  promise: "the last read of a new connection is answered",
  judge: ({ events }) => {
    const last = events.findLast((event) => event.kind === "complete" && event.lane === "fresh");
    if (last?.kind === "complete" && last.outcome === "ok") return [];
    return [violated("not served", "the last operation of a new connection was not answered")];
  },
});

describe("our pair, whatever is stopped", () => {
  it("never has two writable holders", async () => {
    const property = fc.asyncProperty(
      exploreArbitrary(pair),
      holdsProperty(pair, "no-split-brain"),
    );
    await fc.assert(property, { numRuns: 25, seed: 1 });
  });

  it("serves clients in the end", async () => {
    const property = fc.asyncProperty(exploreArbitrary(pair), holdsProperty(pair, servedAtTheEnd));
    await fc.assert(property, { numRuns: 25, seed: 1 });
  });
});
