/** Faults that change when, how often and in which order a node's frames leave. */
import type { JsonObject } from "../../../core/json.ts";
import type { Effect, InstalledRule } from "../network.ts";
import { ADD_QUEUE, DELETE_QUEUE, type CommandCost } from "./costs.ts";
import { AT_ONCE, type SimFault, type SimFaultContext } from "./driver.ts";

/** At each look at an undecided receipt. */
const PROBES = 100;

interface Costs {
  readonly inject: CommandCost;
  readonly heal: CommandCost;
}

/** One rule on the node's way out, which has to have met packets. */
export function shaped(
  { host, segment }: SimFaultContext,
  effect: Effect,
  costs: Costs = { inject: ADD_QUEUE, heal: DELETE_QUEUE },
): SimFault {
  let rule: InstalledRule | undefined;
  const facts = (): JsonObject => ({ met: rule?.hits ?? 0 });
  const sendProbes = (): void => {
    for (let probe = 0; probe < PROBES; probe += 1) segment.probe(host.name);
  };
  return {
    look: () => ({}),
    act: () => {
      rule = segment.install({ point: "out", from: host.name, effect });
      sendProbes();
      return AT_ONCE;
    },
    prove: () => {
      const met = rule?.hits ?? 0;
      if (rule !== undefined && met === 0) sendProbes();
      return {
        confirmed: met > 0,
        undecided: met === 0,
        proof: `our rule has met ${met} packets`,
        facts: facts(),
      };
    },
    heal: {
      act: () => {
        rule?.remove();
        return AT_ONCE;
      },
      prove: () => {
        const isLeft = rule?.installed === true;
        const proof = isLeft ? "our rule is still there" : "our rule is gone";
        return { confirmed: !isLeft, proof, facts: facts() };
      },
    },
    costs,
  };
}

/** netem draws from `delayUs` less to `delayUs` plus the jitter (tc-netem(8)). */
export function delayed(delayUs: number, jitterUs: number): Effect {
  return { kind: "delay", delayUs: delayUs - jitterUs, jitterUs: 2 * jitterUs };
}

/** The simulator says beforehand that it cannot do it; should it be asked all the same, nothing is claimed. */
export function notSimulated(what: string): SimFault {
  return {
    look: () => ({}),
    act: () => AT_ONCE,
    prove: () => ({ confirmed: false, proof: `${what} is not simulated`, facts: {} }),
  };
}
