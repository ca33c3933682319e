/**
 * Document 004: as document 002, with a health check every 6 s whose `notify_down` kills the process of
 * keepalived's pid file with `kill -9`, and `nb_get_retry` where TCP_CHECK knows `retry`.
 *
 * The check needs ip_vs in the kernel (`checked`); without it the pair is left that nobody checks.
 */
import type { Topology } from "../../harness/scenario/index.ts";
import { NOPREEMPT_ROLES } from "./dual-check.ts";
import { pair, type Role } from "./pair.ts";

const KILL_SCRIPT = "/etc/keepalived/kill_keepalived.sh";

export interface DualKill9Options {
  readonly checked?: boolean;
  readonly roles?: readonly [Role, Role];
}

export function dualKill9(options: DualKill9Options = {}): Topology {
  const { checked = false } = options;
  return pair({
    name: checked ? "dual-kill9 (checked)" : "dual-kill9",
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
    ...(checked ? { blocks: virtualServer } : {}),
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

/** `lb_algo` and `lb_kind` are not in the document. */
function virtualServer(node: string): string {
  return `virtual_server @{vip} 3306 {
    delay_loop 6
    persistence_timeout 50
    protocol TCP

    real_server @{${node}.address} 3306 {
        weight 1
        notify_down ${KILL_SCRIPT}
        TCP_CHECK {
            connect_timeout 3
            nb_get_retry 3
            delay_before_retry 3
            connect_port 3306
        }
    }
}
`;
}
