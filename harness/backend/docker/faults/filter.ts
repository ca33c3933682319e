/**
 * Drivers that drop packets with nftables tables of our own in the node's network namespace. A table
 * is named for its step; healing deletes that table and nothing else.
 */
import type { Direction } from "../../../fault/fault.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { inToolbox, timed } from "../node.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";
import { sendProbe } from "./probe.ts";

interface Rule {
  readonly direction: "in" | "out";
  readonly hook: string;
  readonly match: string;
}

interface Filter {
  readonly family: "inet" | "netdev";
  readonly rules: readonly Rule[];
}

export function vrrpBlockDriver(direction: Direction): FaultDriver {
  return filterDriver((context) => {
    const rules: Rule[] = [
      {
        direction: "in",
        hook: "type filter hook input priority 0;",
        match: `iifname "${context.node.spec.interface}" ip protocol 112`,
      },
      {
        direction: "out",
        hook: "type filter hook output priority 0;",
        match: `oifname "${context.node.spec.interface}" ip protocol 112`,
      },
    ];
    return {
      family: "inet",
      rules: rules.filter((rule) => direction === "both" || rule.direction === direction),
    };
  });
}

/** Below the IP layer, so that ARP is cut too. */
export function cutDriver(): FaultDriver {
  return filterDriver((context) => {
    const device = context.node.spec.interface;
    return {
      family: "netdev",
      rules: [
        {
          direction: "in",
          hook: `type filter hook ingress device "${device}" priority 0;`,
          match: "",
        },
        {
          direction: "out",
          hook: `type filter hook egress device "${device}" priority 0;`,
          match: "",
        },
      ],
    };
  });
}

function filterDriver(describe: (context: FaultContext) => Filter): FaultDriver {
  return {
    look: (context) => countDropped(context, describe(context)),
    act: (context) =>
      timed(
        context.node.toolbox,
        `nft -f - <<'RULES'\n${ruleset(context, describe(context))}RULES`,
      ),
    prove: (context, before) => proveDropping(context, describe(context), before),
    heal: (context) => remove(context, describe(context)),
  };
}

function tableName(context: FaultContext): string {
  return `vipdrill_${context.handle}`;
}

function ruleset(context: FaultContext, filter: Filter): string {
  const chains = filter.rules.map(
    (rule) => `  chain ${rule.direction} { ${rule.hook} ${rule.match} counter drop; }\n`,
  );
  return `table ${filter.family} ${tableName(context)} {\n${chains.join("")}}\n`;
}

/** Packets that our rules have dropped so far, by direction; absent rules count as nothing. */
async function countDropped(context: FaultContext, filter: Filter): Promise<JsonObject> {
  const text = await inToolbox(
    context.node,
    `nft list table ${filter.family} ${tableName(context)} 2>/dev/null || true`,
  );
  return Object.fromEntries(
    filter.rules.map((rule) => {
      const chain = new RegExp(`chain ${rule.direction} \\{[^}]*counter packets (\\d+)`).exec(text);
      return [rule.direction, chain === null ? -1 : Number(chain[1])];
    }),
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

async function remove(
  context: FaultContext,
  filter: Filter,
): Promise<{ beginEpochUs: number; endEpochUs: number; receipt: Receipt }> {
  const dropped = await countDropped(context, filter);
  const done = await timed(
    context.node.toolbox,
    `nft delete table ${filter.family} ${tableName(context)}`,
  );
  const left = await inToolbox(context.node, "nft list tables");
  const confirmed = done.exitCode === 0 && !left.includes(tableName(context));
  return {
    ...done,
    receipt: {
      confirmed,
      proof: confirmed
        ? `table ${tableName(context)} is gone`
        : `table ${tableName(context)} could not be removed: ${done.stderr.trim()}`,
      facts: { dropped },
    },
  };
}
