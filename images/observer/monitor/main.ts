/**
 * Runs the topology's monitors, each again and again and never twice at once, and prints how each run
 * ended (see `harness/observe/monitor.ts`). Ends when its standard input ends.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { MonitorConfig, MonitorLine } from "../../../harness/observe/monitor.ts";
import { nowUs } from "../client/clock.ts";

/** As much as the history keeps. */
const OUTPUT_MAX = 2000;
/** A run that hangs would otherwise be the last one. */
const RUN_LIMIT_MS = 60_000;
/** What is under way at the end may still say something. */
const STOP_LIMIT_MS = 3000;

const config = JSON.parse(process.argv[2] ?? "{}") as MonitorConfig;
const ending = new AbortController();

function print(line: MonitorLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

interface Ended {
  readonly exitCode: number;
  readonly output: string;
}

function run(script: string, name: string): Promise<Ended> {
  return new Promise((resolve) => {
    // A process group of its own, so that what the script started ends with it.
    const child = spawn("bash", ["-c", script, name], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const take = (chunk: Buffer): void => {
      if (output.length < OUTPUT_MAX) output += chunk.toString("utf8");
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, RUN_LIMIT_MS);
    const end = (exitCode: number): void => {
      clearTimeout(timer);
      resolve({ exitCode, output: output.slice(0, OUTPUT_MAX) });
    };
    child.on("error", () => {
      end(127);
    });
    // As a shell counts: 128 and the number of the signal.
    child.on("close", (code, signal) => {
      end(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

async function watch({ name, everyMs, script }: MonitorConfig["monitors"][number]): Promise<void> {
  const { signal } = ending;
  while (!signal.aborted) {
    const beganUs = nowUs();
    const { exitCode, output } = await run(script, name);
    print(["run", nowUs(), name, beganUs, exitCode, output]);
    const leftMs = everyMs - (nowUs() - beganUs) / 1000;
    // Woken early, it has ended.
    if (leftMs > 0) await pause(leftMs, undefined, { signal }).catch(() => undefined);
  }
}

print(["ready", nowUs()]);
const watching = Promise.all(config.monitors.map(watch));

process.stdin.resume();
process.stdin.once("end", () => {
  ending.abort();
  void Promise.race([watching, pause(STOP_LIMIT_MS)]).then(() => {
    process.stdout.write("", () => process.exit(0));
  });
});
