/**
 * Everything we create says whose it is, from the moment it exists: the run, and the process that
 * owns it (pid with its start time, so that a reused pid is not mistaken for the owner).
 */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

export const LABEL_RUN = "org.vipdrill.run";
export const LABEL_OWNER = "org.vipdrill.owner";

/**
 * Labels are set once, and whether a cluster stays is known at its end only: a kept one is told by the name
 * that its observer then gets. One that never got so far is swept like any other.
 */
const KEPT_SUFFIX = "-kept";

export function observerName(runId: string): string {
  return `vipdrill-${runId}-observer`;
}

export function keptName(runId: string): string {
  return `${observerName(runId)}${KEPT_SUFFIX}`;
}

export function isKeptName(container: string): boolean {
  return container.endsWith(KEPT_SUFFIX);
}

/** `HOST/PID/STARTED`. Started is 0 where the system does not tell. */
export function ownerLabel(): string {
  return `${hostname()}/${process.pid}/${startTimeOf(process.pid) ?? 0}`;
}

export function runLabels(runId: string): Record<string, string> {
  return { [LABEL_RUN]: runId, [LABEL_OWNER]: ownerLabel() };
}

/** Whether the owner is gone for certain. An owner on another machine is not ours to judge. */
export function ownerIsGone(label: string | undefined): boolean {
  const [host, pidText, started] = (label ?? "").split("/");
  const pid = Number(pidText);
  if (host !== hostname() || !Number.isInteger(pid) || pid <= 0) return false;
  if (!processExists(pid)) return true;
  return started !== "0" && String(startTimeOf(pid) ?? started) !== started;
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Clock ticks since boot at which a process started (proc(5), field 22 of stat); Linux only. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined; // no such process, or no /proc on this system
  }
}
