/**
 * The processes of a node, told apart from our own beside it: toolbox and node share one process namespace, and
 * what belongs to the node is in the control group of its init, process 1. Read from /proc (proc(5)), which
 * needs no right over the processes. A guest has threads of its kernel among its processes (PF_KTHREAD, linux/sched.h);
 * what comes from outside there is below its main program, our own tools among it.
 */
import type Dockerode from "dockerode";
import { executeOk } from "../exec.ts";
import type { DockerNode } from "../node.ts";

/**
 * Prints `pid kind switches` for each live process of the node. Kinds: `own` is what the node runs; `frame` is what
 * keeps the node alive: init and its oldest child, the main program; `guest` was brought in from outside: by the
 * engine (parent 0) or, where the main program is the agent of a guest, by that, as the watcher of the log is. Switches: context switches of all its threads so far.
 */
const LIST = `perl -e '
  sub text { open(my $f, "<", $_[0]) or return ""; local $/; my $t = <$f>; close($f); $t // "" }
  my $group = text("/proc/1/cgroup");
  my (%parent, %began);
  for my $dir (glob("/proc/[0-9]*")) {
    my ($pid) = $dir =~ /(\\d+)$/;
    my ($state, $ppid, @rest) = split(" ", text("$dir/stat") =~ s/^.*\\) //sr);
    next if !defined($ppid) || $state eq "Z" || $rest[4] & 0x00200000 || text("$dir/cgroup") ne $group;
    ($parent{$pid}, $began{$pid}) = ($ppid, $rest[17]);
  }
  my ($main) = sort { $began{$a} <=> $began{$b} || $a <=> $b } grep { $parent{$_} == 1 } keys %parent;
  my $host = text("/proc/" . ($main // 1) . "/comm") =~ /^guest-agent/ ? $main : 0;
  for my $pid (sort { $a <=> $b } keys %parent) {
    my $above = $parent{$pid};
    $above = $parent{$above} // 0 while $host && $above > 1 && $above != $host;
    my $kind = $pid == 1 || $pid == ($main // 0) ? "frame" : $above == $host ? "guest" : "own";
    my $switches = 0;
    my $status = join("", map { text($_) } glob("/proc/$pid/task/*/status"));
    $switches += $1 while $status =~ /ctxt_switches:\\s*(\\d+)/g;
    print "$pid $kind $switches\\n";
  }'`;

/** For scripts in the toolbox: `own_processes` prints the pids of what the node runs. */
export const OWN_PROCESSES: string = `own_processes() { ${LIST} | while read -r pid kind switches; do
  if [ "$kind" = own ]; then echo "$pid"; fi
done; }`;

interface NodeProcess {
  readonly pid: number;
  readonly kind: "frame" | "guest" | "own";
  readonly switches: number;
}

/** As the container with these tools sees them. */
export async function processesOf(
  tools: Dockerode.Container,
  name: string,
): Promise<readonly NodeProcess[]> {
  const text = await executeOk(tools, `a list of processes of ${name}`, ["sh", "-c", LIST]);
  return [...text.matchAll(/^(\d+) (frame|guest|own) (\d+)$/gm)].map(([, pid, kind, switches]) => ({
    pid: Number(pid),
    kind: kind as NodeProcess["kind"],
    switches: Number(switches),
  }));
}

/** Pids of what the node runs. */
export async function ownPids(node: DockerNode): Promise<number[]> {
  const all = await processesOf(node.toolbox, node.spec.name);
  return all.filter(({ kind }) => kind === "own").map(({ pid }) => pid);
}
