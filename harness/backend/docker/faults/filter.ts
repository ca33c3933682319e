/** Drivers that drop packets with a table of our own in the node's network namespace. */
import type { Direction } from "../../../fault/fault.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";
import { sendProbe } from "./probe.ts";
import {
  countersOf,
  frameHook,
  listTable,
  loadTable,
  packetHook,
  removeTable,
  tableName,
  type Family,
} from "./table.ts";

interface Rule {
  readonly direction: "in" | "out";
  readonly hook: string;
  readonly match: string;
}

interface Filter {
  readonly family: Family;
  readonly rules: readonly Rule[];
}

export function vrrpBlockDriver(direction: Direction): FaultDriver {
  return filterDriver(({ node }) => ({
    family: packetHook("in", node).family,
    rules: sidesOf(direction).map((side) => {
      const { hook, match } = packetHook(side, node);
      return { direction: side, hook, match: `${match}ip protocol 112` };
    }),
  }));
}

/** Below the IP layer, so that ARP is cut too. */
export function cutDriver(direction: Direction): FaultDriver {
  return filterDriver(({ node }) => ({
    family: "netdev",
    rules: sidesOf(direction).map((side) => ({
      direction: side,
      hook: frameHook(side, node),
      match: "",
    })),
  }));
}

export function sidesOf(direction: Direction): readonly ("in" | "out")[] {
  return direction === "both" ? ["in", "out"] : [direction];
}

function filterDriver(describe: (context: FaultContext) => Filter): FaultDriver {
  return {
    look: (context) => countDropped(context, describe(context)),
    act: (context) => {
      const { family, rules } = describe(context);
      const chains = rules.map(({ direction, hook, match }) => ({
        name: direction,
        hook,
        rules: [`${match} counter drop`.trim()],
      }));
      return loadTable(context, family, chains);
    },
    prove: (context, before) => proveDropping(context, describe(context), before),
    heal: async (context) => {
      const filter = describe(context);
      const dropped = await countDropped(context, filter);
      return removeTable(context, filter.family, { dropped });
    },
  };
}

/** Packets that our rules have dropped so far, by direction; -1 where there is no such rule. */
async function countDropped(context: FaultContext, filter: Filter): Promise<JsonObject> {
  const text = await listTable(context, filter.family);
  return Object.fromEntries(
    filter.rules.map(({ direction }) => [direction, countersOf(text, direction)[0] ?? -1]),
  );
}

/** A probe is sent through every rule; each has to have dropped something. */
async function proveDropping(
  context: FaultContext,
  filter: Filter,
  before: JsonObject,
): Promise<Receipt> {
  const directions = filter.rules.map((rule) => rule.direction);
  if (directions.includes("in")) await sendProbe(context.peer);
  if (directions.includes("out")) await sendProbe(context.node);
  const dropped = await countDropped(context, filter);
  const idle = directions.filter((direction) => Number(dropped[direction]) <= 0);
  return {
    confirmed: idle.length === 0,
    proof:
      idle.length === 0
        ? `our rules in table ${tableName(context)} have dropped packets ${directions.join(" and ")}`
        : `our rules have dropped nothing ${idle.join(" and ")}`,
    facts: { before, dropped },
  };
}
