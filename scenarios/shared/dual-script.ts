/**
 * Document 001: two MySQL sources that replicate from each other, keepalived with a check script.
 *
 * Facts: priorities 101 (state MASTER) and 99 (state BACKUP), advert_int 1, authentication PASS, script
 * every 2 s with weight -5, fall 2, rise 1, and no nopreempt. Interface name, addresses and VRID are the
 * lab's. With the document's first script weight, fall and rise never come to matter: it acts at its first
 * failure, and never says by its exit code that something is wrong.
 */
import type { Topology } from "../../harness/scenario/index.ts";
import type { CheckScript } from "./checks.ts";
import { pair, type Check, type Role } from "./pair.ts";

export interface DualScriptOptions {
  readonly check?: CheckScript;
  /** What is changed of interval 2, weight -5, fall 2, rise 1. */
  readonly settings?: Partial<Check>;
  readonly roles?: readonly [Role, Role];
  /** Shown where topologies are told apart; the check's name unless said. */
  readonly variant?: string;
  readonly semiSync?: boolean;
}

const ROLES: readonly [Role, Role] = [
  { state: "MASTER", priority: 101 },
  { state: "BACKUP", priority: 99 },
];

/** Half of the default 10 s of both flavours is already longer than any failover here. */
const SEMI_SYNC_TIMEOUT_MS = 5000;

export function dualScript(options: DualScriptOptions = {}): Topology {
  const { check = "port-then-stop", settings, roles = ROLES, semiSync = false } = options;
  const plain = check === "port-then-stop" && options.variant === undefined;
  return pair({
    name: plain ? "dual-script" : `dual-script (${options.variant ?? check})`,
    roles,
    check: { script: check, intervalSeconds: 2, weight: -5, fall: 2, rise: 1, ...settings },
    global: [
      "notification_email {",
      "    dba@example.test",
      "}",
      "notification_email_from keepalived@example.test",
      "smtp_server 127.0.0.1",
      "smtp_connect_timeout 30",
      "router_id MASTER-HA",
    ],
    vipPrefix: true,
    authPass: "1111",
    sourceAddress: true,
    ...(semiSync ? { mysql: { semiSync: { timeoutMs: SEMI_SYNC_TIMEOUT_MS } } } : {}),
  });
}
