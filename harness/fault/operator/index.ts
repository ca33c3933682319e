/** What operators do by hand, as the documents describe it. */
import type { Definitions } from "../definition.ts";
import { keepalivedReconfigured, type KeepalivedReconfigured } from "./keepalived-reconfigured.ts";
import { serviceStarted, type ServiceStarted } from "./service-started.ts";
import { switchover, type Switchover } from "./switchover.ts";

export type OperatorFault = ServiceStarted | KeepalivedReconfigured | Switchover;

export const OPERATOR_FAULTS: Definitions<OperatorFault> = {
  "service-started": serviceStarted,
  "keepalived-reconfigured": keepalivedReconfigured,
  switchover,
};
