/** Faults of processes, simulated. */
import type { ProcessFault } from "../../../fault/fault.ts";
import { crashLooping } from "./crash-loop.ts";
import type { SimDrivers } from "./driver.ts";
import { partKilled } from "./keepalived-part.ts";
import { scriptReplaced } from "./script.ts";
import { frozen, killed, restarted, stopped } from "./service.ts";

export const PROCESS_FAULTS: SimDrivers<ProcessFault> = {
  "mysqld-killed": (_fault, context) => killed(context, "mysql"),
  "mysqld-stopped": (_fault, context) => stopped(context, "mysql"),
  "mysqld-crash-looping": (fault, context) => crashLooping(context, fault),
  "keepalived-stopped": (_fault, context) => stopped(context, "keepalived"),
  "keepalived-killed": ({ processes = "all" }, context) =>
    processes === "all" ? killed(context, "keepalived") : partKilled(context, processes),
  "service-frozen": ({ service }, context) => frozen(context, service),
  "service-restarted": ({ service }, context) => restarted(context, service),
  "check-script-replaced": scriptReplaced,
};
