/** The topology's monitors, run in the observer beside the client: every run that ended becomes a fact. */
import { milliseconds, seconds } from "../../core/time.ts";
import { MONITORS, parseMonitorRun, type MonitorConfig } from "../../observe/monitor.ts";
import type { Monitor } from "../../topology/topology.ts";
import { startProgram, type Program, type ProgramContext } from "./program.ts";

/** A run that is under way gets 3 s to end (`images/observer/monitor/main.ts`). */
const STOP_BOUND_US = seconds(8);
const MS = milliseconds(1);

export async function startMonitors(
  context: ProgramContext,
  monitors: readonly Monitor[],
  originEpochUs: number,
): Promise<{ stop(): Promise<void> }> {
  const config: MonitorConfig = {
    monitors: monitors.map(({ name, everyUs, script }) => ({
      name,
      everyMs: everyUs / MS,
      script,
    })),
  };
  const program: Program = await startProgram(context, {
    name: MONITORS,
    folder: "monitor",
    config,
    evidence: "monitors.jsonl",
    onLine: (line) => {
      const parsed = parseMonitorRun(line);
      if (parsed?.[0] !== "run") return parsed !== undefined;
      const [, endedUs, monitor, beganUs, exitCode, output] = parsed;
      context.recordAt(endedUs, {
        kind: "monitor",
        monitor,
        exitCode,
        output,
        beganUs: beganUs - originEpochUs,
      });
      return false;
    },
  });
  return { stop: () => program.stop(STOP_BOUND_US) };
}
