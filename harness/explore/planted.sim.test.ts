/**
 * Defects that are planted are found, made small, and are really theirs: the smallest plan shows nothing of
 * the kind on the cluster as it should be. Bounded by runs, so that it comes out the same everywhere.
 */
import { describe, expect, it } from "vitest";
import { simBackend } from "../backend/sim/backend.ts";
import type { Backend } from "../backend/backend.ts";
import type { Topology } from "../topology/topology.ts";
import { judgeOf, sees } from "./judged.ts";
import { describeFaults, stepCount } from "./plan.ts";
import { propertiesCalled } from "./properties.ts";
import type { World } from "./runner.ts";
import { search } from "./search.ts";
import { exploreTopology, settingFor } from "./target.ts";
import { PLANTED } from "./testing/planted.ts";

const RUNS = 160;

function worldOf(topology: Topology, backend: Backend): World {
  const setting = settingFor("planted", topology, exploreTopology(topology, "sid"));
  return { setting, backend, image: "sid", seed: 1 };
}

describe("a planted defect", () => {
  it.each(PLANTED)("$name", async ({ sound, topology, backend, property, kind, by }) => {
    const properties = propertiesCalled([property]);
    const { findings } = await search({
      world: worldOf(topology, backend),
      topology: exploreTopology(topology, "sid"),
      properties,
      faults: [],
      model: "anything-heals",
      runs: RUNS,
      stop: () => false,
    });
    const found = findings.find((one) => kind.test(one.kind) && by.test(describeFaults(one.plan)));
    expect(
      found,
      findings.map((one) => `${one.kind}: ${describeFaults(one.plan)}`).join("\n"),
    ).toBeDefined();
    expect(stepCount(found!.plan)).toBeLessThanOrEqual(3);
    const asItShouldBe = judgeOf(worldOf(sound, simBackend()), properties);
    expect(sees(await asItShouldBe.judge(found!.plan), found!)).toBeUndefined();
  });
});
