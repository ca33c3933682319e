/** Faults of VRRP, ARP and the virtual address, simulated. */
import type { VrrpFault } from "../../../fault/fault.ts";
import { addressAdded } from "./address.ts";
import type { SimDrivers } from "./driver.ts";
import { filtered } from "./filter.ts";

export const VRRP_FAULTS: SimDrivers<VrrpFault> = {
  "vrrp-blocked": ({ direction }, context) => filtered(context, direction, ["vrrp"]),
  "address-added": (_fault, context) => addressAdded(context),
};
