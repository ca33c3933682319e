/**
 * Defects that are planted in a cluster, to see whether exploration finds them: in a text of the
 * configuration, or in the simulated world behind the back of everything that is recorded.
 */
import type { Backend, Cluster } from "../../backend/backend.ts";
import { simBackend } from "../../backend/sim/backend.ts";
import type { World } from "../../backend/sim/world.ts";
import type { PlainFault } from "../../fault/fault.ts";
import type { Topology } from "../../topology/topology.ts";
import { dualScript } from "../../../scenarios/shared/dual-script.ts";

export interface Planted {
  readonly name: string;
  /** The cluster as it should be. */
  readonly sound: Topology;
  readonly topology: Topology;
  readonly backend: Backend;
  /** What has to be found. */
  readonly property: string;
  readonly kind: RegExp;
  /** What the smallest plan is to be, in words: all that it takes to see the defect. */
  readonly by: RegExp;
}

const STEP = "planted";

/** Done once the load is on, and in no history. */
export function hidden(...faults: readonly PlainFault[]): Backend {
  return planted(async (cluster) => {
    for (const fault of faults) await cluster.inject(STEP, fault);
  });
}

export function meddled(meddle: (world: World) => void): Backend {
  return planted((cluster) => {
    meddle((cluster as unknown as { readonly world: World }).world);
    return Promise.resolve();
  });
}

function planted(plant: (cluster: Cluster) => Promise<void>): Backend {
  const base = simBackend();
  return {
    ...base,
    prepare: async (request) => {
      const cluster = await base.prepare(request);
      const start = cluster.startWorkload.bind(cluster);
      const all = cluster.events.bind(cluster);
      return Object.assign(cluster, {
        startWorkload: async () => {
          await start();
          await plant(cluster);
        },
        events: () => all().filter((event) => !("step" in event && event.step === STEP)),
      });
    },
  };
}

/** The document's pair with a check that says by its exit code what is wrong. */
const sound = dualScript({ check: "recommended" });

export function edited(topology: Topology, node: string, edit: (text: string) => string): Topology {
  return {
    ...topology,
    nodes: topology.nodes.map((one) =>
      one.name === node || node === "*" ? { ...one, keepalived: edit(one.keepalived ?? "") } : one,
    ),
  };
}

function withoutLine(keyword: string): (text: string) => string {
  return (text) => text.replaceAll(new RegExp(`^\\s*${keyword}\\b.*\n`, "gm"), "");
}

const LEAVES_THE_ADDRESS = `#!/bin/bash
# The way from a forum: whatever is wrong with mysqld, keepalived has to go.
mysqladmin ping >/dev/null 2>&1 || pkill -9 keepalived
`;

const semiSync = dualScript({ check: "recommended", semiSync: true });

export const PLANTED: readonly Planted[] = [
  {
    name: "a node that ignores priority 0",
    sound,
    topology: sound,
    backend: meddled(({ hosts }) => {
      for (const host of hosts.filter(({ name }) => name === "db2")) {
        const receive = host.receiveAdvert.bind(host);
        host.receiveAdvert = (advert) => {
          if (advert.priority > 0) receive(advert);
        };
      }
    }),
    property: "failover-within-prediction",
    kind: /too late/,
    by: /^stop keepalived on db1$/,
  },
  {
    name: "a check with no weight",
    sound,
    topology: edited(sound, "*", withoutLine("weight")),
    backend: simBackend(),
    property: "vip-available-while-a-node-is-healthy",
    kind: /nobody holds the VIP/,
    by: /^set super_read_only on db1, then set super_read_only on db2$/,
  },
  {
    name: "nopreempt on the wrong node",
    sound,
    topology: edited(sound, "db2", (text) => text.replace("advert_int 1", "$&\n    nopreempt")),
    backend: simBackend(),
    property: "preemption-as-configured",
    kind: /goes back although nopreempt/,
    by: /^stop keepalived on db1$/,
  },
  {
    name: "gratuitous ARP suppressed",
    sound,
    topology: sound,
    backend: meddled(({ hosts, segment }) => {
      for (const { name } of hosts) {
        segment.install({
          point: "out",
          from: name,
          protocols: ["garp"],
          effect: { kind: "drop", share: 1 },
        });
      }
    }),
    property: "vip-available-while-a-node-is-healthy",
    kind: /clients do not reach/,
    by: /^stop keepalived on db1$/,
  },
  {
    name: "a kill script that leaves the address",
    sound,
    topology: {
      ...sound,
      nodes: sound.nodes.map((node) => ({
        ...node,
        files: node.files.map((file) =>
          file.path.endsWith(".sh") ? { ...file, text: LEAVES_THE_ADDRESS } : file,
        ),
      })),
    },
    backend: simBackend(),
    property: "no-split-brain",
    kind: /two writable holders/,
    by: /^kill -9 mysqld on db1$/,
  },
  {
    name: "a weight too small for the gap",
    sound,
    topology: edited(sound, "*", (text) => text.replace("weight -5", "weight -1")),
    backend: simBackend(),
    property: "vip-available-while-a-node-is-healthy",
    kind: /mysqld does not answer/,
    by: /^kill -9 mysqld on db1$/,
  },
  {
    name: "semi-synchronous replication silently off",
    sound: semiSync,
    topology: semiSync,
    backend: hidden(
      { kind: "semi-sync-off", node: { name: "db1" } },
      { kind: "semi-sync-off", node: { name: "db2" } },
    ),
    property: "no-acknowledged-write-lost",
    kind: /not there on the new holder/,
    by: /^stop the receiver of replication on db2, then stop keepalived on db1$/,
  },
  {
    name: "a second cluster with the same VRID",
    sound,
    topology: sound,
    backend: hidden({ kind: "rogue-router", priority: 100 }),
    property: "vip-available-while-a-node-is-healthy",
    kind: /nobody holds the VIP/,
    by: /^stop keepalived on db1$/,
  },
];
