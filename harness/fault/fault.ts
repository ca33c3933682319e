/**
 * The union of faults, as data, and the table of what is said of each. How a backend carries one out is
 * the backend's business, and what it could not do is said, never left out.
 */
import type { Definitions } from "./definition.ts";
import { LINK_FAULTS, type LinkFault } from "./link/index.ts";
import { MYSQL_FAULTS, type MysqlFault } from "./mysql/index.ts";
import { NODE_FAULTS, type NodeFault } from "./node/index.ts";
import { OPERATOR_FAULTS, type OperatorFault } from "./operator/index.ts";
import { PROCESS_FAULTS, type ProcessFault } from "./process/index.ts";
import type { Sabotaged } from "./sabotaged.ts";
import { VRRP_FAULTS, type VrrpFault } from "./vrrp/index.ts";

export type { Capability, Direction, NodeSelector, Service } from "./definition.ts";
export type { LinkFault, MysqlFault, NodeFault, OperatorFault, ProcessFault, VrrpFault };

/** A fault that disturbs the cluster by itself. */
export type PlainFault =
  ProcessFault | NodeFault | LinkFault | VrrpFault | MysqlFault | OperatorFault;

export type Fault = PlainFault | Sabotaged;

export type FaultKind = Fault["kind"];

/** Every kind of fault, in the order in which the catalogue shows them. */
export const FAULTS: Definitions<PlainFault> = {
  ...PROCESS_FAULTS,
  ...NODE_FAULTS,
  ...LINK_FAULTS,
  ...VRRP_FAULTS,
  ...MYSQL_FAULTS,
  ...OPERATOR_FAULTS,
};
