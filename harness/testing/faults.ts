/** One fault of each kind and direction, on the role that it is about; for tables over all of them. */
import type { PlainFault } from "../fault/fault.ts";

const HOLDER = { role: "holder" } as const;

/** `started`: the node on which keepalived is started. */
export function faultsOfEachKind(started: string): readonly PlainFault[] {
  return [
    { kind: "mysqld-killed", node: HOLDER },
    { kind: "mysqld-stopped", node: HOLDER },
    { kind: "keepalived-stopped", node: HOLDER },
    { kind: "keepalived-killed", node: HOLDER },
    { kind: "cut", node: HOLDER },
    { kind: "vrrp-blocked", node: HOLDER, direction: "both" },
    { kind: "vrrp-blocked", node: HOLDER, direction: "out" },
    { kind: "vrrp-blocked", node: HOLDER, direction: "in" },
    { kind: "service-frozen", node: HOLDER, service: "keepalived" },
    { kind: "service-frozen", node: HOLDER, service: "mysql" },
    { kind: "address-added", node: { role: "standby" } },
    { kind: "service-started", node: { name: started }, service: "keepalived" },
  ];
}
