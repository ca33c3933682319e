/** What the control group of a container says of its limits, version 1 or 2, and what a node's own kernel says of its memory. */
import type Dockerode from "dockerode";
import { execute } from "./exec.ts";

/** Above any machine's memory. The engine has no word for lifting a limit, and takes this one. */
export const NO_LIMIT_BYTES: number = 2 ** 50;

/** As the engine reads it, from outside. */
export interface Usage {
  /** Periods of the CPU quota in which it was held back. */
  readonly throttledPeriods: number;
  /** Memory of processes: what the kernel cannot take back without swap. */
  readonly anonymousBytes: number;
}

export async function usageOf(container: Dockerode.Container): Promise<Usage> {
  const stats = await container.stats({ stream: false, "one-shot": true });
  // `rss` is the word of version 1, `anon` that of version 2 (Documentation/admin-guide/cgroup-v1/memory.rst).
  const memory = stats.memory_stats.stats as unknown as Record<string, number | undefined>;
  return {
    throttledPeriods: stats.cpu_stats.throttling_data.throttled_periods,
    anonymousBytes: memory["rss"] ?? memory["anon"] ?? 0,
  };
}

/**
 * Prints how often the OOM killer has killed. Under the engine's kernel: the group's own counter, as the container sees
 * it, version 2 and version 1. Under a kernel of the node's own: of that kernel (Documentation/filesystems/proc.rst, vmstat).
 */
export const OOM_KILLS: Readonly<Record<"engine" | "own", string>> = {
  engine:
    "cat /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null | sed -n 's/^oom_kill //p'",
  own: "sed -n 's/^oom_kill //p' /proc/vmstat",
};

export async function oomKills(
  container: Dockerode.Container,
  kernel: "engine" | "own" = "engine",
): Promise<number> {
  const { stdout } = await execute(container, ["sh", "-c", OOM_KILLS[kernel]]);
  return Number(stdout.trim());
}
