/**
 * How the docker backend carries out a fault: look, act, prove, undo. Looking comes apart from
 * acting, so that a canary can leave the act out and watch the proof fail.
 */
import type { JsonObject } from "../../../core/json.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import type { Flavour } from "../../../mysql/dialect.ts";
import type { ResolvedTopology } from "../../../topology/resolve.ts";
import type { DockerNode } from "../node.ts";
import type { Accounts } from "../settle.ts";
import type { Stranger } from "../stranger.ts";

/** What a driver may know of the cluster around its node. */
export interface FaultContext {
  /** The node that is hit; of a fault that comes from a foreign host, the holder. */
  readonly node: DockerNode;
  /** Another node of the segment, for probe packets. */
  readonly peer: DockerNode;
  readonly nodes: readonly DockerNode[];
  readonly topology: ResolvedTopology;
  /** The server on the node. */
  readonly flavour: Flavour;
  readonly accounts: Accounts;
  readonly vip: string;
  readonly prefixLength: number;
  /** Names our own rules, files and tables: unique in the run, safe for nft and paths. */
  readonly handle: string;
  /** The node's keepalived speaks as master right now. */
  readonly isMaster: () => boolean;
  /** A host of the segment that is none of ours; made when it is first asked for. */
  readonly stranger: () => Promise<Stranger>;
}

export interface Applied {
  readonly beginEpochUs: number;
  readonly endEpochUs: number;
}

export interface FaultDriver {
  /** The state before, which the receipt is compared with. Nothing is changed by looking. */
  readonly look: (context: FaultContext) => Promise<JsonObject>;
  readonly act: (context: FaultContext) => Promise<Applied>;
  readonly prove: (context: FaultContext, before: JsonObject) => Promise<Receipt>;
  readonly heal?: (context: FaultContext) => Promise<Applied & { readonly receipt: Receipt }>;
}

/** One driver for each kind of a union. */
export type Drivers<F extends { readonly kind: string }> = {
  readonly [K in F["kind"]]: (fault: Extract<F, { readonly kind: K }>) => FaultDriver;
};
