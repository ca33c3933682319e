/** Drivers of the faults of processes. */
import type { ProcessFault } from "../../../fault/fault.ts";
import { crashLoopDriver } from "./crash-loop.ts";
import type { Drivers } from "./driver.ts";
import { killPartDriver } from "./keepalived-part.ts";
import { scriptDriver } from "./script.ts";
import { freezeDriver, killDriver, restartDriver, stopDriver } from "./service.ts";

export const PROCESS_DRIVERS: Drivers<ProcessFault> = {
  "mysqld-killed": () => killDriver("mysql"),
  "mysqld-stopped": () => stopDriver("mysql"),
  "mysqld-crash-looping": (fault) => crashLoopDriver(fault),
  "keepalived-stopped": () => stopDriver("keepalived"),
  "keepalived-killed": ({ processes = "all" }) =>
    processes === "all" ? killDriver("keepalived") : killPartDriver(processes),
  "service-frozen": ({ service }) => freezeDriver(service),
  "service-restarted": ({ service }) => restartDriver(service),
  "check-script-replaced": (fault) => scriptDriver(fault),
};
