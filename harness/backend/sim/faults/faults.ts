/** From a fault to the way the simulator carries it out. */
import type { PlainFault } from "../../../fault/fault.ts";
import { addressAdded } from "./address.ts";
import type { SimFault, SimFaultContext } from "./driver.ts";
import { filtered } from "./filter.ts";
import { frozen, killed, startedByHand, stopped } from "./process.ts";

export function simFault(fault: PlainFault, context: SimFaultContext): SimFault {
  switch (fault.kind) {
    case "mysqld-killed":
      return killed(context, "mysql");
    case "mysqld-stopped":
      return stopped(context, "mysql");
    case "keepalived-stopped":
      return stopped(context, "keepalived");
    case "keepalived-killed":
      return killed(context, "keepalived");
    case "vrrp-blocked":
      return filtered(context, fault.direction, ["vrrp"]);
    case "cut":
      return filtered(context, "both", undefined);
    case "address-added":
      return addressAdded(context);
    case "service-frozen":
      return frozen(context, fault.service);
    case "service-started":
      return startedByHand(context, fault.service);
  }
}
