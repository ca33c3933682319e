/** Faults of group `mysql`. */
import type { ConformanceCase } from "./case.ts";

export const MYSQL_CASES: readonly ConformanceCase[] = [];
