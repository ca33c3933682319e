import { describe, expect, it } from "vitest";
import type { ExploreRecord, Reported } from "../../explore/record.ts";
import { exitCodeFor } from "./explore.ts";
import { demandFound } from "./explore-confirm.ts";
import { againWith } from "./explore-keep.ts";
import { isTimeUp } from "./explore-limit.ts";

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

describe("the ids of --only", () => {
  it("are those of findings, and a misspelt one is said", () => {
    const record = { ...nothing, findings: [{ id: "ab12" }, { id: "cd34" }] as Reported[] };
    demandFound(["cd34"], record);
    expect(() => {
      demandFound(["cd34", "cd35"], record);
    }).toThrow("--only cd35: this search has no such finding; there are ab12, cd34");
    expect(() => {
      demandFound(["ab12"], nothing);
    }).toThrow("it has none");
  });
});

describe("a limit of time", () => {
  const soFar = { elapsedMs: 40_000, schedules: 4000, findings: 0 };

  it("leaves a tenth for what comes after the search", () => {
    expect(isTimeUp(60_000, { ...soFar, elapsedMs: 53_900 })).toBe(false);
    expect(isTimeUp(60_000, { ...soFar, elapsedMs: 54_100 })).toBe(true);
  });

  it("leaves more where much was found, or where each run takes long; never more than half", () => {
    expect(isTimeUp(60_000, { ...soFar, findings: 200 })).toBe(false);
    expect(isTimeUp(60_000, { ...soFar, findings: 250 })).toBe(true);
    expect(isTimeUp(60_000, { ...soFar, findings: 50, schedules: 400 })).toBe(true);
    expect(isTimeUp(60_000, { elapsedMs: 29_000, schedules: 1, findings: 99 })).toBe(false);
  });
});
