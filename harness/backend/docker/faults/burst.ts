/**
 * Many probe packets at once, for faults that hit each packet by chance or only when there are many. UDP to
 * the discard port (RFC 863) of 224.0.0.1, which every host takes and nobody answers, with TTL 1.
 */
import { inToolbox, type DockerNode } from "../node.ts";

/** So rarely is a rule that works taken for one that does not. */
const MISS_PROBABILITY = 1e-6;
/** 20,000 small packets leave within a second. */
export const BURST_MAX = 20_000;

/** As many packets as it takes for both fates, one of which has that share, to be seen. */
export function burstFor(share: number): number {
  const rarer = Math.min(share, 1 - share);
  if (rarer <= 0) return 1;
  const wanted = Math.ceil(Math.log(MISS_PROBABILITY) / Math.log(1 - rarer));
  return Math.min(wanted, BURST_MAX);
}

const SEND = `perl -MSocket -e '
  my ($if, $count, $bytes) = @ARGV;
  socket(my $s, PF_INET, SOCK_DGRAM, 0) or die $!;
  setsockopt($s, SOL_SOCKET, 25, pack("Z16", $if)) or die $!; # SO_BINDTODEVICE
  my $to = pack_sockaddr_in(9, inet_aton("224.0.0.1"));
  send($s, "x" x $bytes, 0, $to) for 1 .. $count;
'`;

/** Packets that a filter or a queue refuses are no error here. */
export async function sendBurst(from: DockerNode, count: number, bytes: number): Promise<void> {
  await inToolbox(from, `${SEND} ${from.spec.interface} ${count} ${bytes} || true`);
}
