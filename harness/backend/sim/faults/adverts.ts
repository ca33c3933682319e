/** Adverts that are lost by chance, and adverts that are late. */
import type { JsonObject } from "../../../core/json.ts";
import type { Us } from "../../../core/time.ts";
import type { Direction } from "../../../fault/fault.ts";
import { probesFor } from "../../../fault/vrrp/adverts-lost.ts";
import type { InstalledRule, LinkRule } from "../network.ts";
import { ADD_TABLE, DELETE_TABLE } from "./costs.ts";
import { AT_ONCE, type SimFault, type SimFaultContext } from "./driver.ts";

export function advertsLost(
  { host, peer, segment }: SimFaultContext,
  direction: Direction,
  share: number,
): SimFault {
  const sides: readonly ("in" | "out")[] = direction === "both" ? ["in", "out"] : [direction];
  let rules: readonly InstalledRule[] = [];
  const counted = (): JsonObject =>
    Object.fromEntries(
      rules.map(({ rule, hits, misses }) => [rule.point, { dropped: hits, passed: misses }]),
    );
  return {
    look: () => ({}),
    act: () => {
      rules = sides.map((point) =>
        segment.install({
          point,
          ...(point === "in" ? { to: host.name } : { from: host.name }),
          protocols: ["vrrp"],
          effect: { kind: "drop", share },
        }),
      );
      for (let probe = 0; probe < probesFor(share); probe += 1) {
        for (const side of sides) segment.probe(side === "in" ? peer.name : host.name);
      }
      return AT_ONCE;
    },
    prove: () => {
      const works = ({ hits, misses }: InstalledRule): boolean => hits > 0 && misses > 0;
      const confirmed = rules.length > 0 && rules.every(works);
      const told = rules.map(
        ({ rule, hits, misses }) => `${rule.point}: ${hits} of ${hits + misses} dropped`,
      );
      return {
        confirmed,
        undecided: !confirmed,
        proof: rules.length === 0 ? "our rules are not there" : told.join("; "),
        facts: counted(),
      };
    },
    heal: {
      act: () => {
        for (const rule of rules) rule.remove();
        return AT_ONCE;
      },
      prove: () => {
        const left = rules.filter(({ installed }) => installed).length;
        return {
          confirmed: left === 0,
          proof: left === 0 ? "our rules are gone" : `${left} of our rules are still there`,
          facts: counted(),
        };
      },
    },
    costs: { inject: ADD_TABLE, heal: DELETE_TABLE },
  };
}

export function advertsDelayed({ host, segment }: SimFaultContext, delayUs: Us): SimFault {
  let rule: InstalledRule | undefined;
  const isLate = ({ from, protocols, effect }: LinkRule): boolean =>
    from === host.name && effect.kind === "delay" && protocols?.includes("vrrp") === true;
  return {
    look: () => ({ delayed: segment.has(isLate) }),
    act: () => {
      // What an earlier step has put there is neither changed nor taken away.
      if (segment.has(isLate)) return AT_ONCE;
      rule = segment.install({
        point: "out",
        from: host.name,
        protocols: ["vrrp"],
        effect: { kind: "delay", delayUs, jitterUs: 0 },
      });
      segment.probe(host.name);
      return AT_ONCE;
    },
    prove: (before) => {
      if (before["delayed"] === true) {
        const proof = `adverts of ${host.name} were delayed before the fault`;
        return { confirmed: false, proof, facts: before };
      }
      const packets = rule?.hits ?? 0;
      return {
        confirmed: packets > 0,
        undecided: packets === 0,
        proof: `${packets} packets have gone into our queue`,
        facts: { packets },
      };
    },
    heal: {
      act: () => {
        rule?.remove();
        return AT_ONCE;
      },
      prove: () => {
        const isGone = rule?.installed !== true;
        return {
          confirmed: isGone,
          proof: isGone ? "our queue is gone" : "our queue is still there",
          facts: {},
        };
      },
    },
    // Not measured. Taken to be those of another table of the kernel's, for netem; the link emulator starts a program as well.
    costs: { inject: ADD_TABLE, heal: DELETE_TABLE },
  };
}
