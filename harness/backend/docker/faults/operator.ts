/** Drivers of what operators do by hand. */
import type { OperatorFault } from "../../../fault/fault.ts";
import { configDriver } from "./config.ts";
import type { Drivers } from "./driver.ts";
import { startDriver } from "./service.ts";

export const OPERATOR_DRIVERS: Drivers<OperatorFault> = {
  "service-started": ({ service }) => startDriver(service),
  "keepalived-reconfigured": (fault) => configDriver(fault),
  switchover: (fault) => configDriver(fault),
};
