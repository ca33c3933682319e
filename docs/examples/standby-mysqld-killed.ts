/**
 * A scenario file of one's own: mysqld dies on the standby, and the VIP must not move.
 *
 * Run it with `./vipdrill run docs/examples/standby-mysqld-killed.ts`. A copy works from any folder.
 */
import {
  after,
  defaultWorkload,
  defineScenario,
  fails,
  milliseconds,
  passes,
  seconds,
  when,
  type NodeFile,
  type Scenario,
  type Topology,
  type TopologyNode,
} from "vipdrill";

/** Lands on every node as it stands here. */
const checkScript: NodeFile = {
  path: "/opt/chk_mysql.sh",
  mode: 0o755,
  text: `#!/bin/bash
if [ "$(netstat -na | grep LISTEN | grep -c 3306)" -eq 0 ]; then
    /etc/init.d/keepalived stop
fi
`,
};

/** keepalived.conf as it is; `@{...}` are names that get their value when the cluster is made. */
function keepalived(state: "MASTER" | "BACKUP", priority: number): string {
  return `global_defs {
    router_id MYSQL-HA
}
vrrp_script chk_mysql {
    script "${checkScript.path}"
    interval 2
    weight -5
    fall 2
    rise 1
}
vrrp_instance VI_1 {
    state ${state}
    interface eth0
    virtual_router_id @{VI_1.vrid}
    priority ${priority}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress {
        @{vip}/@{prefix}
    }
    track_script {
        chk_mysql
    }
}
`;
}

function node(name: string, serverId: number, config: string): TopologyNode {
  return {
    name,
    hostPart: 10 + serverId, // the last number of the node's own address
    interface: "eth0",
    mysql: { serverId, autoIncrementOffset: serverId, autoIncrementIncrement: 2 },
    keepalived: config,
    files: [checkScript],
  };
}

/** What is drilled: two hosts, one VIP, replication both ways. */
const pair: Topology = {
  name: "pair",
  nodes: [node("db1", 1, keepalived("MASTER", 101)), node("db2", 2, keepalived("BACKUP", 99))],
  vips: [{ name: "vip", hostPart: 100 }],
  vrids: ["VI_1"],
  replication: [
    { source: "db1", replica: "db2" },
    { source: "db2", replica: "db1" },
  ],
};

export const scenario: Scenario = defineScenario({
  name: "pair/standby-mysqld-killed",
  title: "mysqld is killed on the standby",
  why: "The standby may lose its database at any time; clients of the holder must not notice.",
  topology: pair,
  workload: defaultWorkload,
  warmUpUs: seconds(1),
  disturb: [
    {
      id: "fault",
      // 0.1 s to 2.1 s, drawn from the seed: any phase of the 2 s check.
      when: after(milliseconds(100), seconds(2)),
      fault: { kind: "mysqld-killed", node: { role: "standby" } },
    },
    // The check has to come round, and a standby that took over would do so within 3.6 s of silence.
    { id: "watch", when: after(seconds(6)) },
  ],
  // Healing starts mysqld. The standby's script has stopped its keepalived, so an operator starts it.
  recover: [
    {
      id: "start-keepalived",
      when: after(0),
      fault: { kind: "service-started", node: { name: "db2" }, service: "keepalived" },
    },
    // Longer than its master-down time: it would take the VIP by now if it did not hear db1.
    { id: "watch-return", when: after(seconds(5)) },
    { id: "still-home", when: when("vip-home", seconds(1)) },
  ],
  expect: [
    passes("schedule-followed"),
    passes("single-holder", {}, { overlaps: [] }),
    passes("vip-available"),
    fails("failover-within", "a standby without mysqld is no reason to move the VIP", {
      moved: false,
    }),
    passes("holder-can-serve"),
    passes("no-lost-write"),
    passes("replication-converged"),
    passes("nothing-leaked"),
  ],
});
