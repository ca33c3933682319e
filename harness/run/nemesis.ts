/** Walks a schedule on a running cluster: waits, injects, keeps what has to be healed. */
import type { Cluster, Injection } from "../backend/backend.ts";
import { messageOf } from "../core/errors.ts";
import { formatSeconds } from "../core/time.ts";
import { describeFault } from "../fault/facts.ts";
import { isFaultStep, isHealStep, type Trigger } from "../fault/schedule.ts";
import { CONDITION_WORDS, holds } from "./conditions.ts";
import type { ConcreteStep } from "./record.ts";

export interface Nemesis {
  walk(steps: readonly ConcreteStep[]): Promise<void>;
  /** Heals everything that is still in force, in the order in which it was injected. */
  healAll(): Promise<void>;
}

interface Active {
  readonly step: string;
  readonly injection: Injection;
}

export function nemesis(
  cluster: Cluster,
  home: string | undefined,
  progress: (text: string) => void,
): Nemesis {
  const active: Active[] = [];

  const proven = async (step: string, injection: Injection): Promise<void> => {
    try {
      await injection.receipt();
    } catch (error) {
      const receipt = { confirmed: false, proof: messageOf(error), facts: {} };
      cluster.record({ kind: "receipt", step, node: injection.node, action: "inject", receipt });
    }
  };

  /** A healing that fails is an unconfirmed one; the others are healed all the same. */
  const heal = async (step: string, { node, heal: act }: Injection): Promise<void> => {
    if (act === undefined) return;
    progress(`${step}: healing`);
    try {
      await act();
    } catch (error) {
      const receipt = { confirmed: false, proof: messageOf(error), facts: {} };
      cluster.record({ kind: "receipt", step, node, action: "heal", receipt });
    }
  };

  const undo = async ({ step, injection }: Active): Promise<void> => {
    await proven(step, injection);
    await heal(step, injection);
  };

  /** The schema has made sure that an earlier step of the same phase is meant. */
  const healOne = async (step: string): Promise<void> => {
    const index = active.findIndex((item) => item.step === step);
    for (const item of index === -1 ? [] : active.splice(index, 1)) await undo(item);
  };

  return {
    walk: async (steps) => {
      for (const concrete of steps) {
        await reach(cluster, home, progress, concrete);
        const { step } = concrete;
        if (isHealStep(step)) await healOne(step.heal);
        if (!isFaultStep(step)) continue;
        progress(`${step.id}: ${describeFault(step.fault)}`);
        const injection = await cluster.inject(step.id, step.fault);
        active.push({ step: step.id, injection });
      }
    },
    healAll: async () => {
      for (const item of active.splice(0)) await undo(item);
    },
  };
}

/** Waits for the step's time or condition, and records how that went. */
async function reach(
  cluster: Cluster,
  home: string | undefined,
  progress: (text: string) => void,
  { step, delayUs }: ConcreteStep,
): Promise<void> {
  const trigger = step.when;
  const delay = trigger.kind === "after" ? (delayUs ?? trigger.delayUs) : (trigger.thenUs ?? 0);
  const waitedFor =
    trigger.kind === "after"
      ? `${formatSeconds(delay)} to pass`
      : CONDITION_WORDS[trigger.condition];
  progress(`${step.id}: waiting for ${waitedFor}`);
  const beganUs = cluster.nowUs();
  const met = trigger.kind === "after" || (await comesTrue(cluster, home, trigger));
  if (met) await cluster.sleepUntil(cluster.nowUs() + delay);
  const waitedUs = cluster.nowUs() - beganUs;
  cluster.record({ kind: "step", step: step.id, met, waitedFor, waitedUs });
}

function comesTrue(
  cluster: Cluster,
  home: string | undefined,
  { condition, boundUs }: Extract<Trigger, { kind: "when" }>,
): Promise<boolean> {
  if (condition === "replication-caught-up") return cluster.quiesce(boundUs);
  const sinceUs = cluster.nowUs();
  return cluster.until(() => holds(cluster, condition, home, sinceUs), boundUs);
}
