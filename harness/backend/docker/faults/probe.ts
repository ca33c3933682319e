/**
 * Probe packets of IP protocol 112: VRRP adverts for VRID 255, which no cluster here uses, so every
 * keepalived skips them before they can touch a timer (2.2.7 `vrrp_scheduler.c:vrrp_dispatcher_read`).
 */
import { inToolbox, onWire, type DockerNode } from "../node.ts";
import { GUEST_END } from "../own-kernel.ts";

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

/** The same as a whole frame, by the guest's end of its link: as from the guest, also while that is frozen. */
const SEND_FRAME = `perl -MSocket -e '
  my ($if, $mac, $address) = @ARGV;
  open(my $f, "<", "/sys/class/net/$if/ifindex") or die $!;
  my $index = <$f> + 0;
  my $vrrp = pack("C8", 0x21, ${PROBE_VRID}, 1, 0, 0, 1, 0, 0);
  my @head = (0x4500, 20 + length $vrrp, 0, 0, 0xff70, 0, unpack("n2", inet_aton($address)), 0xe000, 0x0012);
  my $sum = 0; $sum += $_ for @head;
  $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
  $head[5] = ~$sum & 0xffff; # RFC 791, section 3.1
  my $frame = pack("H12 H12 n", "01005e000012", $mac =~ s/://gr, 0x0800) . pack("n10", @head) . $vrrp;
  socket(my $s, 17, SOCK_RAW, 0) or die $!; # AF_PACKET
  send($s, $frame, 0, pack("S n i S C C a8", 17, 0x0800, $index, 0, 0, 6, ""));
'`;

/** A packet that the filter refuses makes send() fail; that is no error here. */
export async function sendProbe(from: DockerNode, count = 1): Promise<void> {
  await inToolbox(from, `${SEND} ${from.spec.interface} ${count} || true`);
}

/** The same from a node that may be frozen or switched off: as if it had sent it. */
export async function sendProbeFor(from: DockerNode): Promise<void> {
  if (from.kernel === "engine") return sendProbe(from);
  const { mac, spec } = from;
  await onWire(from, `${SEND_FRAME} ${GUEST_END} ${mac} ${spec.address} || true`);
}
