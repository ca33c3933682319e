/** One table from fault to driver. */
import { unreachable } from "../../../core/assert.ts";
import type { PlainFault } from "../../../fault/fault.ts";
import { addressAddedDriver } from "./address.ts";
import type { FaultDriver } from "./driver.ts";
import { cutDriver, vrrpBlockDriver } from "./filter.ts";
import { freezeDriver, killDriver, startDriver, stopDriver } from "./process.ts";

export function driverFor(fault: PlainFault): FaultDriver {
  switch (fault.kind) {
    case "mysqld-killed":
      return killDriver("mysql");
    case "mysqld-stopped":
      return stopDriver("mysql");
    case "keepalived-stopped":
      return stopDriver("keepalived");
    case "keepalived-killed":
      return killDriver("keepalived");
    case "vrrp-blocked":
      return vrrpBlockDriver(fault.direction);
    case "cut":
      return cutDriver();
    case "address-added":
      return addressAddedDriver();
    case "service-frozen":
      return freezeDriver(fault.service);
    case "service-started":
      return startDriver(fault.service);
    default:
      return unreachable(fault);
  }
}
