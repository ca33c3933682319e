/** Drops each frame by its own chance. The rule after the one that drops counts what passes. */
import type { JsonObject } from "../../../core/json.ts";
import type { Direction } from "../../../fault/fault.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { burstFor, sendBurst } from "./burst.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";
import { sidesOf } from "./filter.ts";
import {
  countersOf,
  frameHook,
  listTable,
  loadTable,
  removeTable,
  type Chain,
  type Hooked,
} from "./table.ts";

const PROBE_BYTES = 16;
/** `numgen random` draws whole numbers below this (nft(8)); a share is kept to a millionth. */
const DRAWS = 1_000_000;

export function packetsLostDriver(direction: Direction, share: number): FaultDriver {
  const sides = sidesOf(direction);
  return {
    look: (context) => counts(context, sides),
    act: (context) => loadTable(context, "netdev", lossChains(sides, context.node, share)),
    prove: (context) => proveLoss(context, sides, share),
    heal: async (context) => removeTable(context, "netdev", await counts(context, sides)),
  };
}

/** A draw below this many of `DRAWS` hits the packet. */
export function chanceRule(share: number): string {
  return `numgen random mod ${DRAWS} < ${Math.max(1, Math.round(share * DRAWS))}`;
}

export function lossChains(
  sides: readonly ("in" | "out")[],
  node: Hooked,
  share: number,
): readonly Chain[] {
  return sides.map((side) => ({
    name: side,
    hook: frameHook(side, node),
    rules: [`${chanceRule(share)} counter drop`, "counter"],
  }));
}

interface Counts extends JsonObject {
  readonly dropped: number;
  readonly passed: number;
}

async function counts(
  context: FaultContext,
  sides: readonly ("in" | "out")[],
): Promise<Record<string, Counts>> {
  const listing = await listTable(context, "netdev");
  return Object.fromEntries(
    sides.map((side) => {
      const [dropped = -1, passed = -1] = countersOf(listing, side);
      return [side, { dropped, passed }];
    }),
  );
}

async function proveLoss(
  context: FaultContext,
  sides: readonly ("in" | "out")[],
  share: number,
): Promise<Receipt> {
  const probes = burstFor(share);
  if (sides.includes("in")) await sendBurst(context.peer, probes, PROBE_BYTES);
  if (sides.includes("out")) await sendBurst(context.node, probes, PROBE_BYTES);
  const counted = await counts(context, sides);
  const told = sides.map((side) => {
    const { dropped = -1, passed = -1 } = counted[side] ?? {};
    return { side, dropped, passed, works: dropped > 0 && passed > 0 };
  });
  const isThere = told.every(({ dropped }) => dropped >= 0);
  return {
    confirmed: told.every(({ works }) => works),
    proof: isThere
      ? told
          .map(({ side, dropped, passed }) => `${side}: ${dropped} of ${dropped + passed} dropped`)
          .join("; ")
      : "our rules are not there",
    facts: { probes, ...counted },
  };
}
