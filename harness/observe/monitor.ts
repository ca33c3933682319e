/**
 * Lines that the runner of monitors prints in the observer, one JSON array each: `["ready",t]`,
 * `["run",ended,monitor,began,exitCode,output]`. Times are microseconds since the epoch on the engine's clock.
 */
/** As observers are called in the history. */
export const MONITORS = "monitors";

export type MonitorLine =
  readonly ["ready", number] | readonly ["run", number, string, number, number, string];

/** What it is told on its command line, as JSON. */
export interface MonitorConfig {
  readonly monitors: readonly {
    readonly name: string;
    readonly everyMs: number;
    readonly script: string;
  }[];
}

/** The line, or nothing when it is torn or not from our program. */
export function parseMonitorRun(line: string): MonitorLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!Array.isArray(value) || typeof value[1] !== "number") return undefined;
    return value[0] === "ready" || (value[0] === "run" && value.length === 6)
      ? (value as unknown as MonitorLine)
      : undefined;
  } catch {
    return undefined; // a torn last line
  }
}
