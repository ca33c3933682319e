/** One node does not send to its peers: their addresses in its unicast_peer are not theirs. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface UnicastPeerMissing {
  readonly kind: "unicast-peer-missing";
  readonly node: NodeSelector;
}

export const unicastPeerMissing: FaultDefinition<UnicastPeerMissing> = {
  kind: "unicast-peer-missing",
  group: "vrrp",
  schema: z.strictObject({ kind: z.literal("unicast-peer-missing"), node: nodeSchema }),
  needs: ["file-control", "service-control"],
  standsFor: "a node was replaced or renumbered, and another still lists its old address",
  does:
    "Every address in `unicast_peer` of the node's `vrrp_instance` (of the first virtual router) becomes an address of " +
    "the same segment that nobody has, and `service keepalived reload` is given. The lines are not taken out: an empty " +
    "`unicast_peer` makes keepalived send multicast, which is another mistake.",
  receipt:
    "The file has the new text, and the VRRP process logged `Reloading` once more. A `vrrp_instance` without " +
    "`unicast_peer` changes nothing, and the receipt says so.",
  healing:
    "The earlier text is put back and reloaded; a keepalived that has ended is started. Receipt: the file's text and the " +
    "log line.",
  healingWords: "the earlier peers are put back and reloaded",
  simulated:
    "The file of the simulated host is replaced, and the model's daemon gets SIGHUP; adverts to an address that nobody " +
    "has reach nobody.",
  worthKnowing:
    "It works one way only. On the holder, the others hear nothing and take over, while the holder hears their lower " +
    "adverts and stays master. On a standby nothing shows until it becomes master itself. keepalived looks for the sender " +
    "in its own list of peers only with `check_unicast_src`.",
  words: (_fault, node) => `stale addresses in unicast_peer of ${node}, reloaded`,
  examples: [{ kind: "unicast-peer-missing", node: HOLDER }],
};
