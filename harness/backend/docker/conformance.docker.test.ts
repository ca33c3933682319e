/** The conformance cases on real containers, plain ones and such with a kernel of their own: one cluster for each set-up. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { milliseconds } from "../../core/time.ts";
import { needsOfKind } from "../../fault/facts.ts";
import { topologyOf } from "../../testing/worlds.ts";
import { KERNEL_FEATURES, type Topology } from "../../topology/topology.ts";
import { defaultWorkload } from "../../workload/workload.ts";
import type { Cluster, Missing } from "../backend.ts";
import { casesOf, WORLDS, type World } from "../conformance/conformance.ts";
import { refuteAll, sabotageable } from "../conformance/sabotage.ts";
import { dockerBackend } from "./backend.ts";
import { connectEngine } from "./engine.ts";
import { stateInside } from "./node-state.ts";
import type { Line } from "./images/images.ts";
import { count, find, ofRun } from "./sweep.ts";

/** A server in a guest needs a whole processor for what a plain one does at 20 ms. */
const GUEST_CADENCE_US = milliseconds(100);

interface SetUp {
  readonly world: World;
  /** Both nodes have a kernel of their own. */
  readonly guests: boolean;
  readonly image: Line;
}

const SET_UPS: readonly SetUp[] = [
  ...WORLDS.filter((world) => casesOf(world).length > 0).map((world): SetUp => ({
    world,
    guests: false,
    image: "sid",
  })),
  // With the quickest server: what is tried is the node.
  { world: "pair", guests: true, image: "trixie" },
  // And with the largest one, where memory and disk are tight.
  { world: "data-disk", guests: true, image: "sid" },
];

/** Asking for all features gives a kernel of its own wherever the engine's lacks one of them. */
function guests(topology: Topology): Topology {
  const nodes = topology.nodes.map((node) => ({ ...node, kernel: KERNEL_FEATURES }));
  return { ...topology, nodes };
}

describe.each(SET_UPS)(
  "conformance of the docker backend: $world, kernels of their own: $guests",
  ({ world, guests: own, image }) => {
    const runId = `conformance-${world}-${own ? "guests-" : ""}${process.pid}`;
    let cluster: Cluster;
    let missing: readonly Missing[] = [];
    let told = false;

    beforeAll(async () => {
      const backend = dockerBackend({ engine: await connectEngine(), keep: false });
      missing = await backend.missing();
      cluster = await backend.prepare({
        topology: own ? guests(topologyOf(world)) : topologyOf(world),
        workload: own ? { ...defaultWorkload, cadenceUs: GUEST_CADENCE_US } : defaultWorkload,
        settlesTo: "one-holder",
        runId,
        seed: 1,
        image,
        evidence: { append: () => undefined },
        progress: () => undefined,
      });
      await cluster.settle();
      await cluster.startWorkload();
    });

    afterAll(async () => {
      await cluster.dismantle();
      const { docker } = await connectEngine();
      expect(count(await find(docker, ofRun(runId)))).toBe(0);
    });

    // The first failure spoils what follows; what the nodes say then is gone with them.
    afterEach(async ({ task }) => {
      if (told || task.result?.state !== "fail") return;
      told = true;
      process.stderr.write(`${await stateOfNodes(runId)}\n`);
    });

    it("no fault is confirmed that was not carried out", async () => {
      const lacking = new Set(missing.map(({ capability }) => capability));
      const faults = sabotageable(world).filter(
        ({ kind }) => !needsOfKind(kind).some((need) => lacking.has(need)),
      );
      await refuteAll(cluster, faults);
    });

    it.for(casesOf(world))("$name", async (item, { skip }) => {
      const needs = item.covers.flatMap((kind) => needsOfKind(kind));
      const lacking = missing.find(({ capability }) => needs.includes(capability));
      if (lacking !== undefined) skip(`${lacking.capability}: ${lacking.reason}`);
      await item.run(cluster);
    });
  },
);

/** What a cluster's hosts say of themselves, as far as they answer. */
async function stateOfNodes(runId: string): Promise<string> {
  const { docker } = await connectEngine();
  const hosts = await docker.listContainers({ filters: { name: [`vipdrill-${runId}-db[12]$`] } });
  const said = await Promise.all(
    hosts.map(
      async ({ Id, Names }) => `${Names.join()}:\n${await stateInside(docker.getContainer(Id))}`,
    ),
  );
  return said.join("\n");
}
