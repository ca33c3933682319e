/**
 * Lines that the client in the test network prints, one JSON array each, kept short because there
 * are many: `["i",t,op,lane,action,write]`, `["c",t,op,lane,action,outcome,server,read,error]`,
 * `["h",t,node,state,writable,server,notBefore]`, `["r",t,node,status]`, `["k",t,wallMinusMonotonic]`, `["ready",t]`, and
 * `["j",t,lateUs,spanUs]`: how late the machine was, for seconds above 20 ms, and at the end for the whole run.
 * Times are microseconds since the epoch on the engine's clock.
 */
import type { Action, Lane, Outcome } from "../workload/workload.ts";
import type { ReplicationRow } from "./replication.ts";

export type ClientLine =
  | readonly ["ready", number]
  | readonly ["i", number, number, Lane, Action, number | null]
  | readonly [
      "c",
      number,
      number,
      Lane,
      Action,
      Outcome,
      string | null,
      number | null,
      string | null,
    ]
  | readonly [
      "h",
      number,
      string,
      "up" | "down" | "unresponsive",
      boolean | null,
      string | null,
      number,
    ]
  /** Node, and what its SHOW REPLICA STATUS says. */
  | readonly ["r", number, string, ReplicationRow]
  | readonly ["k", number, number]
  | readonly ["j", number, number, number];

/** What the client is told on its command line, as JSON. */
export interface ClientConfig {
  readonly vip: string;
  readonly user: string;
  readonly password: string;
  readonly schema: string;
  readonly identitySql: string;
  readonly cadenceMs: number;
  readonly connectDeadlineMs: number;
  readonly operationDeadlineMs: number;
  readonly healthCadenceMs: number;
  /** Lanes that go round the VIP. */
  readonly direct: readonly { readonly lane: Lane; readonly address: string }[];
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
}

/** The line, or nothing when it is torn or not from our client. */
export function parseClientLine(line: string): ClientLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) && typeof value[1] === "number"
      ? (value as unknown as ClientLine)
      : undefined;
  } catch {
    return undefined; // a torn last line
  }
}
