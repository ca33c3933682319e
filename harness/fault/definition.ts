/**
 * What is said of one kind of fault, in one place: its parameters, the real event it stands for, what
 * it does exactly, its proof and its undoing. Backends, schema, docs and reports all read this.
 */
import { z } from "zod";

/** The groups of the catalogue, in the order in which they are shown. */
export const FAULT_GROUPS = ["process", "node", "link", "vrrp", "mysql", "operator"] as const;

export type FaultGroup = (typeof FAULT_GROUPS)[number];

/**
 * Which node a fault hits: a name, or a role that is looked up at the moment of injection.
 * `holder` has the VIP then; `standby` is the first node that has not.
 */
export type NodeSelector = { readonly name: string } | { readonly role: "holder" | "standby" };

/** What a backend must be able to do to inject a fault, in words that follow "can:". */
export const CAPABILITIES = {
  "signal-process": "processes of a node can be signalled from beside it",
  "service-control": "services are started and stopped by their init scripts",
  "file-control": "files of a node can be written",
  sql: "SQL runs as an administrator of a node's server",
  "packet-filter": "nftables rules can be set in a node's network namespace",
  "link-filter": "frames can be dropped below the IP layer (netdev ingress and egress)",
  "arp-filter": "ARP can be dropped by what it says (nftables, netdev egress)",
  "address-control": "addresses can be added and removed",
  "link-control": "an interface can be taken down and up",
  "network-control": "a node's interface can be removed from the network and put back",
  "frame-duplication": "frames can be sent twice without netem",
  "traffic-shaping": "bandwidth can be limited (tbf)",
  "packet-delay":
    "packets can be delayed and reordered: by the kernel's netem, or else by a link emulator",
  freezer: "a whole node can be frozen",
  "cpu-quota": "a node's CPU time can be limited",
  "memory-limit": "a node's memory can be limited",
  "data-disk": "a data directory can have a disk of its own, which can be filled",
  "foreign-host": "a host that is none of the topology's can join the segment",
  "ip-vs": "a node's kernel has IPVS: the engine's, or one of the node's own",
  "no-ip-vs": "the kernel has no ip_vs, so that keepalived refuses a virtual_server",
} as const;

export type Capability = keyof typeof CAPABILITIES;

export interface FaultDefinition<F extends { readonly kind: string }> {
  readonly kind: F["kind"];
  readonly group: FaultGroup;
  /** Its parameters, `kind` included. */
  readonly schema: z.ZodType<F>;
  readonly needs: readonly Capability[];
  /** The real event this stands for, in one line, without a full stop. */
  readonly standsFor: string;
  /** What happens on containers, exactly. Markdown sentences. */
  readonly does: string;
  /** What is looked at to prove that it took effect. Markdown sentences. */
  readonly receipt: string;
  /** What undoing does and how that is proven. Absent: an action, with nothing that lasts. */
  readonly healing?: string;
  /** What undoing does in a few words, for a time line: `the service is started again`. */
  readonly healingWords?: string;
  /** Its meaning in the simulator, and what is left out there. Markdown sentences. */
  readonly simulated: string;
  /** What an operator is surprised by. Markdown sentences. */
  readonly worthKnowing?: string;
  /** What it does as a phrase; `node` is the target in words: `kill -9 mysqld on the holder`. */
  readonly words: (fault: F, node: string) => string;
  /** One for each way of using it, aimed at the role it is about; for tables, pages and tests. */
  readonly examples: readonly F[];
}

/** One definition for each kind of a union. */
export type Definitions<F extends { readonly kind: string }> = {
  readonly [K in F["kind"]]: FaultDefinition<Extract<F, { readonly kind: K }>>;
};

export const HOLDER: NodeSelector = { role: "holder" };
export const STANDBY: NodeSelector = { role: "standby" };

export const nodeSchema: z.ZodType<NodeSelector> = z.union(
  [
    z.strictObject({ name: z.string().min(1) }),
    z.strictObject({ role: z.enum(["holder", "standby"]) }),
  ],
  'expected { name: "NODE" }, { role: "holder" } or { role: "standby" }',
);

export type Service = "mysql" | "keepalived";

export const serviceSchema: z.ZodType<Service> = z.enum(["mysql", "keepalived"]);

/** The service's name is `mysql`, its daemon's is `mysqld`. */
export function daemonOf(service: Service): string {
  return service === "mysql" ? "mysqld" : service;
}

/** As seen from the node. */
export type Direction = "in" | "out" | "both";

export const directionSchema: z.ZodType<Direction> = z.enum(["in", "out", "both"]);

export function directionWords(direction: Direction): string {
  return direction === "both" ? "in and out" : direction;
}
