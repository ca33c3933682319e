/** Where a client misses what was acknowledged: on the node that has the VIP now, or on a server behind a director. */
import { expect, test } from "vitest";
import { simBackend } from "../../backend/sim/backend.ts";
import type { PlainFault } from "../../fault/fault.ts";
import type { Topology } from "../../topology/topology.ts";
import { dualScript } from "../../../scenarios/shared/dual-script.ts";
import { lvsDr } from "../../../scenarios/shared/lvs-dr.ts";
import { judgeOf } from "../judged.ts";
import { exploreTopology, settingFor } from "../target.ts";
import { noAcknowledgedWriteLost } from "./no-acknowledged-write-lost.ts";

/** Seconds after the warm-up, and what then. */
type Timed = readonly [number, PlainFault];

async function kindsOf(topology: Topology, faults: readonly Timed[], watch: number) {
  const setting = settingFor("here", topology, exploreTopology(topology, "sid"));
  const world = { setting, backend: simBackend(), image: "sid", seed: 1 } as const;
  const { seen, void: nothing } = await judgeOf(world, [noAcknowledgedWriteLost]).judge({
    faults: faults.map(([at, fault]) => ({ key: fault.kind, fault, atUs: at * 1_000_000 })),
    watchUs: watch * 1_000_000,
  });
  expect(nothing).toBeUndefined();
  return seen.map(({ kind }) => kind);
}

test("on the new holder, when the VIP has moved to a replica that waits", async () => {
  const faults: Timed[] = [
    [1, { kind: "replication-stopped", node: { name: "db2" }, thread: "receiver" }],
    [2, { kind: "keepalived-stopped", node: { name: "db1" } }],
  ];
  expect(await kindsOf(dualScript(), faults, 13)).toEqual([
    "acknowledged writes are not there on the new holder",
  ]);
});

test("for clients, behind directors: the VIP has moved as well, and a director has no copy", async () => {
  const faults: Timed[] = [
    [1, { kind: "keepalived-stopped", node: { name: "lvs1" } }],
    [2, { kind: "mysqld-killed", node: { name: "db2" } }],
  ];
  expect(await kindsOf(lvsDr(), faults, 25)).toEqual([
    "acknowledged writes are not there for clients",
  ]);
});
