/**
 * Two database hosts that replicate from each other, with keepalived on both: what the dual-source documents
 * have in common. A row says what it does differently.
 */
import type {
  MysqlServer,
  NodeFile,
  Topology,
  TopologyNode,
} from "../../harness/scenario/index.ts";
import { CHECK_SCRIPT, CHECK_TEXTS, type CheckScript } from "./checks.ts";

const INTERFACE = "eth0";

export interface Role {
  readonly state: "MASTER" | "BACKUP";
  readonly priority: number;
  readonly nopreempt?: boolean;
}

/** A `vrrp_script` that runs the check, and the `track_script` that makes it count. */
export interface Check {
  readonly script: CheckScript;
  readonly intervalSeconds: number;
  readonly weight: number;
  readonly fall: number;
  readonly rise: number;
  readonly timeoutSeconds?: number;
}

export interface Pair {
  readonly name: string;
  readonly roles: readonly [Role, Role];
  readonly check?: Check;
  /** Lines of `global_defs`. */
  readonly global: readonly string[];
  /** Lines of the `vrrp_instance` beyond those that every pair has. */
  readonly instance?: readonly string[];
  /** The VIP as the document writes it: with its prefix length, or bare (which keepalived takes for /32). */
  readonly vipPrefix: boolean;
  readonly authPass: string;
  /** `mcast_src_ip` is written out. */
  readonly sourceAddress: boolean;
  /** Blocks after the instance, such as a `virtual_server`. */
  readonly blocks?: (node: string) => string;
  readonly files?: readonly NodeFile[];
  readonly mysql?: Partial<MysqlServer>;
  readonly kernel?: NonNullable<TopologyNode["kernel"]>;
  readonly monitors?: Topology["monitors"];
}

export function pair(parts: Pair): Topology {
  const [first, second] = parts.roles;
  return {
    name: parts.name,
    nodes: [node(parts, "db1", 1, first), node(parts, "db2", 2, second)],
    vips: [{ name: "vip", hostPart: 100 }],
    vrids: ["VI_1"],
    replication: [
      { source: "db1", replica: "db2" },
      { source: "db2", replica: "db1" },
    ],
    ...(parts.monitors === undefined ? {} : { monitors: parts.monitors }),
  };
}

function node(parts: Pair, name: string, serverId: number, role: Role): TopologyNode {
  return {
    name,
    hostPart: 10 + serverId,
    interface: INTERFACE,
    mysql: {
      serverId,
      autoIncrementOffset: serverId,
      autoIncrementIncrement: 2,
      ...parts.mysql,
    },
    keepalived: keepalived(parts, name, role),
    files: [...checkFiles(parts.check), ...(parts.files ?? [])],
    ...(parts.kernel === undefined ? {} : { kernel: parts.kernel }),
  };
}

function checkFiles(check: Check | undefined): readonly NodeFile[] {
  if (check === undefined) return [];
  const file = { path: CHECK_SCRIPT, mode: 0o755, text: CHECK_TEXTS[check.script] };
  return check.script === "recommended" ? [file, CHECK_LOGIN] : [file];
}

/** The login of the recommended check: an account that may connect, and nothing more. */
const CHECK_LOGIN: NodeFile = {
  path: "/etc/keepalived/check.cnf",
  mode: 0o600,
  text: "[client]\nhost = 127.0.0.1\nuser = check\npassword = @{check.password}\n",
};

function keepalived(parts: Pair, name: string, role: Role): string {
  const blocks = [
    block("global_defs", parts.global),
    ...(parts.check === undefined ? [] : [vrrpScript(parts.check)]),
    instance(parts, name, role),
    ...(parts.blocks === undefined ? [] : [parts.blocks(name)]),
  ];
  return blocks.join("\n");
}

function block(head: string, lines: readonly string[]): string {
  return `${head} {\n${lines.map((line) => `    ${line}\n`).join("")}}\n`;
}

function vrrpScript(check: Check): string {
  return block("vrrp_script chk_mysql_port", [
    `script "${CHECK_SCRIPT}"`,
    `interval ${check.intervalSeconds}`,
    ...(check.timeoutSeconds === undefined ? [] : [`timeout ${check.timeoutSeconds}`]),
    `weight ${check.weight}`,
    `fall ${check.fall}`,
    `rise ${check.rise}`,
  ]);
}

function instance(parts: Pair, name: string, role: Role): string {
  return block("vrrp_instance VI_1", [
    `state ${role.state}`,
    `interface ${INTERFACE}`,
    ...(parts.sourceAddress ? [`mcast_src_ip @{${name}.address}`] : []),
    "virtual_router_id @{VI_1.vrid}",
    `priority ${role.priority}`,
    "advert_int 1",
    ...(role.nopreempt === true ? ["nopreempt"] : []),
    "authentication {",
    "    auth_type PASS",
    `    auth_pass ${parts.authPass}`,
    "}",
    "virtual_ipaddress {",
    parts.vipPrefix ? "    @{vip}/@{prefix}" : "    @{vip}",
    "}",
    ...(parts.check === undefined ? [] : ["track_script {", "    chk_mysql_port", "}"]),
    ...(parts.instance ?? []),
  ]);
}
