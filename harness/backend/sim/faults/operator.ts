/** What operators do by hand, simulated. */
import type { OperatorFault } from "../../../fault/fault.ts";
import { configEdited } from "./config.ts";
import type { SimDrivers } from "./driver.ts";
import { startedByHand } from "./service.ts";

export const OPERATOR_FAULTS: SimDrivers<OperatorFault> = {
  "service-started": ({ service }, context) => startedByHand(context, service),
  "keepalived-reconfigured": configEdited,
  switchover: configEdited,
};
