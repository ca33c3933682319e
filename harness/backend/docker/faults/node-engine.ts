/** Acts of the container engine on a node, with the node's own clock read just before and just after. */
import { HarnessError } from "../../../core/errors.ts";
import { bounded, ENGINE_ANSWER_MS, lineSplitter, startStream } from "../stream.ts";
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
  const stream = await startStream(node.wire, ["sh", "-c", script], {
    stdin: true,
    onStdout: lineSplitter((line) => {
      if (line === "ready") tellBegun();
      else if (/^\d{16}$/.test(line)) stamps.push(Number(line));
    }),
    onStderr: () => undefined,
  });
  await bounded(Promise.race([begun, stream.ended]), ENGINE_ANSWER_MS, "the clock before an act");
  try {
    await bounded(act(), ENGINE_ANSWER_MS, "an act of the engine");
  } finally {
    stream.endInput();
  }
  await bounded(stream.ended, ENGINE_ANSWER_MS, "the clock after an act");
  const [begin, end] = stamps;
  if (begin === undefined || end === undefined) {
    throw new HarnessError("CLOCK_UNREADABLE", "no time stamps around an act of the engine");
  }
  return { beginEpochUs: begin, endEpochUs: end };
}
