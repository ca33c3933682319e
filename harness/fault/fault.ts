/**
 * The union of faults, as data. What a fault does is described in its own file; how a backend does
 * it is the backend's business, and what it could not do is said, never left out.
 */
import type { AddressAdded } from "./address-added.ts";
import type { Cut } from "./cut.ts";
import type { KeepalivedKilled } from "./keepalived-killed.ts";
import type { KeepalivedStopped } from "./keepalived-stopped.ts";
import type { MysqldKilled } from "./mysqld-killed.ts";
import type { MysqldStopped } from "./mysqld-stopped.ts";
import type { Sabotaged } from "./sabotaged.ts";
import type { ServiceFrozen } from "./service-frozen.ts";
import type { ServiceStarted } from "./service-started.ts";
import type { VrrpBlocked } from "./vrrp-blocked.ts";

/** A fault that disturbs the cluster by itself. */
export type PlainFault =
  | MysqldKilled
  | MysqldStopped
  | KeepalivedStopped
  | KeepalivedKilled
  | VrrpBlocked
  | Cut
  | AddressAdded
  | ServiceFrozen
  | ServiceStarted;

export type Fault = PlainFault | Sabotaged;

export type FaultKind = Fault["kind"];

/**
 * Which node a fault hits: a name, or a role that is looked up at the moment of injection.
 * `holder` has the VIP then; `standby` is the first node that has not.
 */
export type NodeSelector = { readonly name: string } | { readonly role: "holder" | "standby" };

/** What a backend must be able to do to inject a fault. */
export type Capability =
  "signal-process" | "service-control" | "packet-filter" | "link-filter" | "address-control";

/** What healing a fault means. `none`: it is an action, not a state that lasts. */
export type Healing =
  "starts-service" | "thaws-processes" | "removes-rules" | "removes-address" | "none";

export interface FaultFacts {
  readonly needs: readonly Capability[];
  readonly healing: Healing;
  /** The real event this stands for, in one line. */
  readonly standsFor: string;
}
