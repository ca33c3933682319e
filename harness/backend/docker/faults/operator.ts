/** Drivers of what operators do by hand. */
import type { OperatorFault } from "../../../fault/fault.ts";
import type { Drivers } from "./driver.ts";
import { startDriver } from "./service.ts";

export const OPERATOR_DRIVERS: Drivers<OperatorFault> = {
  "service-started": ({ service }) => startDriver(service),
};
