/**
 * A fault that is announced and not carried out must not leave a confirmed receipt, whatever its kind: nothing is changed by
 * looking, and the proof looks at the effect. All kinds of one set-up are tried at the same time, since nothing is done.
 */
import { definitions } from "../../fault/facts.ts";
import type { PlainFault } from "../../fault/fault.ts";
import type { Cluster } from "../backend.ts";
import { fail, type World } from "./case.ts";

/** The set-up in which a kind means something. */
export function worldOf(kind: PlainFault["kind"]): World {
  switch (kind) {
    case "unicast-peer-missing":
      return "unicast";
    case "semi-sync-off":
      return "semi-sync";
    case "disk-full":
      return "data-disk";
    default:
      return "pair";
  }
}

export function sabotageable(world: World): readonly PlainFault[] {
  return definitions()
    .filter(({ kind }) => worldOf(kind) === world)
    .flatMap(({ examples }) => examples.slice(0, 1));
}

/** Throws with the kinds whose receipts are confirmed all the same. */
export async function refuteAll(cluster: Cluster, faults: readonly PlainFault[]): Promise<void> {
  const confirmed = await Promise.all(
    faults.map(async (fault) => {
      const step = `sabotaged-${fault.kind}`;
      const injection = await cluster.inject(step, { kind: "sabotaged", fault });
      const receipt = await injection.receipt();
      return receipt.confirmed ? [`${fault.kind}: ${receipt.proof}`] : [];
    }),
  );
  const wrong = confirmed.flat();
  if (wrong.length > 0) fail(`confirmed although nothing was done: ${wrong.join("; ")}`);
}
