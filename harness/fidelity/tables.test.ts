import { describe, expect, it } from "vitest";
import { seconds } from "../core/time.ts";
import type { Event } from "../history/events.ts";
import { compareTables } from "./tables.ts";

/** A director's table at some seconds, by the last parts of the servers that get connections. */
function tables(
  net: string,
  looks: readonly (readonly [number, readonly number[]])[],
): { events: Event[] } {
  const fault = { kind: "mysqld-killed", node: { name: "db2" } } as const;
  const struck = {
    kind: "fault",
    step: "strike",
    fault,
    node: "db2",
    action: "inject",
    edge: "begin",
    tUs: seconds(2),
    seq: 100,
  } as const;
  const told = looks.map(([at, weights], seq): Event => {
    const servers = weights.map((weight, index) => ({
      address: `${net}.${11 + index}`,
      port: 3306,
      weight,
      forwarding: "route" as const,
    }));
    const service = { address: `${net}.100`, port: 3306, scheduler: "wrr", servers };
    return {
      kind: "ipvs",
      node: "lvs1",
      services: [service],
      notBeforeUs: seconds(at),
      tUs: seconds(at),
      seq,
    };
  });
  return { events: [...told, struck] };
}

describe("tables of both sides", () => {
  const measured = tables("198.19.1", [
    [1, [3, 3]],
    [5, [3, 0]],
    [9, [3, 3]],
  ]);

  it("are the same when the same servers left and came back, whenever that was", () => {
    const later = tables("198.18.0", [
      [1, [3, 3]],
      [7, [3]],
      [7.5, [3, 0]],
      [12, [3, 3]],
    ]);
    expect(compareTables(measured, later)).toEqual([
      {
        node: "lvs1",
        measured: [".11+.12", ".11", ".11+.12"],
        simulated: [".11+.12", ".11", ".11+.12"],
        same: true,
      },
    ]);
  });

  it("differ when a server stayed, or did not come back", () => {
    const stayed = tables("198.18.0", [[1, [3, 3]]]);
    const left = tables("198.18.0", [
      [1, [3, 3]],
      [5, [3, 0]],
    ]);
    expect(compareTables(measured, stayed)[0]?.same).toBe(false);
    expect(compareTables(measured, left)[0]?.same).toBe(false);
  });

  it("are none where nothing balances", () => {
    expect(compareTables({ events: [] }, { events: [] })).toEqual([]);
  });
});
