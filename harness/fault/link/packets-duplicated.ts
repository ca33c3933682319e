/** A share of the frames that the node sends goes out twice. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";
import { percentWords } from "./quantities.ts";

export interface PacketsDuplicated {
  readonly kind: "packets-duplicated";
  readonly node: NodeSelector;
  /** Of the frames that it sends; above 0 and at most 1. */
  readonly share: number;
}

export const packetsDuplicated: FaultDefinition<PacketsDuplicated> = {
  kind: "packets-duplicated",
  group: "link",
  schema: z.strictObject({
    kind: z.literal("packets-duplicated"),
    node: nodeSchema,
    share: z.number().gt(0).lte(1),
  }),
  needs: ["frame-duplication"],
  standsFor: "a loop in the switching, a failing bond, or a mirror port that leaks back",
  does:
    "An nftables table of its own (family `netdev`, hook `egress`) with the statement `dup to` the same interface, for a " +
    "`share` of the frames (above 0, at most 1). Copies carry a packet mark while they pass our chain, so that none is " +
    "copied again; frames that had a mark of their own are left alone.",
  receipt:
    "A burst of probe packets is sent by the node, and the rule that copies pass through has counted some.",
  healing: "Deletes our table and nothing else. Receipt: it is no longer listed.",
  healingWords: "packets go out once again",
  simulated:
    "Adverts and announcements go out twice, the second time at the same moment. TCP and ARP requests are taken to be as if " +
    "nothing were doubled.",
  worthKnowing:
    "keepalived takes a copy of an advert for another advert of the same master, and TCP drops its copies: in a drill of a " +
    "healthy pair nothing is seen of it but the counters.",
  words: ({ share }, node) => `send ${percentWords(share)} of the packets of ${node} twice`,
  examples: [
    { kind: "packets-duplicated", node: HOLDER, share: 1 },
    { kind: "packets-duplicated", node: HOLDER, share: 0.2 },
  ],
};
