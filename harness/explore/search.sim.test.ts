/** Searches in the simulator: the same twice, the same in shards, and what one of the document's own finds. */
import { describe, expect, it } from "vitest";
import { simBackend } from "../backend/sim/backend.ts";
import { CATALOGUE } from "../../scenarios/catalogue.ts";
import { dualScript } from "../../scenarios/shared/dual-script.ts";
import { explore, type ExploreOptions } from "./explore.ts";
import { stepCount } from "./plan.ts";
import { PROPERTIES } from "./properties.ts";
import { mergedRecords, type ExploreRecord } from "./record.ts";
import { exploreTopology, settingFor } from "./target.ts";

const pair = dualScript();
const topology = exploreTopology(pair, "sid");

function asked(rest: Partial<ExploreOptions> = {}): ExploreOptions {
  return {
    world: {
      setting: settingFor("dual-script", pair, topology),
      backend: simBackend(),
      image: "sid",
      seed: 7,
    },
    asked: "dual-script",
    topology,
    properties: PROPERTIES,
    faults: [],
    model: "anything-heals",
    stored: [],
    scenarios: CATALOGUE.filter(({ name }) => name.startsWith("dual-script/")),
    runs: 200,
    stop: () => false,
    ...rest,
  };
}

async function recordOf(rest: Partial<ExploreOptions> = {}): Promise<ExploreRecord> {
  return (await explore(asked(rest))).record;
}

describe("exploring dual-script", () => {
  it("finds split brain, lost reads of acknowledged writes, and what nobody wrote; small", async () => {
    const whole = await recordOf();
    const kinds = whole.findings.map(({ property, kind }) => `${property}: ${kind}`);
    expect(kinds).toContain("no-split-brain: two writable holders");
    expect(kinds).toContain("vip-available-while-a-node-is-healthy: nobody holds the VIP any more");
    expect(kinds.some((kind) => kind.startsWith("no-acknowledged-write-lost"))).toBe(true);
    const unwritten = whole.findings.filter(({ written }) => written === undefined);
    expect(unwritten.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...whole.findings.map(({ plan }) => stepCount(plan)))).toBeLessThanOrEqual(3);

    const shards = [];
    for (const index of [1, 2, 3, 4]) {
      shards.push(await recordOf({ shard: { index, count: 4 } }));
    }
    expect(mergedRecords(shards.toReversed())).toEqual(whole);
  });

  it("comes out the same again, and stops where it is told", async () => {
    const runs = 48;
    let left = 20;
    const few = { runs, faults: ["partition", "replication"], properties: PROPERTIES.slice(0, 2) };
    expect(await recordOf(few)).toEqual(await recordOf(few));
    const { result } = await explore(
      asked({
        ...few,
        stop: () => {
          left -= 1;
          return left < 0;
        },
      }),
    );
    expect(result).toMatchObject({ stopped: true, runs: 20 });
  });

  it("says so when the cluster does not come to rest by itself", async () => {
    const [db1, db2] = pair.nodes;
    const other = {
      ...db2!,
      keepalived: db2!.keepalived!.replace("auth_pass 1111", "auth_pass 2222"),
    };
    const topology = { ...pair, nodes: [db1!, other] };
    const resolved = exploreTopology(topology, "sid");
    const { record } = await explore({
      ...asked(),
      topology: resolved,
      world: { ...asked().world, setting: settingFor("mismatch", topology, resolved) },
    });
    expect(record.unsettled).toMatch(/db1 and db2 held/);
    expect(record.islands.every(({ runs }) => runs === 0)).toBe(true);
  });

  it("says what nothing has to be done for: a check that hangs on the first node", async () => {
    const sound = dualScript({ check: "recommended" });
    const topology = {
      ...sound,
      nodes: sound.nodes.map((node) =>
        node.name === "db1"
          ? {
              ...node,
              files: node.files.map((file) =>
                file.path.endsWith(".sh") ? { ...file, text: "#!/bin/bash\nsleep 3600\n" } : file,
              ),
            }
          : node,
      ),
    };
    const kindsOf = async (other: typeof sound): Promise<string[]> => {
      const resolved = exploreTopology(other, "sid");
      const { record } = await explore({
        ...asked({ runs: 0 }),
        topology: resolved,
        world: { ...asked().world, setting: settingFor("mine", other, resolved) },
      });
      return record.findings.map(({ kind }) => kind);
    };
    expect(await kindsOf(topology)).toEqual(["the VIP is not with the highest priority"]);
    expect(await kindsOf(sound)).toEqual([]);
  });

  it("runs first what was stored, and says what is no longer there", async () => {
    const block = {
      key: "vrrp-blocked both@db1",
      fault: { kind: "vrrp-blocked", node: { name: "db1" }, direction: "both" },
      atUs: 1_000_000,
    } as const;
    const stored = [
      {
        id: "there",
        property: "no-split-brain",
        kind: "two writable holders",
        plan: { faults: [block], watchUs: 10_000_000 },
        image: "sid",
        seed: 3,
      },
      {
        id: "gone",
        property: "no-split-brain",
        kind: "two writable holders",
        plan: { faults: [], watchUs: 10_000_000 },
        image: "sid",
        seed: 3,
      },
    ];
    const { again, record } = await explore(asked({ stored, runs: 0 }));
    // Still to be run again in the world in which it shows, not in the one of this search.
    expect(record.findings).toMatchObject([{ seed: 3 }]);
    expect(again.map(({ stored: { id }, there }) => [id, there])).toEqual([
      ["there", true],
      ["gone", false],
    ]);
    expect(record.findings).toMatchObject([
      { stored: true, written: "dual-script/multicast-blocked" },
    ]);
  });
});
