/** Faults of group `mysql`, simulated. */
import type { MysqlFault } from "../../../fault/fault.ts";
import type { SimDrivers } from "./driver.ts";

export const MYSQL_FAULTS: SimDrivers<MysqlFault> = {};
