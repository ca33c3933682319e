/**
 * How late a node with a kernel of its own is: that kernel is a program among others, and while it waits for a processor or for a
 * file of the engine's, all that runs inside waits with it. The observer's own watch, on another processor, does not see that.
 *
 * A help in judging times and no witness: it ends with the node and is not missed.
 */
import { parseLatenessLine } from "../../observe/lateness.ts";
import type { DockerNode } from "./node.ts";
import type { ObserverContext } from "./observers.ts";
import { lineSplitter, startStream } from "./stream.ts";

/** Tells every second in which a sleep of 20 ms took more than 20 ms too long (`timing/noise.ts`, QUIET_US_MAX). */
const WATCH = `perl -MTime::HiRes=time,sleep,clock_gettime,CLOCK_MONOTONIC -e '
  $| = 1;
  my ($worst, $from) = (0, clock_gettime(CLOCK_MONOTONIC));
  while (1) {
    my $before = clock_gettime(CLOCK_MONOTONIC);
    sleep 0.02;
    my $now = clock_gettime(CLOCK_MONOTONIC);
    my $late = $now - $before - 0.02;
    $worst = $late if $late > $worst;
    next if $now - $from < 1;
    printf "%d %d %d\\n", time * 1e6, $worst * 1e6, ($now - $from) * 1e6 if $worst > 0.02;
    ($worst, $from) = (0, $now);
  }'`;

export async function watchLateness(context: ObserverContext, node: DockerNode): Promise<void> {
  const { name } = node.spec;
  const splitLines = lineSplitter((line) => {
    const read = parseLatenessLine(line);
    if (read === undefined) return;
    const { epochUs, lateUs, spanUs } = read;
    context.recordAt(epochUs, { kind: "jitter", node: name, lateUs, spanUs });
  });
  await startStream(node.host, ["sh", "-c", WATCH], {
    onStdout: (chunk) => {
      context.evidence.append(`lateness/${name}.log`, chunk);
      splitLines(chunk);
    },
    onStderr: (chunk) => {
      context.evidence.append("observers.log", chunk);
    },
  });
}
