/** Faults of VRRP, ARP and the virtual address. */
import type { Definitions } from "../definition.ts";
import { addressAdded, type AddressAdded } from "./address-added.ts";
import { vrrpBlocked, type VrrpBlocked } from "./vrrp-blocked.ts";

export type VrrpFault = VrrpBlocked | AddressAdded;

export const VRRP_FAULTS: Definitions<VrrpFault> = {
  "vrrp-blocked": vrrpBlocked,
  "address-added": addressAdded,
};
