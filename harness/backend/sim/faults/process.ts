/** Faults of processes, simulated. */
import type { ProcessFault } from "../../../fault/fault.ts";
import type { SimDrivers } from "./driver.ts";
import { frozen, killed, stopped } from "./service.ts";

export const PROCESS_FAULTS: SimDrivers<ProcessFault> = {
  "mysqld-killed": (_fault, context) => killed(context, "mysql"),
  "mysqld-stopped": (_fault, context) => stopped(context, "mysql"),
  "keepalived-stopped": (_fault, context) => stopped(context, "keepalived"),
  "keepalived-killed": (_fault, context) => killed(context, "keepalived"),
  "service-frozen": ({ service }, context) => frozen(context, service),
};
