import { describe, expect, it } from "vitest";
import type { ExploreRecord, Reported } from "../../explore/record.ts";
import { againWith, exitCodeFor } from "./explore.ts";

const nothing = {
  findings: [],
  islands: [{ index: 0, runs: 3 }],
  voids: {},
} as unknown as ExploreRecord;

describe("the exit code of a search", () => {
  it("is 1 for a finding and for a cluster that does not come to rest, 0 for nothing, 2 for no proof", () => {
    const found = [{}] as unknown as Reported[];
    expect(exitCodeFor({ ...nothing, findings: found })).toBe(1);
    expect(exitCodeFor({ ...nothing, unsettled: "two holders" })).toBe(1);
    expect(exitCodeFor(nothing)).toBe(0);
    expect(exitCodeFor({ ...nothing, voids: { "fault-confirmed": 3 } })).toBe(2);
    expect(exitCodeFor({ ...nothing, voids: { "fault-confirmed": 2 } })).toBe(0);
  });
});

describe("the command that runs a finding again", () => {
  it("is its scenario file, or where no checker says it, what was stored", () => {
    const asked = { store: "store", target: "dual-script", seed: 7, image: "sid" };
    const again = againWith(asked);
    const found = { id: "ab12", expectation: { checker: "single-holder", verdict: "fail" } };
    expect(again(found as Reported)).toBe(
      "./vipdrill run store/findings/ab12.ts --backend sim --seed 7",
    );
    expect(again({ id: "ab12" } as Reported)).toBe(
      "./vipdrill explore dual-script --seed 7 --runs 0",
    );
    expect(again({ ...found, seed: 3 } as Reported)).toContain("--seed 3");
    const other = againWith({ ...asked, image: "trixie", extra: " --properties own.ts" });
    expect(other({ id: "ab12" } as Reported)).toBe(
      "./vipdrill explore dual-script --seed 7 --runs 0 --image trixie --properties own.ts",
    );
  });
});
