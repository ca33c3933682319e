/**
 * What every backend owes a scenario, as named cases over the port. A case gets a settled cluster
 * under load, and leaves it settled. The simulator has to pass the same ones.
 */
import { ALERT_CASES } from "./alerts.ts";
import type { ConformanceCase, World } from "./case.ts";
import { IN_FORCE_CASES } from "./in-force.ts";
import { LINK_CASES } from "./link.ts";
import { MYSQL_CASES } from "./mysql.ts";
import { NODE_CASES } from "./node.ts";
import { OBSERVATION_CASES } from "./observation.ts";
import { OPERATOR_CASES } from "./operator.ts";
import { PROCESS_CASES } from "./process.ts";
import { VRRP_CASES } from "./vrrp.ts";

export type { ConformanceCase, World };

export const CONFORMANCE: readonly ConformanceCase[] = [
  ...OBSERVATION_CASES,
  ...PROCESS_CASES,
  ...NODE_CASES,
  ...LINK_CASES,
  ...VRRP_CASES,
  ...MYSQL_CASES,
  ...OPERATOR_CASES,
  ...ALERT_CASES,
  ...IN_FORCE_CASES,
];

export const WORLDS: readonly World[] = ["pair", "unicast", "semi-sync", "data-disk", "alerts"];

export function casesOf(world: World): readonly ConformanceCase[] {
  return CONFORMANCE.filter((item) => (item.world ?? "pair") === world);
}
