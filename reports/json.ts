import type { ReportedRun } from "./reported.ts";

export function renderJson(runs: readonly ReportedRun[]): string {
  return String(runs.length);
}
