/**
 * The node's interface is removed from the network and put back: it vanishes with its addresses and comes
 * back as another one of the same name, as a virtual machine's adapter does that is detached.
 */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface NetworkDisconnected {
  readonly kind: "network-disconnected";
  readonly node: NodeSelector;
}

export const networkDisconnected: FaultDefinition<NetworkDisconnected> = {
  kind: "network-disconnected",
  group: "link",
  schema: z.strictObject({ kind: z.literal("network-disconnected"), node: nodeSchema }),
  needs: ["network-control"],
  standsFor: "a network adapter is detached from a virtual machine, or a driver is unloaded",
  does:
    "The engine takes the container out of the network (`docker network disconnect`). The interface is no longer there, " +
    "and with it its addresses, the VIP included, its routes, and any rule or queue that was bound to it. A node with a kernel of its own " +
    "has its adapter taken out instead (`docs/own-kernel.md`), which is the same to everything on it.",
  receipt: "The interface was there with the node's address before, and is no longer there.",
  healing:
    "The engine puts the container back, with the same address and the same hardware address (`docker network connect " +
    "--ip`); the interface gets its name and its routes back. Receipt: the interface is there, UP, with the node's own address, the hardware address and the routes of before.",
  healingWords: "the interface is put back",
  simulated:
    "The host's addresses go one by one, then the interface; when it comes back it has its own address and nothing else. " +
    "The packet observer is blind meanwhile, as on containers.",
  worthKnowing:
    "keepalived goes to FAULT and comes back to BACKUP when the interface is there again. 2.3.3 and 2.3.4 then work as before. " +
    "2.2.7 does not: it says `Entering BACKUP STATE` and from then on neither hears adverts nor takes over, not even when the " +
    "other node is dead, until it is restarted (seen in two drills out of two, on Debian 12). The simulator does not know this and " +
    "lets every version come back. For a moment the interface that comes back has another name, as it has until udev renames it; " +
    "Docker 20.10 calls it `eth1`, and healing gives it its old name. Nothing is captured at the node from " +
    "the moment the interface goes until some tenths of a second after its return; the history says so.",
  words: (_fault, node) => `take ${node} out of the network`,
  examples: [{ kind: "network-disconnected", node: HOLDER }],
};
