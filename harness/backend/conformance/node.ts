/** Faults of group `node`. */
import type { ConformanceCase } from "./case.ts";

export const NODE_CASES: readonly ConformanceCase[] = [];
