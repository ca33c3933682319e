/** Faults that drop frames at a node, each way a rule of its own, proven by a probe through it. */
import type { JsonObject } from "../../../core/json.ts";
import type { Direction } from "../../../fault/fault.ts";
import type { InstalledRule, LinkRule, Protocol } from "../network.ts";
import { ADD_TABLE, DELETE_TABLE } from "./costs.ts";
import { AT_ONCE, type SimFault, type SimFaultContext } from "./driver.ts";

export function filtered(
  { host, peer, segment }: SimFaultContext,
  direction: Direction,
  protocols: readonly Protocol[] | undefined,
): SimFault {
  const wanted: readonly ("in" | "out")[] = direction === "both" ? ["in", "out"] : [direction];
  let rules: readonly { readonly side: "in" | "out"; readonly installed: InstalledRule }[] = [];
  const dropped = (): JsonObject =>
    Object.fromEntries(rules.map(({ side, installed }) => [side, installed.hits]));
  return {
    look: () => ({}),
    act: () => {
      rules = wanted.map((side) => ({
        side,
        installed: segment.install(ruleFor(host.name, side, protocols)),
      }));
      if (wanted.includes("in")) segment.probe(peer.name);
      if (wanted.includes("out")) segment.probe(host.name);
      return AT_ONCE;
    },
    prove: () => {
      const idle = wanted.filter(
        (side) => !rules.some((rule) => rule.side === side && rule.installed.hits > 0),
      );
      const confirmed = idle.length === 0;
      return {
        confirmed,
        undecided: !confirmed,
        proof: confirmed
          ? `our rules have dropped packets ${wanted.join(" and ")}`
          : `our rules have dropped nothing ${idle.join(" and ")}`,
        facts: { dropped: dropped() },
      };
    },
    heal: {
      act: () => {
        for (const { installed } of rules) installed.remove();
        return AT_ONCE;
      },
      prove: () => {
        const left = rules.filter(({ installed }) => installed.installed).length;
        return {
          confirmed: left === 0,
          proof: left === 0 ? "our rules are gone" : `${left} of our rules are still there`,
          facts: { dropped: dropped() },
        };
      },
    },
    costs: { inject: ADD_TABLE, heal: DELETE_TABLE },
  };
}

function ruleFor(
  node: string,
  side: "in" | "out",
  protocols: readonly Protocol[] | undefined,
): LinkRule {
  const ends = side === "in" ? { to: node } : { from: node };
  const what = protocols === undefined ? {} : { protocols };
  return { point: side, ...ends, ...what, effect: { kind: "drop", share: 1 } };
}
