/**
 * Ethernet frames as facts: VRRP adverts, ARP, the multicast probe, TCP handshakes with a VIP.
 *
 * Layouts: ARP RFC 826; IPv4 RFC 791; VRRPv2 RFC 3768 5.1; VRRPv3 RFC 9568 5.1; TCP RFC 9293 3.1.
 * Leaves out VLAN tags, IPv6 and fragments: a test network has none of them.
 */
export type Packet =
  | VrrpPacket
  | ArpPacket
  | { readonly kind: "echo"; readonly source: string; readonly target: string }
  | TcpPacket;

export interface VrrpPacket {
  readonly kind: "vrrp";
  readonly version: number;
  readonly source: string;
  readonly sourceMac: string;
  readonly vrid: number;
  readonly priority: number;
  readonly addresses: readonly string[];
}

export interface ArpPacket {
  readonly kind: "arp";
  readonly operation: "request" | "reply";
  readonly senderMac: string;
  readonly senderAddress: string;
  readonly targetAddress: string;
}

export interface TcpPacket {
  readonly kind: "tcp";
  readonly flag: "syn" | "syn-ack" | "rst";
  readonly source: string;
  readonly sourceMac: string;
  readonly target: string;
  readonly sourcePort: number;
  readonly targetPort: number;
}

const ETHERNET_HEADER_BYTES = 14;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_ARP = 0x0806;
const PROTOCOL_ICMP = 1;
const PROTOCOL_TCP = 6;
const PROTOCOL_VRRP = 112;
const ICMP_ECHO_REQUEST = 8;
const TCP_FIN_SYN_RST_ACK = 0b0001_0111;
const TCP_RST = 0b100;
const TCP_SYN = 0b010;
const TCP_SYN_ACK = 0b0001_0010;

/** The packet, or nothing when it is of a kind that is not followed or is cut short. */
export function decodeFrame(bytes: Uint8Array): Packet | undefined {
  if (bytes.length < ETHERNET_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sourceMac = mac(bytes, 6);
  const etherType = view.getUint16(12);
  try {
    if (etherType === ETHERTYPE_ARP) return decodeArp(view, bytes);
    if (etherType === ETHERTYPE_IPV4) return decodeIpv4(view, sourceMac);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // cut short by the capture length
    throw error;
  }
  return undefined;
}

function decodeArp(view: DataView, bytes: Uint8Array): Packet | undefined {
  const body = ETHERNET_HEADER_BYTES;
  const operation = view.getUint16(body + 6);
  if (operation !== 1 && operation !== 2) return undefined;
  return {
    kind: "arp",
    operation: operation === 1 ? "request" : "reply",
    senderMac: mac(bytes, body + 8),
    senderAddress: ipv4(view, body + 14),
    targetAddress: ipv4(view, body + 24),
  };
}

function decodeIpv4(view: DataView, sourceMac: string): Packet | undefined {
  const ip = ETHERNET_HEADER_BYTES;
  const body = ip + (view.getUint8(ip) & 0x0f) * 4;
  const source = ipv4(view, ip + 12);
  const target = ipv4(view, ip + 16);
  switch (view.getUint8(ip + 9)) {
    case PROTOCOL_VRRP:
      return decodeVrrp(view, body, { source, sourceMac });
    case PROTOCOL_ICMP:
      return view.getUint8(body) === ICMP_ECHO_REQUEST
        ? { kind: "echo", source, target }
        : undefined;
    case PROTOCOL_TCP:
      return decodeTcp(view, body, { source, sourceMac, target });
    default:
      return undefined;
  }
}

function decodeVrrp(
  view: DataView,
  body: number,
  from: { source: string; sourceMac: string },
): VrrpPacket {
  const count = view.getUint8(body + 3);
  return {
    kind: "vrrp",
    version: view.getUint8(body) >> 4,
    ...from,
    vrid: view.getUint8(body + 1),
    priority: view.getUint8(body + 2),
    addresses: Array.from({ length: count }, (_, index) => ipv4(view, body + 8 + index * 4)),
  };
}

function decodeTcp(
  view: DataView,
  body: number,
  ends: { source: string; sourceMac: string; target: string },
): TcpPacket | undefined {
  const flag = tcpFlag(view.getUint8(body + 13) & TCP_FIN_SYN_RST_ACK);
  if (flag === undefined) return undefined;
  return {
    kind: "tcp",
    flag,
    ...ends,
    sourcePort: view.getUint16(body),
    targetPort: view.getUint16(body + 2),
  };
}

function tcpFlag(flags: number): TcpPacket["flag"] | undefined {
  if ((flags & TCP_RST) !== 0) return "rst";
  if (flags === TCP_SYN) return "syn";
  if (flags === TCP_SYN_ACK) return "syn-ack";
  return undefined;
}

function mac(bytes: Uint8Array, offset: number): string {
  return Array.from(bytes.slice(offset, offset + 6), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join(":");
}

function ipv4(view: DataView, offset: number): string {
  return [0, 1, 2, 3].map((index) => view.getUint8(offset + index)).join(".");
}
