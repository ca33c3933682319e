/**
 * How the docker backend carries out a fault: look, act, prove, undo. Looking comes apart from
 * acting, so that a canary can leave the act out and watch the proof fail.
 */
import type { JsonObject } from "../../../core/json.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import type { DockerNode } from "../node.ts";

/** What a driver may know of the cluster around its node. */
export interface FaultContext {
  readonly node: DockerNode;
  /** Another node of the segment, for probe packets. */
  readonly peer: DockerNode;
  readonly vip: string;
  readonly prefixLength: number;
  /** Names our own rules and tables: unique in the run, safe for nft. */
  readonly handle: string;
}

export interface Applied {
  readonly beginEpochUs: number;
  readonly endEpochUs: number;
}

export interface FaultDriver {
  /** The state before, which the receipt is compared with. */
  readonly look: (context: FaultContext) => Promise<JsonObject>;
  readonly act: (context: FaultContext) => Promise<Applied>;
  readonly prove: (context: FaultContext, before: JsonObject) => Promise<Receipt>;
  readonly heal?: (context: FaultContext) => Promise<Applied & { readonly receipt: Receipt }>;
}
