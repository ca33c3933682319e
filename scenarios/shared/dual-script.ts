/**
 * The set-up of a common how-to: two MySQL sources that replicate from each other, keepalived with a
 * check script that stops keepalived once nothing listens on 3306.
 *
 * Facts: priorities 101 (state MASTER) and 99 (state BACKUP), advert_int 1, authentication PASS,
 * script every 2 s with weight -5, fall 2, rise 1, and no nopreempt. Interface name, addresses and VRID
 * are the lab's. weight, fall and rise never come to matter: the script acts at its first failure.
 */
import type { NodeFile, Topology, TopologyNode } from "../../harness/scenario/index.ts";

const CHECK_SCRIPT = "/opt/chk_mysql.sh";
const INTERFACE = "eth0";

/** Stops keepalived when nothing listens on port 3306; says nothing by its exit code. */
const portThenStop = `#!/bin/bash
listening=$(netstat -na | grep LISTEN | grep -c 3306)
if [ "$listening" -eq 0 ]; then
    /etc/init.d/keepalived stop
fi
`;

/** The canary's script: never finds anything wrong. */
const alwaysFine = `#!/bin/bash
exit 0
`;

export type CheckScript = "port-then-stop" | "always-fine";

const TEXTS: Readonly<Record<CheckScript, string>> = {
  "port-then-stop": portThenStop,
  "always-fine": alwaysFine,
};

export function dualScript(check: CheckScript = "port-then-stop"): Topology {
  const file: NodeFile = { path: CHECK_SCRIPT, mode: 0o755, text: TEXTS[check] };
  return {
    name: check === "port-then-stop" ? "dual-script" : `dual-script (${check})`,
    nodes: [
      node({ name: "db1", hostPart: 11, serverId: 1, state: "MASTER", priority: 101 }, file),
      node({ name: "db2", hostPart: 12, serverId: 2, state: "BACKUP", priority: 99 }, file),
    ],
    vips: [{ name: "vip", hostPart: 100 }],
    vrids: ["VI_1"],
    replication: [
      { source: "db1", replica: "db2" },
      { source: "db2", replica: "db1" },
    ],
  };
}

interface Role {
  readonly name: string;
  readonly hostPart: number;
  readonly serverId: number;
  readonly state: "MASTER" | "BACKUP";
  readonly priority: number;
}

function node(role: Role, check: NodeFile): TopologyNode {
  return {
    name: role.name,
    hostPart: role.hostPart,
    interface: INTERFACE,
    mysql: {
      serverId: role.serverId,
      autoIncrementOffset: role.serverId,
      autoIncrementIncrement: 2,
    },
    keepalived: keepalived(role),
    files: [check],
  };
}

function keepalived(role: Role): string {
  return `global_defs {
    notification_email {
        dba@example.test
    }
    notification_email_from keepalived@example.test
    smtp_server 127.0.0.1
    smtp_connect_timeout 30
    router_id MASTER-HA
}

vrrp_script chk_mysql_port {
    script "${CHECK_SCRIPT}"
    interval 2
    weight -5
    fall 2
    rise 1
}

vrrp_instance VI_1 {
    state ${role.state}
    interface ${INTERFACE}
    mcast_src_ip @{${role.name}.address}
    virtual_router_id @{VI_1.vrid}
    priority ${role.priority}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress {
        @{vip}/@{prefix}
    }
    track_script {
        chk_mysql_port
    }
}
`;
}
