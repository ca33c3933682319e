/**
 * Probe packets of IP protocol 112: VRRP adverts for VRID 255, which no cluster here uses, so every
 * keepalived skips them before they can touch a timer (2.2.7 `vrrp_scheduler.c:vrrp_dispatcher_read`).
 */
import { inToolbox, type DockerNode } from "../node.ts";

export const PROBE_VRID = 255;

/** VRRPv2, priority 1, no addresses; perl is in every Debian base system. */
const SEND = `perl -MSocket -e '
  socket(my $s, PF_INET, SOCK_RAW, 112) or die $!;
  setsockopt($s, 0, 33, pack("i", 255)); # IP_MULTICAST_TTL
  my ($if, $count) = @ARGV;
  setsockopt($s, SOL_SOCKET, 25, pack("Z16", $if)) or die $!; # SO_BINDTODEVICE
  for (1 .. $count) {
    send($s, pack("C8", 0x21, ${PROBE_VRID}, 1, 0, 0, 1, 0, 0), 0,
      pack_sockaddr_in(0, inet_aton("224.0.0.18")));
    # Apart, so that sockets of receivers have room for real adverts between them.
    select(undef, undef, undef, 0.001) if $_ < $count;
  }
'`;

/** A packet that the filter refuses makes send() fail; that is no error here. */
export async function sendProbe(from: DockerNode, count = 1): Promise<void> {
  await inToolbox(from, `${SEND} ${from.spec.interface} ${count} || true`);
}
