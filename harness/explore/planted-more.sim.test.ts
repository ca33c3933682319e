/** More defects that are planted, found, made small, and theirs; and such that let no cluster come to rest. */
import { describe, expect, it } from "vitest";
import { simBackend } from "../backend/sim/backend.ts";
import type { Backend } from "../backend/backend.ts";
import type { Topology } from "../topology/topology.ts";
import { explore } from "./explore.ts";
import { judgeOf, sees } from "./judged.ts";
import { describeFaults, stepCount } from "./plan.ts";
import { PROPERTIES, propertiesCalled } from "./properties.ts";
import type { World } from "./runner.ts";
import { search, type SearchOptions } from "./search.ts";
import { exploreTopology, settingFor } from "./target.ts";
import { PLANTED_MORE, PLANTED_RESTLESS } from "./testing/planted-more.ts";

/** All that is tried in any case, of what the faults are narrowed to. */
const RUNS = 32;

function worldOf(topology: Topology, backend: Backend): World {
  const setting = settingFor("planted", topology, exploreTopology(topology, "sid"));
  return { setting, backend, image: "sid", seed: 1 };
}

function asked(topology: Topology, backend: Backend): SearchOptions {
  return {
    world: worldOf(topology, backend),
    topology: exploreTopology(topology, "sid"),
    properties: PROPERTIES,
    faults: [],
    model: "anything-heals",
    runs: RUNS,
    stop: () => false,
  };
}

describe("another planted defect", () => {
  it.each(PLANTED_MORE)("$name", async ({ sound, topology, backend, faults, ...wanted }) => {
    const { property, kind, by } = wanted;
    const properties = propertiesCalled([property]);
    const { findings } = await search({ ...asked(topology, backend), properties, faults });
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

describe("a planted defect that lets no cluster come to rest", () => {
  it.each(PLANTED_RESTLESS)("$name", async ({ topology, says }) => {
    const { record } = await explore({
      ...asked(topology, simBackend()),
      asked: "planted",
      stored: [],
      scenarios: [],
    });
    expect(record.unsettled).toBeDefined();
    expect(record.findings).toMatchObject([{ plan: { faults: [] }, seeds: { shown: 5, of: 5 } }]);
    expect(record.findings[0]?.sentence).toMatch(says);
  });
});
