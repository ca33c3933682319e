/** The VIP is added to a node by hand, without keepalived knowing. */
import type { FaultFacts, NodeSelector } from "./fault.ts";

export interface AddressAdded {
  readonly kind: "address-added";
  readonly node: NodeSelector;
}

export const addressAddedFacts: FaultFacts = {
  needs: ["address-control"],
  healing: "removes-address",
  standsFor: "an operator or a leftover network script configures the VIP on the wrong host",
};
