import { describe, expect, it } from "vitest";
import { lvsPair, settledLvs, tableOf } from "../check/testing/lvs.ts";
import { seconds } from "../core/time.ts";
import { absencesIn } from "./absences.ts";

const full = tableOf({ db1: 1, db2: 1 });

describe("absences of real servers", () => {
  const told = settledLvs(40)
    .table("lvs2", 20, tableOf({ db1: 1 }))
    .table("lvs1", 21, tableOf({ db1: 1, db2: 0 }))
    .table("lvs1", 25, full)
    .table("lvs1", 30, tableOf({ db2: 1 }))
    .table("lvs1", 35, [])
    .events();
  const found = (fromSeconds: number): unknown[] =>
    absencesIn(told, lvsPair(), seconds(fromSeconds)).map(
      ({ director, server, serving, outUs, backUs = 0 }) =>
        `${director} ${server} ${serving ? "serving" : "beside"} ${outUs / 1e6} to ${backUs / 1e6}`,
    );

  it("are the holder's first, weight 0 is out, and a table that is gone is none", () => {
    expect(found(10)).toEqual([
      "lvs1 db2 serving 21 to 25",
      "lvs1 db1 serving 30 to 0",
      "lvs2 db2 beside 20 to 0",
    ]);
  });

  it("before the time asked about do not count", () => {
    expect(found(26)).toEqual(["lvs1 db1 serving 30 to 0"]);
  });
});
