/** Everything that the node sends leaves later. */
import { z } from "zod";
import type { Us } from "../../core/time.ts";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";
import { delaySchema, delayWords } from "./quantities.ts";

export interface PacketsDelayed {
  readonly kind: "packets-delayed";
  readonly node: NodeSelector;
  readonly delayUs: Us;
  /** Each packet's delay is drawn from `delayUs` less to `delayUs` plus this; 0: all alike. */
  readonly jitterUs: Us;
}

export const packetsDelayed: FaultDefinition<PacketsDelayed> = {
  kind: "packets-delayed",
  group: "link",
  schema: z
    .strictObject({
      kind: z.literal("packets-delayed"),
      node: nodeSchema,
      delayUs: delaySchema,
      jitterUs: z.int().nonnegative(),
    })
    .refine(({ delayUs, jitterUs }) => jitterUs <= delayUs, {
      message: "jitterUs must not be above delayUs",
      path: ["jitterUs"],
    }),
  needs: ["packet-delay"],
  standsFor: "a long way between the nodes, a full queue on it, or a busy hypervisor",
  does:
    "A `netem` queue on the node's interface: everything that it sends leaves `delayUs` later, plus or minus up to " +
    "`jitterUs`. What comes in is not delayed, so a round trip gets longer by `delayUs` once. Where the kernel has no netem, a " +
    "[link emulator](#the-link-emulator) holds the frames back instead.",
  receipt:
    "The node's round trip to another node was measured before and after; the shortest of ten has grown by at " +
    "least nine tenths of `delayUs` less `jitterUs`, and the queue of our handle is on the interface. It says which of the two " +
    "delays; of the emulator also the worst lateness beyond the delay, and how many frames it has dropped.",
  healing:
    "Deletes the queue of our handle, with what waits in it, or ends the emulator, which sends what it holds at once and in " +
    "order. Receipt: nothing of it is left, and the emulator had worked until then.",
  healingWords: "packets are no longer delayed",
  simulated:
    "Adverts and announcements arrive later. TCP is taken to be as fast as before, so operations do not take longer.",
  worthKnowing:
    "With jitter packets overtake each other. A stock distribution kernel has `sch_netem` as a module, which a container uses " +
    "and cannot load; `./vipdrill doctor` shows what delays on a machine.",
  words: ({ delayUs, jitterUs }, node) =>
    `delay what ${node} sends by ${delayWords(delayUs)}${jitterUs === 0 ? "" : ` ± ${delayWords(jitterUs)}`}`,
  examples: [
    { kind: "packets-delayed", node: HOLDER, delayUs: 200_000, jitterUs: 0 },
    { kind: "packets-delayed", node: HOLDER, delayUs: 50_000, jitterUs: 20_000 },
  ],
};
