/**
 * What the simulated servers and clients see of the network and of each other's hosts. The traffic
 * model asks, the network model answers; both hold still between two events of the clock.
 */

/** What a connection attempt or a segment of an established connection meets right now. */
export type Meeting =
  /**
   * Nobody answers: cut off, filtered, no such address on the machine that gets the frames. `parked`: that
   * machine forwards, and keeps the packet until somebody has the address.
   */
  | { readonly kind: "silence"; readonly parked?: boolean }
  /**
   * The machine has the address and nothing listens, or it does not know the connection: RST. `icmp`: a director without a
   * server to give it to says that the port is unreachable.
   */
  | { readonly kind: "refused"; readonly node: string; readonly icmp?: boolean }
  /** The machine has the address and something listens; whether it ever answers is its process's business. */
  | { readonly kind: "open"; readonly node: string };

/** One TCP connection, as those see it who pass its packets on. */
export interface Flow {
  /** A node's name or `client`. */
  readonly from: string;
  readonly sourcePort: number;
  readonly address: string;
  readonly port: number;
}

export type Packet = "syn" | "data" | "fin";

export interface TrafficNetwork {
  /** A SYN from a place (a node's name or `client`) to an address. May resolve the address by ARP. */
  connect(from: string, address: string, port: number): Meeting;
  /**
   * A segment of a connection that was made with `node`. `refused` when the address now leads to a
   * machine that does not know the connection.
   */
  continue(from: string, address: string, port: number, node: string): Meeting;
  /** Do frames from one place to the other's own address pass, in that direction? */
  passes(from: string, to: string): boolean;
}
