/**
 * Document 004: as document 002, with a health check every 6 s whose `notify_down` kills the process of
 * keepalived's pid file with `kill -9`, and `nb_get_retry` where TCP_CHECK knows `retry`.
 *
 * The check needs ip_vs in the kernel (`checked`); without it the pair is left that nobody checks.
 */
import type { Topology } from "../../harness/scenario/index.ts";
import { NOPREEMPT_ROLES } from "./dual-check.ts";
import { pair, type Role } from "./pair.ts";
import { virtualServer, type TcpCheck } from "./virtual-server.ts";

const KILL_SCRIPT = "/etc/keepalived/kill_keepalived.sh";

export interface DualKill9Options {
  /** False: the pair that nobody checks. */
  readonly checked?: boolean;
  /** What is changed of the document's check. */
  readonly check?: Partial<TcpCheck>;
  /** The nodes' kernels have ip_vs. */
  readonly ipvs?: boolean;
  readonly roles?: readonly [Role, Role];
  readonly variant?: string;
}

export function dualKill9(options: DualKill9Options = {}): Topology {
  const { checked = false, ipvs = false } = options;
  const check = { ...DOCUMENT_CHECK, ...options.check };
  return pair({
    name: nameOf(options),
    roles: options.roles ?? NOPREEMPT_ROLES,
    global: [
      "notification_email {",
      "    dba@example.test",
      "}",
      "notification_email_from keepalived@example.test",
      "smtp_server @{observer.address}",
      "smtp_connect_timeout 30",
      "router_id LVS_DEVEL",
    ],
    vipPrefix: false,
    authPass: "1111",
    sourceAddress: false,
    ...(ipvs ? { kernel: ["ip_vs"] } : {}),
    ...(checked ? { blocks: (node) => ownServer(node, check) } : {}),
    files: checked
      ? [
          {
            path: KILL_SCRIPT,
            mode: 0o755,
            text: "#!/bin/bash\nkill -9 $(cat /var/run/keepalived.pid)\n",
          },
        ]
      : [],
  });
}

function nameOf({ checked = false, variant }: DualKill9Options): string {
  if (!checked) return "dual-kill9";
  return variant === undefined ? "dual-kill9 (checked)" : `dual-kill9 (checked, ${variant})`;
}

const DOCUMENT_CHECK: TcpCheck = { delayLoopSeconds: 6, retryWord: "nb_get_retry" };

/** The node's own mysqld is the only real server. `lb_algo` and `lb_kind` are not in the document. */
function ownServer(node: string, check: TcpCheck): string {
  return virtualServer({
    check,
    lines: ["persistence_timeout 50"],
    servers: [{ address: `@{${node}.address}`, weight: 1, lines: [`notify_down ${KILL_SCRIPT}`] }],
  });
}
