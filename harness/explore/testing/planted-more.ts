/**
 * Defects beyond those of `planted.ts`, each of a kind that none of them is: slips in a configuration, in a check, on a
 * director, and a daemon or a wire that does not do what it should. What may be drawn is narrowed, so that each takes a
 * second; without that all of them were found as well, within a minute each (docs/explore.md).
 */
import { simBackend } from "../../backend/sim/backend.ts";
import type { SimHost } from "../../backend/sim/host.ts";
import type { Topology, TopologyNode } from "../../topology/topology.ts";
import { dualCheck } from "../../../scenarios/shared/dual-check.ts";
import { dualScript } from "../../../scenarios/shared/dual-script.ts";
import { lvsDr } from "../../../scenarios/shared/lvs-dr.ts";
import { edited, hidden, meddled, type Planted } from "./planted.ts";

export interface PlantedMore extends Planted {
  /** As `--faults` has them. */
  readonly faults: readonly string[];
}

/** With these the cluster does not come to rest by itself. */
export interface PlantedRestless {
  readonly name: string;
  readonly topology: Topology;
  /** What the one finding says. */
  readonly says: RegExp;
}

const sound = dualScript({ check: "recommended" });
const unchecked = dualCheck();
const directors = lvsDr();

/** Nobody takes the VIP back; a failed check means FAULT, because a weight moves nothing with `nopreempt`. */
const staying = edited(
  dualScript({
    check: "recommended",
    roles: [
      { state: "BACKUP", priority: 101, nopreempt: true },
      { state: "BACKUP", priority: 99, nopreempt: true },
    ],
  }),
  "*",
  line("weight"),
);

/** The first line of a keyword: another one instead, or none. */
function line(keyword: string, instead?: string): (text: string) => string {
  const written = instead === undefined ? "" : `    ${instead}\n`;
  return (text) => text.replace(new RegExp(`^\\s*${keyword}\\b.*\\n`, "m"), written);
}

function withNode(
  topology: Topology,
  name: string,
  edit: (node: TopologyNode) => TopologyNode,
): Topology {
  const nodes = topology.nodes.map((node) => (node.name === name ? edit(node) : node));
  return { ...topology, nodes };
}

function withCheck(topology: Topology, change: { text?: string; mode?: number }): Topology {
  const nodes = topology.nodes.map((node) => ({
    ...node,
    files: node.files.map((file) => (file.path.endsWith(".sh") ? { ...file, ...change } : file)),
  }));
  return { ...topology, nodes };
}

function meddledHost(name: string, meddle: (host: SimHost) => void): Planted["backend"] {
  return meddled(({ hosts }) => {
    for (const host of hosts) if (host.name === name) meddle(host);
  });
}

const available = "vip-available-while-a-node-is-healthy";
const mute = /mysqld does not answer/;
const plain = { sound, backend: simBackend() };

export const PLANTED_MORE: readonly PlantedMore[] = [
  {
    ...plain,
    name: "a check that has to fail a hundred times",
    topology: edited(sound, "*", line("fall", "fall 100")),
    faults: ["mysqld-killed"],
    property: available,
    kind: mute,
    by: /^kill -9 mysqld on db1$/,
  },
  {
    ...plain,
    name: "a check without a deadline",
    topology: edited(
      withCheck(sound, { text: "#!/bin/bash\nmysql -u root -e 'SELECT 1' >/dev/null 2>&1\n" }),
      "*",
      line("interval", "interval 2\n    timeout 120"),
    ),
    faults: ["pause"],
    property: available,
    kind: mute,
    by: /^freeze mysqld on db1$/,
  },
  {
    ...plain,
    name: "a check that nobody may execute",
    topology: withCheck(sound, { mode: 0o644 }),
    faults: ["mysqld-killed"],
    property: "failover-within-prediction",
    kind: /the VIP does not move/,
    by: /^kill -9 mysqld on db1$/,
  },
  {
    name: "a standby without its track_script",
    sound: staying,
    topology: edited(staying, "db2", (text) => text.replace(/track_script \{[^}]*\}\n/, "")),
    backend: simBackend(),
    faults: ["mysqld-killed", "service-restarted"],
    property: available,
    kind: mute,
    by: /^restart keepalived on db1, then kill -9 mysqld on db2$/,
  },
  {
    name: "nopreempt beside state MASTER",
    sound: staying,
    topology: edited(staying, "db1", line("state", "state MASTER")),
    backend: simBackend(),
    faults: ["keepalived-stopped"],
    property: "preemption-as-configured",
    kind: /goes back although nopreempt/,
    by: /^stop keepalived on db1$/,
  },
  {
    ...plain,
    name: "both nodes of the same priority",
    topology: edited(sound, "*", line("priority", "priority 100")),
    faults: ["keepalived-stopped"],
    property: "preemption-as-configured",
    kind: /does not go back/,
    by: /^stop keepalived on db1$/,
  },
  {
    ...plain,
    name: "a standby that stays read-only",
    topology: withNode(sound, "db2", ({ mysql, ...node }) => ({
      ...node,
      ...(mysql === undefined ? {} : { mysql: { ...mysql, settings: ["super_read_only = 1"] } }),
    })),
    faults: ["keepalived-stopped"],
    property: "failover-within-prediction",
    kind: /moved and not served/,
    by: /^stop keepalived on db1$/,
  },
  {
    name: "a firewall that drops the standby's adverts",
    sound: unchecked,
    topology: unchecked,
    backend: hidden({ kind: "vrrp-blocked", node: { name: "db2" }, direction: "out" }),
    faults: ["keepalived-stopped"],
    property: "preemption-as-configured",
    kind: /goes back although nopreempt/,
    by: /^stop keepalived on db1$/,
  },
  {
    ...plain,
    name: "a return that is not announced",
    topology: sound,
    backend: meddledHost("db1", (host) => {
      host.announce = () => undefined;
    }),
    faults: ["keepalived-stopped"],
    property: available,
    kind: /clients do not reach/,
    by: /^stop keepalived on db1$/,
  },
  {
    ...plain,
    name: "an address that stays when keepalived gives it up",
    topology: sound,
    backend: meddledHost("db1", (host) => {
      host.removeAddress = () => undefined;
    }),
    faults: ["keepalived-stopped"],
    property: "no-split-brain",
    kind: /two writable holders/,
    by: /^stop keepalived on db1$/,
  },
  {
    ...plain,
    name: "a keepalived that is not started at boot",
    topology: sound,
    backend: meddledHost("db1", (host) => {
      const clear = host.clearRun.bind(host);
      host.clearRun = () => {
        clear();
        host.keepalived.start = () => undefined;
      };
    }),
    faults: ["node-powered-off"],
    property: "returns-to-steady-state",
    kind: /keepalived stays down/,
    by: /^power off db1$/,
  },
  {
    ...plain,
    name: "replication in one direction only",
    topology: { ...sound, replication: [{ source: "db1", replica: "db2" }] },
    faults: ["keepalived-stopped"],
    property: "returns-to-steady-state",
    kind: /copies differ/,
    by: /^stop keepalived on db1$/,
  },
  {
    name: "a standby director that does not know the second server",
    sound: directors,
    topology: edited(directors, "lvs2", (text) =>
      text.replace(/\n {4}real_server @\{db2\.address\}[^]*?\n {4}\}\n/, "\n"),
    ),
    backend: simBackend(),
    faults: ["mysqld-killed", "keepalived-stopped"],
    property: available,
    kind: /clients do not reach/,
    by: /^stop keepalived on lvs1, then kill -9 mysqld on db1$/,
  },
  {
    name: "a real server that answers for the VIP",
    sound: directors,
    topology: lvsDr({ unmuted: "db2" }),
    backend: simBackend(),
    faults: ["keepalived-stopped"],
    property: "only-the-holder-answers",
    kind: /without holding it/,
    by: /^(nothing at all happens|stop keepalived on lvs1)$/,
  },
];

export const PLANTED_RESTLESS: readonly PlantedRestless[] = [
  {
    name: "another password on one node",
    topology: edited(sound, "db2", line("auth_pass", "auth_pass 2222")),
    says: /db1 and db2 held .* keepalived of db2 says "\(VI_1\) received an invalid passwd from/,
  },
  {
    name: "another virtual_router_id on one node",
    topology: edited(sound, "db2", line("virtual_router_id", "virtual_router_id 77")),
    says: /not one virtual router: of the VRIDs db1 has 51, db2 has 77/,
  },
  {
    name: "an interface that is not there",
    topology: edited(sound, "db1", line("interface", "interface eth1")),
    says: /keepalived of db1 says ".*interface eth1 for vrrp_instance VI_1 doesn't exist"/,
  },
  {
    name: "an address that only the standby has",
    topology: edited(sound, "db2", (text) =>
      text.replace("@{vip}/@{prefix}\n", "$&    198.18.0.101/24\n"),
    ),
    says: /expected 2 VIPs but received 1/,
  },
];
