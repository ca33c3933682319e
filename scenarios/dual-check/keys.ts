/** Document 002: two sources that are both written to, with and without offsets for generated keys. */
import { defaultWorkload, fails, passes, type Scenario } from "../../harness/scenario/index.ts";
import { dualCheck } from "../shared/dual-check.ts";
import { dataAndCleanUp, drill, watch } from "../stories/common.ts";
import type { Row } from "../stories/row.ts";

const direct = { ...defaultWorkload, direct: true };

export function offsetsKeepKeysApart(row: Row): Scenario {
  return drill(row, {
    story: "both-written-with-offsets",
    title: "Clients write to both sources, whose generated keys interleave",
    why: "Somebody always writes to the other source: a job with the wrong address, a held connection after a failover.",
    workload: direct,
    disturb: [watch(4)],
    expect: [passes("schedule-followed"), passes("replication-broken"), ...dataAndCleanUp],
    promises: [{ promise: "002/offsets-avoid-conflicts", comesOut: "kept" }],
  });
}

export function keysCollide(row: Row): Scenario {
  return drill(row, {
    story: "both-written-without-offsets",
    title: "Clients write to both sources, which generate the same keys",
    why:
      "Without step and offset both servers hand out the same number. Replication stops on both sides with a " +
      "duplicate key, and from then on each node has writes that the other one lacks.",
    topology: dualCheck({ offsets: false, variant: "no offsets" }),
    workload: direct,
    disturb: [watch(4)],
    expect: [
      passes("schedule-followed"),
      fails("replication-broken", "both servers generate the same keys"),
      fails("replication-converged", "replication has stopped, and each copy has rows of its own"),
      fails("no-lost-write", "writes acknowledged by one node never reach the other"),
      passes("nothing-leaked"),
    ],
    promises: [{ promise: "002/offsets-avoid-conflicts", comesOut: "kept" }],
  });
}
