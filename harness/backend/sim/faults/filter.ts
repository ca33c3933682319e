/** Faults that drop frames at a node, each way a rule of its own, proven by probes through it. */
import type { JsonObject } from "../../../core/json.ts";
import type { Direction } from "../../../fault/fault.ts";
import type { InstalledRule, LinkRule, Protocol } from "../network.ts";
import { ADD_TABLE, DELETE_TABLE } from "./costs.ts";
import { AT_ONCE, type SimFault, type SimFaultContext } from "./driver.ts";

/** At each look at an undecided receipt; a share of a thousandth is then seen within a second or two. */
const PROBES = 100;

interface Filter {
  readonly direction: Direction;
  /** Absent: all. */
  readonly protocols?: readonly Protocol[];
  /** Absent: 1. */
  readonly share?: number;
}

/** What TCP carries is sent again when it is lost, which takes time that is not modelled. */
const NOT_TCP: readonly Protocol[] = ["vrrp", "arp", "garp", "icmp"];

export function lossy(context: SimFaultContext, direction: Direction, share: number): SimFault {
  return dropping(context, { direction, share, protocols: NOT_TCP });
}

export function filtered(
  context: SimFaultContext,
  direction: Direction,
  protocols: readonly Protocol[] | undefined,
): SimFault {
  return dropping(context, { direction, ...(protocols === undefined ? {} : { protocols }) });
}

function dropping({ host, peer, segment }: SimFaultContext, filter: Filter): SimFault {
  const { direction, share = 1 } = filter;
  const wanted: readonly ("in" | "out")[] = direction === "both" ? ["in", "out"] : [direction];
  let rules: readonly { readonly side: "in" | "out"; readonly installed: InstalledRule }[] = [];
  const dropped = (): JsonObject =>
    Object.fromEntries(rules.map(({ side, installed }) => [side, installed.hits]));
  const works = ({ hits, misses }: InstalledRule): boolean =>
    hits > 0 && (share === 1 || misses > 0);
  const sendProbes = (count: number): void => {
    for (let probe = 0; probe < count; probe += 1) {
      if (wanted.includes("in")) segment.probe(peer.name);
      if (wanted.includes("out")) segment.probe(host.name);
    }
  };
  return {
    look: () => ({}),
    act: () => {
      rules = wanted.map((side) => ({
        side,
        installed: segment.install(ruleFor(host.name, side, filter)),
      }));
      sendProbes(share < 1 ? PROBES : 1);
      return AT_ONCE;
    },
    prove: () => {
      const idle = wanted.filter(
        (side) => !rules.some((rule) => rule.side === side && works(rule.installed)),
      );
      const confirmed = idle.length === 0;
      if (!confirmed && share < 1 && rules.length > 0) sendProbes(PROBES);
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

function ruleFor(node: string, side: "in" | "out", { protocols, share = 1 }: Filter): LinkRule {
  const ends = side === "in" ? { to: node } : { from: node };
  const what = protocols === undefined ? {} : { protocols };
  return { point: side, ...ends, ...what, effect: { kind: "drop", share } };
}
