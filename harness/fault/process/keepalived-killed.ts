/**
 * SIGKILL of every keepalived process at once: no goodbye, and nobody takes the VIP off the
 * interface (it stays until keepalived starts again: nothing is left that could remove it).
 */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface KeepalivedKilled {
  readonly kind: "keepalived-killed";
  readonly node: NodeSelector;
}

export const keepalivedKilled: FaultDefinition<KeepalivedKilled> = {
  kind: "keepalived-killed",
  group: "process",
  schema: z.strictObject({ kind: z.literal("keepalived-killed"), node: nodeSchema }),
  needs: ["signal-process", "service-control"],
  standsFor: "`pkill -9 keepalived`, or the OOM killer taking the whole service",
  does:
    "SIGSTOP and then SIGKILL of every process called `keepalived`, the parent and its VRRP child. They are frozen " +
    "first, so that no child can react to the death of its parent.",
  receipt: "keepalived's processes existed before, and are gone within 5 s.",
  healing:
    "`service keepalived start`. keepalived then removes a VIP that its predecessor left. Receipt: its processes run.",
  healingWords: "the service is started again",
  simulated: "The processes of the model's process table get the same signals.",
  worthKnowing:
    "Nobody says goodbye and nobody removes the VIP, so once the standby has taken over two hosts have the address " +
    "until keepalived is started again.",
  words: (_fault, node) => `kill -9 all of keepalived on ${node}`,
  examples: [{ kind: "keepalived-killed", node: HOLDER }],
};
