/** All entries of the matrix, group by group. */
import { LINK_ENTRIES } from "./link.ts";
import type { Entry } from "./matrix.ts";
import { MYSQL_ENTRIES } from "./mysql.ts";
import { NODE_ENTRIES } from "./node.ts";
import { OPERATOR_ENTRIES } from "./operator.ts";
import { PROCESS_ENTRIES } from "./process.ts";
import { VRRP_ENTRIES } from "./vrrp.ts";

export const ENTRIES: readonly Entry[] = [
  ...PROCESS_ENTRIES,
  ...NODE_ENTRIES,
  ...LINK_ENTRIES,
  ...VRRP_ENTRIES,
  ...MYSQL_ENTRIES,
  ...OPERATOR_ENTRIES,
];
