/** Acts of the container engine on a node, with the node's own clock read just before and just after. */
import type Dockerode from "dockerode";
import { HarnessError } from "../../../core/errors.ts";
import { lineSplitter, startStream } from "../exec.ts";
import type { DockerNode } from "../node.ts";
import type { Applied } from "./driver.ts";

/**
 * One command in the toolbox prints the time, waits until its input ends, and prints it again: so the stamps are a
 * few milliseconds around the engine's call, where two commands would be some 100 ms around it. `first` is a script
 * that belongs to the act and runs there immediately before the engine's part.
 */
export async function byEngine(
  node: DockerNode,
  act: () => Promise<unknown>,
  first = ":",
): Promise<Applied> {
  const stamps: number[] = [];
  let tellBegun: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    tellBegun = resolve;
  });
  const script = `date +%s%6N\n${first}\necho ready; cat >/dev/null; date +%s%6N`;
  const stream = await startStream(node.toolbox, ["sh", "-c", script], {
    stdin: true,
    onStdout: lineSplitter((line) => {
      if (line === "ready") tellBegun();
      else if (/^\d{16}$/.test(line)) stamps.push(Number(line));
    }),
    onStderr: () => undefined,
  });
  await Promise.race([begun, stream.ended]);
  try {
    await act();
  } finally {
    stream.endInput();
  }
  await stream.ended;
  const [begin, end] = stamps;
  if (begin === undefined || end === undefined) {
    throw new HarnessError("CLOCK_UNREADABLE", "no time stamps around an act of the engine");
  }
  return { beginEpochUs: begin, endEpochUs: end };
}

/** What the engine counts for a container, read from its control group, version 1 or 2. */
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
