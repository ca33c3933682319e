/**
 * Document 002: GTID dual-source replication, both nodes BACKUP with nopreempt, priorities 100 and 90,
 * auto-increment offsets, notify script, SMTP alert, duplicate-address monitor.
 *
 * The document checks MySQL with a `virtual_server` (TCP_CHECK and `notify_down`), which needs ip_vs in the
 * kernel (`checked`). Without it what is left is a pair that nobody checks: keepalived's own failures
 * move the VIP, MySQL's do not.
 */
import type { NodeFile, Topology } from "../../harness/scenario/index.ts";
import { pair, type Role } from "./pair.ts";
import { virtualServer, type TcpCheck } from "./virtual-server.ts";

export const NOTIFY_SCRIPT = "/etc/keepalived/notify.sh";
const NOTIFY_DOWN_SCRIPT = "/etc/keepalived/mysql.sh";

/** The document's cron job, run as often as a drill can wait for. */
export const CONFLICT_MONITOR = "vip-conflict";
export const MONITOR_PERIOD_US = 1_000_000;

export interface DualCheckOptions {
  /** MySQL is checked by a `virtual_server`, with what is changed of the document's check; the nodes' kernels have ip_vs. */
  readonly checked?: Partial<TcpCheck>;
  readonly roles?: readonly [Role, Role];
  /** `notify` and `smtp_alert` of the document's page on alerts. */
  readonly alerts?: boolean;
  readonly monitor?: boolean;
  /** False: both servers generate the same keys. */
  readonly offsets?: boolean;
  readonly semiSync?: boolean;
  readonly variant?: string;
}

export const NOPREEMPT_ROLES: readonly [Role, Role] = [
  { state: "BACKUP", priority: 100, nopreempt: true },
  { state: "BACKUP", priority: 90, nopreempt: true },
];

/** Writes down what it was called with; the document sends a mail with the same words. */
const notifyFile: NodeFile = {
  path: NOTIFY_SCRIPT,
  mode: 0o755,
  text: `#!/bin/bash
logger -t notify "$@"
`,
};

const notifyDownFile: NodeFile = {
  path: NOTIFY_DOWN_SCRIPT,
  mode: 0o755,
  text: `#!/bin/bash
pkill keepalived
`,
};

export const conflictMonitorScript = `vip=@{vip}
if arping -c 1 -d "$vip" >/dev/null 2>&1; then
    echo "OK"
else
    echo "$vip is answered for by more than one host"
    exit 1
fi
`;

export function dualCheck(options: DualCheckOptions = {}): Topology {
  const { checked, alerts = false, monitor = false, offsets = true } = options;
  return pair({
    name: options.variant === undefined ? "dual-check" : `dual-check (${options.variant})`,
    roles: options.roles ?? NOPREEMPT_ROLES,
    global: alerts
      ? [
          "router_id mysqld-node",
          "notification_email {",
          "    dba@example.test",
          "}",
          "notification_email_from keepalived@example.test",
          "smtp_server @{observer.address}",
          "smtp_connect_timeout 30",
        ]
      : ["router_id mysqld-node"],
    instance: alerts ? ["smtp_alert", `notify ${NOTIFY_SCRIPT}`] : [],
    vipPrefix: false,
    authPass: "12344321",
    sourceAddress: false,
    ...(checked === undefined
      ? {}
      : {
          kernel: ["ip_vs"],
          blocks: (node) => ownServer(node, { ...DOCUMENT_CHECK, ...checked }),
        }),
    files: [...(checked === undefined ? [] : [notifyDownFile]), ...(alerts ? [notifyFile] : [])],
    mysql: {
      ...(offsets ? {} : { autoIncrementOffset: 1, autoIncrementIncrement: 1 }),
      ...(options.semiSync === true ? { semiSync: { timeoutMs: 5000 } } : {}),
    },
    ...(monitor
      ? {
          monitors: [
            { name: CONFLICT_MONITOR, everyUs: MONITOR_PERIOD_US, script: conflictMonitorScript },
          ],
        }
      : {}),
  });
}

const DOCUMENT_CHECK: TcpCheck = { delayLoopSeconds: 2, retryWord: "retry" };

/** The node's own mysqld is the only real server. */
function ownServer(node: string, check: TcpCheck): string {
  return virtualServer({
    check,
    lines: ["lb_algo rr", "lb_kind NAT", "persistence_timeout 50"],
    servers: [
      {
        address: `@{${node}.address}`,
        weight: 1,
        lines: [`notify_down ${NOTIFY_DOWN_SCRIPT}`],
      },
    ],
  });
}
