/** The conformance cases on real containers: one cluster for each set-up, case after case. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needsOfKind } from "../../fault/facts.ts";
import { topologyOf } from "../../testing/worlds.ts";
import { defaultWorkload } from "../../workload/workload.ts";
import type { Cluster, Missing } from "../backend.ts";
import { casesOf, WORLDS } from "../conformance/conformance.ts";
import { refuteAll, sabotageable } from "../conformance/sabotage.ts";
import { dockerBackend } from "./backend.ts";
import { connectEngine } from "./engine.ts";
import { count, find, ofRun } from "./sweep.ts";

describe.each(WORLDS.filter((world) => casesOf(world).length > 0))(
  "conformance of the docker backend: %s",
  (world) => {
    const runId = `conformance-${world}-${process.pid}`;
    let cluster: Cluster;
    let missing: readonly Missing[] = [];

    beforeAll(async () => {
      const backend = dockerBackend({ engine: await connectEngine(), keep: false });
      missing = await backend.missing();
      cluster = await backend.prepare({
        topology: topologyOf(world),
        workload: defaultWorkload,
        settlesTo: "one-holder",
        runId,
        seed: 1,
        image: "sid",
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
