/**
 * A random keepalived configuration around the dual-script set-up: two nodes, one virtual router, a
 * check script. Everything drawn is something keepalived accepts as written, so that containers and
 * simulator run what the text says; wrong configurations are the business of other tests.
 */
import type { RandomStream } from "../core/random.ts";
import { MICROSECONDS_PER_SECOND, seconds, type Us } from "../core/time.ts";
import { masterDownUs } from "../keepalived/timing.ts";
import { DOWN_TIMER_ADVERTS } from "../keepalived/timing.ts";
import type { Topology, TopologyNode } from "../topology/topology.ts";

/**
 * What the check script does when nothing listens on port 3306: it stops keepalived, or it exits 1,
 * which means FAULT (no weight) or a lower priority, below the other node's or not.
 */
export const CHECKS = ["stops-keepalived", "fault", "weight-crosses", "weight-stays"] as const;
export type Check = (typeof CHECKS)[number];

export interface DrawnConfig {
  readonly check: Check;
  readonly version: 2 | 3;
  readonly advertIntUs: Us;
  readonly priorities: Readonly<Record<NodeName, number>>;
  readonly preemption: "preempts" | "nopreempt" | "preempt-delay";
  readonly preemptDelayUs: Us;
  /** On the preferred node; always BACKUP with nopreempt and preempt_delay, which it would undo. */
  readonly state: "MASTER" | "BACKUP";
  readonly intervalUs: Us;
  readonly fall: number;
  readonly rise: number;
  readonly weight: number;
  readonly garp: readonly string[];
}

export const NODE_NAMES = ["db1", "db2"] as const;
export type NodeName = (typeof NODE_NAMES)[number];

const PRIORITY_MIN = 90;
const PRIORITY_MAX = 110;
/** Version 3 knows hundredths of a second; these are quick enough to bring out races. */
const SHORT_ADVERTS_S = [0.25, 0.3, 0.5, 0.75, 1] as const;

export function drawConfig(draw: RandomStream, check: Check): DrawnConfig {
  const chance = (share: number): boolean => draw.next() < share;
  const version = chance(0.2) ? 3 : 2;
  const advertIntUs =
    version === 3 ? seconds(pick(draw, SHORT_ADVERTS_S)) : chance(0.7) ? seconds(1) : seconds(2);
  const priorities = drawPriorities(draw, check);
  const gap = Math.abs(priorities.db1 - priorities.db2);
  const roll = draw.next();
  const preemption = roll < 0.2 ? "nopreempt" : roll < 0.35 ? "preempt-delay" : "preempts";
  return {
    check,
    version,
    advertIntUs,
    priorities,
    preemption,
    preemptDelayUs: preemption === "preempt-delay" ? seconds(draw.integer(1, 4)) : 0,
    state: preemption === "preempts" && chance(0.6) ? "MASTER" : "BACKUP",
    intervalUs: seconds(draw.integer(1, 3)),
    fall: draw.integer(1, 3),
    rise: draw.integer(1, 2),
    weight: drawWeight(draw, check, gap),
    garp: chance(0.3) ? drawGarp(draw) : [],
  };
}

/** Equal ones are rare, and never where the weight has to stay within the difference. */
function drawPriorities(draw: RandomStream, check: Check): Record<NodeName, number> {
  const first = draw.integer(PRIORITY_MIN, PRIORITY_MAX);
  if (check !== "weight-stays" && draw.next() < 0.06) return { db1: first, db2: first };
  const steps = draw.integer(1, PRIORITY_MAX - PRIORITY_MIN);
  const span = PRIORITY_MAX - PRIORITY_MIN + 1;
  const second = PRIORITY_MIN + ((first - PRIORITY_MIN + steps) % span);
  return { db1: first, db2: second };
}

function drawWeight(draw: RandomStream, check: Check, gap: number): number {
  switch (check) {
    case "stops-keepalived":
      return -5; // never comes to matter: the script always exits 0
    case "fault":
      return 0;
    case "weight-crosses":
      return -(gap + draw.integer(1, 10));
    case "weight-stays":
      return -draw.integer(1, gap);
  }
}

function drawGarp(draw: RandomStream): string[] {
  const all = [
    `garp_master_delay ${draw.integer(1, 4)}`,
    `garp_master_repeat ${draw.integer(1, 4)}`,
    `garp_master_refresh ${draw.integer(3, 8)}`,
    `garp_lower_prio_delay ${draw.integer(1, 3)}`,
    `garp_lower_prio_repeat ${draw.integer(1, 3)}`,
  ];
  return all.filter(() => draw.next() < 0.5);
}

export function pick<T>(draw: RandomStream, from: readonly [T, ...T[]]): T {
  return from[draw.integer(0, from.length - 1)] ?? from[0];
}

/** The node that holds the VIP at rest; the first one when both have the same priority. */
export function preferred({ priorities }: DrawnConfig): NodeName {
  return priorities.db2 > priorities.db1 ? "db2" : "db1";
}

/** The longest wait of either node for a silent master. */
export function slowestDownUs({ priorities, advertIntUs, version }: DrawnConfig): Us {
  const rules = { version, downTimerAdverts: DOWN_TIMER_ADVERTS };
  return Math.max(...NODE_NAMES.map((name) => masterDownUs(priorities[name], advertIntUs, rules)));
}

const CHECK_SCRIPT = "/opt/chk_mysql.sh";
const INTERFACE = "eth0";

export function drawnTopology(config: DrawnConfig): Topology {
  return {
    name: `drawn (${config.check})`,
    nodes: NODE_NAMES.map((name, index) => node(name, index + 1, config)),
    vips: [{ name: "vip", hostPart: 100 }],
    vrids: ["VI_1"],
    replication: [
      { source: "db1", replica: "db2" },
      { source: "db2", replica: "db1" },
    ],
  };
}

function node(name: NodeName, serverId: number, config: DrawnConfig): TopologyNode {
  return {
    name,
    hostPart: 10 + serverId,
    interface: INTERFACE,
    mysql: { serverId, autoIncrementOffset: serverId, autoIncrementIncrement: NODE_NAMES.length },
    keepalived: confText(name, config),
    files: [{ path: CHECK_SCRIPT, mode: 0o755, text: scriptText(config.check) }],
  };
}

function scriptText(check: Check): string {
  const act = check === "stops-keepalived" ? "/etc/init.d/keepalived stop" : "exit 1";
  return `#!/bin/bash
listening=$(netstat -na | grep LISTEN | grep -c 3306)
if [ "$listening" -eq 0 ]; then
    ${act}
fi
exit 0
`;
}

function confText(name: NodeName, config: DrawnConfig): string {
  const state = name === preferred(config) ? config.state : "BACKUP";
  const options = [
    ...(config.preemption === "nopreempt" ? ["nopreempt"] : []),
    ...(config.preemption === "preempt-delay"
      ? [`preempt_delay ${inSeconds(config.preemptDelayUs)}`]
      : []),
    ...config.garp,
  ];
  return `global_defs {
    router_id DRAWN${config.version === 3 ? "\n    vrrp_version 3" : ""}
}

vrrp_script chk_mysql {
    script "${CHECK_SCRIPT}"
    interval ${inSeconds(config.intervalUs)}
    weight ${config.weight}
    fall ${config.fall}
    rise ${config.rise}
}

vrrp_instance VI_1 {
    state ${state}
    interface ${INTERFACE}
    mcast_src_ip @{${name}.address}
    virtual_router_id @{VI_1.vrid}
    priority ${config.priorities[name]}
    advert_int ${inSeconds(config.advertIntUs)}
${options.map((line) => `    ${line}\n`).join("")}${config.version === 2 ? AUTHENTICATION : ""}    virtual_ipaddress {
        @{vip}/@{prefix}
    }
    track_script {
        chk_mysql
    }
}
`;
}

/** Version 3 has none (RFC 5798, section 9). */
const AUTHENTICATION = `    authentication {
        auth_type PASS
        auth_pass 1111
    }
`;

function inSeconds(us: Us): string {
  return String(us / MICROSECONDS_PER_SECOND);
}
