/** From a fault to the way the simulator carries it out. */
import type { PlainFault } from "../../../fault/fault.ts";
import type { SimDrivers, SimFault, SimFaultContext } from "./driver.ts";
import { LINK_FAULTS } from "./link.ts";
import { MYSQL_FAULTS } from "./mysql.ts";
import { NODE_FAULTS } from "./node.ts";
import { OPERATOR_FAULTS } from "./operator.ts";
import { PROCESS_FAULTS } from "./process.ts";
import { VRRP_FAULTS } from "./vrrp.ts";

const DRIVERS: SimDrivers<PlainFault> = {
  ...PROCESS_FAULTS,
  ...NODE_FAULTS,
  ...LINK_FAULTS,
  ...VRRP_FAULTS,
  ...MYSQL_FAULTS,
  ...OPERATOR_FAULTS,
};

/** The table guarantees that a kind's driver takes faults of that kind. */
export function simFault(fault: PlainFault, context: SimFaultContext): SimFault {
  const driver = DRIVERS[fault.kind] as (fault: PlainFault, context: SimFaultContext) => SimFault;
  return driver(fault, context);
}
