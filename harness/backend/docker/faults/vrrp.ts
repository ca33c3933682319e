/** Drivers of the faults of VRRP, ARP and the virtual address. */
import type { VrrpFault } from "../../../fault/fault.ts";
import { addressAddedDriver } from "./address.ts";
import type { Drivers } from "./driver.ts";
import { vrrpBlockDriver } from "./filter.ts";

export const VRRP_DRIVERS: Drivers<VrrpFault> = {
  "vrrp-blocked": ({ direction }) => vrrpBlockDriver(direction),
  "address-added": () => addressAddedDriver(),
};
