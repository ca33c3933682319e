/** The conformance cases on real containers: one cluster, case after case. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dualScript } from "../../../scenarios/shared/dual-script.ts";
import { defaultWorkload } from "../../workload/workload.ts";
import type { Cluster } from "../backend.ts";
import { CONFORMANCE } from "../conformance.ts";
import { dockerBackend } from "./backend.ts";
import { connectEngine } from "./engine.ts";
import { count, find, ofRun } from "./sweep.ts";

const RUN_ID = `conformance-${process.pid}`;

describe("conformance of the docker backend", () => {
  let cluster: Cluster;

  beforeAll(async () => {
    const engine = await connectEngine();
    cluster = await dockerBackend({ engine, keep: false }).prepare({
      topology: dualScript(),
      workload: defaultWorkload,
      runId: RUN_ID,
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
    expect(count(await find(docker, ofRun(RUN_ID)))).toBe(0);
  });

  it.each(CONFORMANCE.map((item) => [item.name, item] as const))("%s", async (_name, item) => {
    await item.run(cluster);
  });
});
