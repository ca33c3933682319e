/** What the command line prints for finished runs. */
import type { ReportedRun } from "./reported.ts";

export interface ConsoleOptions {
  readonly colour: boolean;
}

export function renderConsole(run: ReportedRun, options: ConsoleOptions): string {
  return `${run.result.outcome} ${String(options.colour)}\n`;
}

export function renderSummary(runs: readonly ReportedRun[], options: ConsoleOptions): string {
  return `${String(runs.length)} ${String(options.colour)}\n`;
}
