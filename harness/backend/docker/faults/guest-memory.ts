/**
 * The memory of a node with a kernel of its own, filled from inside: a file in memory takes what is left, until that kernel's OOM
 * killer has killed. Such a file belongs to no process, so that the killer finds the largest one, which is mysqld. Its
 * pages are there (fallocate) and never written to. The guest has no swap. The agent that runs our commands is exempt
 * (`images/own-kernel/program/guest-agent`): it is no part of the host.
 */
import { executeOk } from "../exec.ts";
import type { DockerNode } from "../node.ts";

/** Away from what the host itself has in memory. */
const PLACE = "/run/vipdrill-memory";
const MIB_KB = 1024;
/** Left by the first step, which is to kill nobody: what the kernel calls available is an estimate. */
const HEADROOM_KB = 32 * MIB_KB;
/**
 * Less than the smallest server has (MariaDB's 50 MB), so that what it leaves is enough for the rest of the step; not much less,
 * because the host crawls while the last pages of its programs are taken from it. In steps of 4 MB, each by a program
 * of its own, one server of three was killed only after 3.6 s; in this way six of six after 0.2 to 0.4 s.
 */
const STEP_KB = 24 * MIB_KB;
const STEPS = 8;

/**
 * Stops as soon as something was killed: what that leaves is room. One program, for nothing can be started any more near the
 * end. 285 is fallocate(2) on x86_64 (syscall_64.tbl), the only machine with such kernels.
 */
export const FILL_SCRIPT: string = `mkdir -p ${PLACE} && mount -t tmpfs -o mode=700,size=100% memory ${PLACE} && perl -e '
  sub number { my ($file, $name) = @_; local ($/, @ARGV) = (undef, $file); return <> =~ /^$name:? +(\\d+)/m ? $1 : 0 }
  my ($had, $taken) = (number("/proc/vmstat", "oom_kill"), 0);
  open(my $file, ">", "${PLACE}/taken") or die "$!\\n";
  sub take {
    my ($kb) = @_;
    syscall(285, fileno $file, 0, $taken * 1024, $kb * 1024) == 0 or die "$!\\n";
    $taken += $kb;
  }
  my $first = number("/proc/meminfo", "MemAvailable") - ${HEADROOM_KB};
  take($first) if $first > 0;
  for (1 .. ${STEPS}) { last if number("/proc/vmstat", "oom_kill") != $had; take(${STEP_KB}) }
'`;

export async function giveBackMemory(node: DockerNode): Promise<void> {
  const script = `umount ${PLACE} && rmdir ${PLACE}`;
  await executeOk(node.host, `giving ${node.spec.name} its memory back`, ["sh", "-c", script]);
}
