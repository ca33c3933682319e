/** Drivers of the faults of group `mysql`. */
import type { MysqlFault } from "../../../fault/fault.ts";
import type { Drivers } from "./driver.ts";

export const MYSQL_DRIVERS: Drivers<MysqlFault> = {};
