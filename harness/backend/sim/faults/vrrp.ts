/** Faults of VRRP, ARP and the virtual address, simulated. */
import type { VrrpFault } from "../../../fault/fault.ts";
import { addressAdded } from "./address.ts";
import { advertsDelayed, advertsLost } from "./adverts.ts";
import { garpBlocked, vipTrafficBlocked } from "./arp.ts";
import { configEdited } from "./config.ts";
import type { SimDrivers } from "./driver.ts";
import { filtered } from "./filter.ts";
import { rogueRouter, vipTaken } from "./rogue.ts";

export const VRRP_FAULTS: SimDrivers<VrrpFault> = {
  "vrrp-blocked": ({ direction }, context) => filtered(context, direction, ["vrrp"]),
  "adverts-lost": ({ direction, share }, context) => advertsLost(context, direction, share),
  "adverts-delayed": ({ delayUs }, context) => advertsDelayed(context, delayUs),
  "garp-blocked": (_fault, context) => garpBlocked(context),
  "vip-traffic-blocked": (_fault, context) => vipTrafficBlocked(context),
  "rogue-router": ({ priority }, context) => rogueRouter(context, priority),
  "vip-taken": (_fault, context) => vipTaken(context),
  "auth-mismatch": configEdited,
  "unicast-peer-missing": configEdited,
  "address-added": (_fault, context) => addressAdded(context),
};
