/** Generators for property tests: values of our own types, small enough to read when they shrink. */
import fc, { type Arbitrary } from "fast-check";
import type { JsonObject } from "../core/json.ts";
import type { Interval } from "../core/time.ts";
import type { Verdict } from "../core/verdict.ts";
import type { TimedEvent } from "../history/events.ts";
import type { Holding } from "../history/queries.ts";

export const NODES = ["db1", "db2", "db3"] as const;

export const anyVerdict: Arbitrary<Verdict> = fc.constantFrom("pass", "fail", "inconclusive");

export const anyPriority: Arbitrary<number> = fc.integer({ min: 1, max: 254 });

/** Times in a narrow range, so that ties, touching ends and overlaps are common. */
export const anyTimeUs: Arbitrary<number> = fc.integer({ min: 0, max: 40 });

/** May be empty: start and end can be the same moment. */
export const anyInterval: Arbitrary<Interval> = fc
  .tuple(anyTimeUs, anyTimeUs)
  .map(([a, b]) => ({ startUs: Math.min(a, b), endUs: Math.max(a, b) }));

export const anyHolding: Arbitrary<Holding> = fc
  .record({ interval: anyInterval, node: fc.constantFrom(...NODES), open: fc.boolean() })
  .map(({ interval, node, open }) => ({
    ...interval,
    node,
    open,
    address: "198.18.7.100",
    evidence: [],
  }));

const anyText = fc.string({ unit: "binary", maxLength: 20 });

/** JSON has no negative zero, and neither have our facts. */
const anyFacts: Arbitrary<JsonObject> = fc.dictionary(
  fc.string({ maxLength: 8 }),
  fc.oneof(anyText, fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer())),
  { noNullPrototype: true },
);

/** One event of most shapes that exist: flat, nested, with optional fields, with free text. */
export const anyTimedEvent: Arbitrary<TimedEvent> = fc.oneof(
  fc.record({
    kind: fc.constant("phase" as const),
    phase: fc.constantFrom("settle" as const, "disturb" as const, "collect" as const),
    edge: fc.constantFrom("begin" as const, "end" as const),
    tUs: anyTimeUs,
  }),
  fc.record({
    kind: fc.constant("address" as const),
    node: fc.constantFrom(...NODES),
    interface: fc.constant("eth0"),
    address: fc.ipV4(),
    action: fc.constantFrom("added" as const, "removed" as const),
    tUs: anyTimeUs,
  }),
  fc.record({
    kind: fc.constant("log" as const),
    node: fc.constantFrom(...NODES),
    program: fc.constant("Keepalived_vrrp"),
    text: anyText,
    tUs: anyTimeUs,
  }),
  fc.record(
    {
      kind: fc.constant("complete" as const),
      op: fc.nat(),
      lane: fc.constantFrom("fresh" as const, "held" as const),
      action: fc.constantFrom("read" as const, "write" as const),
      outcome: fc.constantFrom("ok" as const, "failed" as const, "indeterminate" as const),
      server: fc.uuid(),
      error: anyText,
      tUs: anyTimeUs,
    },
    { requiredKeys: ["kind", "op", "lane", "action", "outcome", "tUs"] },
  ),
  fc.record({
    kind: fc.constant("receipt" as const),
    step: fc.constant("fault"),
    node: fc.constantFrom(...NODES),
    action: fc.constantFrom("inject" as const, "heal" as const),
    receipt: fc.record({ confirmed: fc.boolean(), proof: anyText, facts: anyFacts }),
    tUs: anyTimeUs,
  }),
);
