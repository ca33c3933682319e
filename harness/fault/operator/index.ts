/** What operators do by hand, as the documents describe it. */
import type { Definitions } from "../definition.ts";
import { serviceStarted, type ServiceStarted } from "./service-started.ts";

export type OperatorFault = ServiceStarted;

export const OPERATOR_FAULTS: Definitions<OperatorFault> = {
  "service-started": serviceStarted,
};
