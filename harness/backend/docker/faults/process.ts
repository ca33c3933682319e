/** Drivers of the faults of processes. */
import type { ProcessFault } from "../../../fault/fault.ts";
import type { Drivers } from "./driver.ts";
import { freezeDriver, killDriver, stopDriver } from "./service.ts";

export const PROCESS_DRIVERS: Drivers<ProcessFault> = {
  "mysqld-killed": () => killDriver("mysql"),
  "mysqld-stopped": () => stopDriver("mysql"),
  "keepalived-stopped": () => stopDriver("keepalived"),
  "keepalived-killed": () => killDriver("keepalived"),
  "service-frozen": ({ service }) => freezeDriver(service),
};
