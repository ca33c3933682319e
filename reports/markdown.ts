import type { ReportedRun } from "./reported.ts";

export function renderMarkdown(runs: readonly ReportedRun[]): string {
  return String(runs.length);
}
