/**
 * The set-up of a common how-to: two MySQL sources that replicate from each other, keepalived with a
 * check script that stops keepalived once nothing listens on 3306.
 *
 * Facts: priorities 101 (state MASTER) and 99 (state BACKUP), advert_int 1, authentication PASS,
 * script every 2 s with weight -5, fall 2, rise 1, and no nopreempt. Interface name, addresses and VRID
 * are the lab's. weight, fall and rise never come to matter: the script acts at its first failure.
 */
import {
  milliseconds,
  seconds,
  type KeepalivedConfig,
  type NodeFile,
  type Topology,
  type TopologyNode,
} from "../../harness/scenario/index.ts";

const CHECK_SCRIPT = "/opt/chk_mysql.sh";
const CHECK_INTERVAL_US = seconds(2);
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
    routers: [
      {
        name: "VI_1",
        vips: [{ name: "vip", hostPart: 100 }],
        advertIntUs: seconds(1),
        members: [
          { node: "db1", priority: 101, preempts: true },
          { node: "db2", priority: 99, preempts: true },
        ],
        check: {
          reaction: check === "port-then-stop" ? "stops-keepalived" : "never-fails",
          intervalUs: CHECK_INTERVAL_US,
          // netstat, two greps and an init script, on a busy machine
          runUsMax: milliseconds(500),
        },
      },
    ],
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

function keepalived(role: Role): KeepalivedConfig {
  return {
    routerId: "MASTER-HA",
    notificationEmail: ["dba@example.test"],
    notificationEmailFrom: "keepalived@example.test",
    smtpServer: "127.0.0.1",
    smtpConnectTimeoutUs: seconds(30),
    scripts: [
      {
        name: "chk_mysql_port",
        script: CHECK_SCRIPT,
        intervalUs: CHECK_INTERVAL_US,
        weight: -5,
        fall: 2,
        rise: 1,
      },
    ],
    instances: [
      {
        name: "VI_1",
        state: role.state,
        interface: INTERFACE,
        mcastSrcIp: `@{${role.name}.address}`,
        virtualRouterId: "@{VI_1.vrid}",
        priority: role.priority,
        advertIntUs: seconds(1),
        authPass: "1111",
        virtualIpAddresses: ["@{vip}/@{prefix}"],
        trackScripts: ["chk_mysql_port"],
      },
    ],
  };
}
