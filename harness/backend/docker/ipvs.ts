/**
 * The IPVS table of a node, watched. The kernel announces no change of it, so it is read every 50 ms, in the node, and said
 * whenever it is another one, together with the last time at which it was not: a change is known to that. Its time is read after the table, the other one before it.
 */
import { parseIpvsLine } from "../../observe/ipvs.ts";
import type { DockerNode } from "./node.ts";
import type { ObserverContext } from "./observers.ts";
import { lineSplitter, startStream } from "./stream.ts";
import { notWatching, watches } from "./watching.ts";

/**
 * `/proc/net/ip_vs` without its counters of connections tells that something has changed; what, is asked of ipvsadm. A
 * table that cannot be read is an empty one: the module keeps it for as long as the kernel lives.
 */
const WATCH = `perl -MTime::HiRes=time,sleep -e '
  $| = 1;
  my ($last, $said, $seen) = ("", undef, 0);
  while (1) {
    my $before = int(time * 1e6);
    open(my $table, "<", "/proc/net/ip_vs") or die "no ip_vs here: $!\\n";
    my $text = join "", map { s/^(\\s+->\\s+\\S+\\s+\\S+\\s+\\S+).*/$1/r } <$table>;
    close $table;
    if (!defined $said || $text ne $last) {
      my $after = int(time * 1e6);
      my $words = join " ; ", map { chomp; $_ } qx(ipvsadm -S -n);
      printf "%d %d %s\\n", $after, defined $said ? $seen : $after, $words if $words ne ($said // "-");
      ($last, $said) = ($text, $words);
    }
    $seen = $before;
    sleep 0.05;
  }'`;

export function watchesIpvs({ spec }: DockerNode): boolean {
  return spec.kernel?.includes("ip_vs") === true;
}

/** Resolves when the first table was read. */
export async function watchIpvs(context: ObserverContext, node: DockerNode): Promise<void> {
  const { name } = node.spec;
  const observer = `ipvs at ${name}`;
  let watching = false;
  const splitLines = lineSplitter((line) => {
    const read = parseIpvsLine(line);
    if (read === undefined) return;
    const { epochUs, notBeforeEpochUs, services } = read;
    if (!watching) {
      watching = true;
      context.recordAt(epochUs, { kind: "observer", observer, state: "watching" });
    }
    const notBeforeUs = notBeforeEpochUs - context.originEpochUs;
    context.recordAt(epochUs, { kind: "ipvs", node: name, services, notBeforeUs });
  });
  const running = await startStream(node.toolbox, ["sh", "-c", WATCH], {
    onStdout: (chunk) => {
      context.evidence.append(`ipvs/${name}.log`, chunk);
      splitLines(chunk);
    },
    onStderr: (chunk) => {
      context.evidence.append("observers.log", chunk);
    },
  });
  void running.ended.then(() => {
    context.onLost(observer);
  });
  if (!(await watches(context, () => watching))) throw notWatching(observer);
}
