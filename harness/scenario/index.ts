/** What scenario files import: this and nothing else. */
export { milliseconds, seconds } from "../core/time.ts";
export type { Us } from "../core/time.ts";
export type { JsonObject } from "../core/json.ts";
export { after, when } from "../fault/schedule.ts";
export type { FaultStep, HealStep, Step, Trigger, WatchStep } from "../fault/schedule.ts";
export type { Fault, NodeSelector } from "../fault/fault.ts";
export type {
  Monitor,
  MysqlServer,
  NodeFile,
  Topology,
  TopologyNode,
} from "../topology/topology.ts";
export { defaultWorkload } from "../workload/workload.ts";
export type { Workload } from "../workload/workload.ts";
export { defineScenario, fails, passes } from "./scenario.ts";
export type { Expectation, PromiseTried, Scenario } from "./scenario.ts";
export type { Versions } from "./versions.ts";
