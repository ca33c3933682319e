/** Drops VRRP packets by chance. The rule after the one that drops counts what passes. */
import type { Direction } from "../../../fault/fault.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { probesFor } from "../../../fault/vrrp/adverts-lost.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";
import { sidesOf } from "./filter.ts";
import { chanceRule } from "./loss.ts";
import { sendProbe } from "./probe.ts";
import {
  countersOf,
  listTable,
  loadTable,
  packetHook,
  removeTable,
  type Chain,
  type Hooked,
} from "./table.ts";

type Side = "in" | "out";

export function advertsLostDriver(direction: Direction, share: number): FaultDriver {
  const sides = sidesOf(direction);
  return {
    look: (context) => counts(context, sides),
    act: (context) => {
      const { family } = packetHook("in", context.node);
      return loadTable(context, family, lossChains(sides, context.node, share));
    },
    prove: (context) => prove(context, sides, probesFor(share)),
    heal: async (context) =>
      removeTable(context, packetHook("in", context.node).family, await counts(context, sides)),
  };
}

/** Above IP, unlike `packets-lost`: captures then show what was dropped on its way in, as for `vrrp-blocked`. */
export function lossChains(sides: readonly Side[], node: Hooked, share: number): Chain[] {
  return sides.map((side) => {
    const { hook, match } = packetHook(side, node);
    const vrrp = `${match}ip protocol 112`;
    return {
      name: side,
      hook,
      rules: [`${vrrp} ${chanceRule(share)} counter drop`, `${vrrp} counter`],
    };
  });
}

interface Counts extends JsonObject {
  readonly dropped: number;
  readonly passed: number;
}

async function counts(
  context: FaultContext,
  sides: readonly Side[],
): Promise<Record<string, Counts>> {
  const listing = await listTable(context, packetHook("in", context.node).family);
  return Object.fromEntries(
    sides.map((side) => {
      const [dropped = -1, passed = -1] = countersOf(listing, side);
      return [side, { dropped, passed }];
    }),
  );
}

async function prove(
  context: FaultContext,
  sides: readonly Side[],
  probes: number,
): Promise<Receipt> {
  if (sides.includes("in")) await sendProbe(context.peer, probes);
  if (sides.includes("out")) await sendProbe(context.node, probes);
  const counted = await counts(context, sides);
  const told = sides.map((side) => ({ side, ...(counted[side] ?? { dropped: -1, passed: -1 }) }));
  const isThere = told.every(({ dropped }) => dropped >= 0);
  return {
    confirmed: told.every(({ dropped, passed }) => dropped > 0 && passed > 0),
    proof: isThere
      ? told
          .map(({ side, dropped, passed }) => `${side}: ${dropped} of ${dropped + passed} dropped`)
          .join("; ")
      : "our rules are not there",
    facts: { probes, ...counted },
  };
}
