/** One table from fault to driver. */
import type { PlainFault } from "../../../fault/fault.ts";
import type { Drivers, FaultDriver } from "./driver.ts";
import { LINK_DRIVERS } from "./link.ts";
import { MYSQL_DRIVERS } from "./mysql.ts";
import { NODE_DRIVERS } from "./node.ts";
import { OPERATOR_DRIVERS } from "./operator.ts";
import { PROCESS_DRIVERS } from "./process.ts";
import { VRRP_DRIVERS } from "./vrrp.ts";

const DRIVERS: Drivers<PlainFault> = {
  ...PROCESS_DRIVERS,
  ...NODE_DRIVERS,
  ...LINK_DRIVERS,
  ...VRRP_DRIVERS,
  ...MYSQL_DRIVERS,
  ...OPERATOR_DRIVERS,
};

/** The table guarantees that a kind's driver takes faults of that kind. */
export function driverFor(fault: PlainFault): FaultDriver {
  return (DRIVERS[fault.kind] as (fault: PlainFault) => FaultDriver)(fault);
}
