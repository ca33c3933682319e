import { describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../core/time.ts";
import { dualScript } from "../../scenarios/shared/dual-script.ts";
import type { Judge, Seen } from "./judged.ts";
import { menuOf, type MenuItem } from "./menu.ts";
import { describePlan, type Plan, type PlannedFault } from "./plan.ts";
import { shrink, type Shrunk } from "./shrink.ts";
import { exploreTopology } from "./target.ts";

const menu = menuOf(exploreTopology(dualScript(), "sid"));
const REST_US = seconds(10);
const WANTED: Seen = { property: "p", kind: "k", sentence: "seen" };

function item(key: string): MenuItem {
  return menu.find((one) => one.key === key)!;
}

function fault(key: string, atUs: number, healAtUs?: number): PlannedFault {
  const { fault: plain } = item(key);
  return { key, fault: plain, atUs, ...(healAtUs === undefined ? {} : { healAtUs }) };
}

/** A world in which a plan shows it by what it is. */
function judging(shows: (plan: Plan) => boolean, otherKind: (plan: Plan) => boolean): Judge {
  return {
    runs: 0,
    judge: (plan) =>
      Promise.resolve({
        coverage: new Set(),
        seen: shows(plan) ? [WANTED] : otherKind(plan) ? [{ ...WANTED, kind: "other" }] : [],
      }),
  };
}

function smallest(
  plan: Plan,
  shows: (plan: Plan) => boolean,
  otherKind: (plan: Plan) => boolean = () => false,
): Promise<Shrunk> {
  const judge = judging(shows, otherKind);
  return shrink(plan, WANTED, { judge, menu, home: "db1", restUs: REST_US, spare: [] });
}

const DRAWN: Plan = {
  faults: [
    fault("tables-locked@db2", milliseconds(411)),
    fault("node-paused silent@db1", milliseconds(1377), milliseconds(4950)),
    fault("replication-stopped applier@db2", milliseconds(6123)),
  ],
  watchUs: milliseconds(777),
};

const has = (plan: Plan, part: string): boolean =>
  plan.faults.some(({ key }) => key.includes(part));

describe("making a plan smaller", () => {
  it("ends with one fault alone at 1 s where that is enough", async () => {
    const { plan, tried } = await smallest(DRAWN, (one) => has(one, "replication-stopped"));
    expect(describePlan(plan, REST_US)).toEqual([
      "  1.000 s  stop the receiver of replication on db1",
      " 11.000 s  what is still in force is undone",
      " 21.000 s  end",
    ]);
    expect(tried).toBeLessThan(20);
  });

  it("keeps both of two faults that it takes, simpler and at rounder times", async () => {
    const { plan } = await smallest(
      DRAWN,
      (one) =>
        has(one, "@db1") &&
        has(one, "replication-stopped receiver@db2") !==
          has(one, "replication-stopped applier@db2") &&
        one.faults.every(({ key }) => !key.startsWith("replication") || key.endsWith("@db2")) &&
        one.faults.at(-1)!.atUs - one.faults[0]!.atUs >= milliseconds(2500),
    );
    expect(plan.faults.map(({ key, atUs }) => [key, atUs])).toEqual([
      ["keepalived-stopped@db1", seconds(1)],
      ["replication-stopped receiver@db2", seconds(4)],
    ]);
  });

  it("keeps a healing that it takes", async () => {
    const heals = (plan: Plan): boolean =>
      plan.faults.some(({ healAtUs }) => healAtUs !== undefined);
    const { plan } = await smallest(DRAWN, (one) => has(one, "db1") && heals(one));
    expect(plan.faults).toHaveLength(1);
    expect(plan.faults[0]).toMatchObject({ atUs: seconds(1), healAtUs: seconds(2) });
  });

  it("begins at a round time where 1 s is not it", async () => {
    const late = (one: Plan): boolean =>
      has(one, "node-paused") && one.faults[0]!.atUs >= milliseconds(1377);
    const { plan } = await smallest({ ...DRAWN, faults: [DRAWN.faults[1]!] }, late);
    expect(plan.faults.map(({ atUs }) => atUs)).toEqual([seconds(2)]);
  });

  it("of many steps makes fewer: a restart for a stop and a start", async () => {
    const drawn: Plan = {
      faults: [
        fault("keepalived-stopped@db1", seconds(1), seconds(2)),
        fault("mysqld-killed@db2", seconds(3), seconds(5)),
      ],
      watchUs: REST_US,
    };
    const back = (one: Plan, node: string): boolean =>
      one.faults.some(
        ({ key, healAtUs }) =>
          key.endsWith(node) && (healAtUs !== undefined || key.startsWith("service-restarted")),
      );
    const { plan } = await smallest(drawn, (one) => back(one, "db1") && back(one, "db2"));
    expect(plan.faults.map(({ key }) => key)).toEqual([
      "service-restarted keepalived@db1",
      "keepalived-stopped@db2",
    ]);
  });

  it("does not take another kind of violation for the same", async () => {
    const both = (plan: Plan): boolean => has(plan, "tables-locked") && has(plan, "node-paused");
    const { plan } = await smallest(DRAWN, both, () => true);
    expect(both(plan)).toBe(true);
  });

  it("ends, and within its bound, where every plan shows it and where none other does", async () => {
    expect((await smallest(DRAWN, () => true)).plan.faults).toEqual([]);
    const alone = await smallest(DRAWN, (plan) => plan === DRAWN);
    expect(alone.plan).toBe(DRAWN);
    expect(alone.tried).toBeLessThanOrEqual(160);
  });
});
