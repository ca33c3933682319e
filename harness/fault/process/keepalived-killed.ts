/**
 * SIGKILL of keepalived, or of one of its processes. Of all at once: no goodbye, and nobody takes the VIP off
 * the interface (it stays until keepalived starts again: nothing is left that could remove it).
 */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface KeepalivedKilled {
  readonly kind: "keepalived-killed";
  readonly node: NodeSelector;
  /** Absent: all. */
  readonly processes?: KeepalivedProcesses;
}

export type KeepalivedProcesses = "all" | "parent" | "vrrp";

export const keepalivedKilled: FaultDefinition<KeepalivedKilled> = {
  kind: "keepalived-killed",
  group: "process",
  schema: z.strictObject({
    kind: z.literal("keepalived-killed"),
    node: nodeSchema,
    processes: z.exactOptional(z.enum(["all", "parent", "vrrp"])),
  }),
  needs: ["signal-process", "service-control"],
  standsFor: "`pkill -9 keepalived`, `kill -9` of its pid file, or the OOM killer",
  does:
    "`processes`: `all` (also when it is absent) is SIGSTOP and then SIGKILL of every process called `keepalived`, the " +
    "parent and its VRRP child; they are frozen first, so that no child can react to the death of its parent. `parent` is " +
    "`kill -9` of the process in `/run/keepalived.pid` alone, and `vrrp` of the one in `/run/vrrp.pid`.",
  receipt:
    "keepalived's processes existed before, and are gone within 5 s. Of `parent` and `vrrp` that is the one that was " +
    "killed; what became of the others within 2 s is noted beside it.",
  healing:
    "Of all: `service keepalived start`, and its processes run. Of a part: waits up to 5 s for processes that the killed " +
    "parent left behind, ends those that stay with SIGTERM, and gives `service keepalived start` if keepalived is down; " +
    "at least a parent and a child then run. A VIP that a predecessor left is removed by the new one.",
  healingWords: "the service is started again",
  simulated: "The processes of the model's process table get the same signals.",
  worthKnowing:
    "Of all at once: nobody says goodbye and nobody removes the VIP, so once the standby has taken over two hosts have the " +
    "address until keepalived is started again. Of the parent alone: the kernel sends its children SIGTERM, so it " +
    "is a clean goodbye (keepalived 1.3.3 and later). The VRRP child stays for 1 s more, and a start within that " +
    "second says `daemon is already running`, exits with 0 and leaves keepalived down (seen with 2.2.7, 2.3.3 " +
    "and 2.3.4). Of the VRRP child alone: its parent starts another at once, which takes the VIP off and begins as a " +
    "backup, so the VIP is away for about three advert intervals and may move twice.",
  words: ({ processes = "all" }, node) => `kill -9 ${WORDS[processes]} on ${node}`,
  examples: [
    { kind: "keepalived-killed", node: HOLDER },
    { kind: "keepalived-killed", node: HOLDER, processes: "parent" },
    { kind: "keepalived-killed", node: HOLDER, processes: "vrrp" },
  ],
};

const WORDS: Readonly<Record<KeepalivedProcesses, string>> = {
  all: "all of keepalived",
  parent: "keepalived's parent process",
  vrrp: "keepalived's VRRP process",
};
