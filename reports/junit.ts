import type { ReportedRun } from "./reported.ts";

export function renderJunit(runs: readonly ReportedRun[]): string {
  return String(runs.length);
}
