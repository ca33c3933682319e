/** Drivers of the faults of VRRP, ARP and the virtual address. */
import type { VrrpFault } from "../../../fault/fault.ts";
import { addressAddedDriver } from "./address.ts";
import { advertsDelayedDriver } from "./adverts-delayed.ts";
import { advertsLostDriver } from "./adverts-lost.ts";
import { garpBlockedDriver } from "./arp-filter.ts";
import { configDriver } from "./config.ts";
import type { Drivers } from "./driver.ts";
import { vrrpBlockDriver } from "./filter.ts";
import { rogueRouterDriver } from "./rogue.ts";
import { vipTakenDriver } from "./vip-taken.ts";
import { vipTrafficBlockedDriver } from "./vip-traffic.ts";

export const VRRP_DRIVERS: Drivers<VrrpFault> = {
  "vrrp-blocked": ({ direction }) => vrrpBlockDriver(direction),
  "adverts-lost": ({ direction, share }) => advertsLostDriver(direction, share),
  "adverts-delayed": ({ delayUs }) => advertsDelayedDriver(delayUs),
  "garp-blocked": () => garpBlockedDriver(),
  "vip-traffic-blocked": () => vipTrafficBlockedDriver(),
  "rogue-router": ({ priority }) => rogueRouterDriver(priority),
  "vip-taken": () => vipTakenDriver(),
  "auth-mismatch": (fault) => configDriver(fault),
  "unicast-peer-missing": (fault) => configDriver(fault),
  "address-added": () => addressAddedDriver(),
};
