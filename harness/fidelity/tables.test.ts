import { describe, expect, it } from "vitest";
import { seconds } from "../core/time.ts";
import type { Fault } from "../fault/fault.ts";
import type { Event } from "../history/events.ts";
import { BRIEF_TABLE_US, compareTables } from "./tables.ts";

/** A director's table at some seconds, by the last parts of the servers that get connections; none: no service. */
function tables(
  net: string,
  looks: readonly (readonly [number, readonly number[]])[],
  struckNode = "db2",
): { events: Event[] } {
  const node = { name: struckNode };
  const fault: Fault =
    struckNode === "db2" ? { kind: "mysqld-killed", node } : { kind: "node-powered-off", node };
  const struck = {
    kind: "fault",
    step: "strike",
    fault,
    node: struckNode,
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
      services: servers.length === 0 ? [] : [service],
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

  it("are the same when one side missed a set that was there for less than a few looks", () => {
    const goneAfter = (s: number): { events: Event[] } =>
      tables("198.18.0", [
        [1, [3]],
        [5, [0]],
        [5 + s, []],
        [9, [3]],
      ]);
    const unseen = tables("198.18.0", [
      [1, [3]],
      [5.1, []],
      [9, [3]],
    ]);
    const brief = BRIEF_TABLE_US / 1e6;
    expect(compareTables(unseen, goneAfter(brief - 0.01))[0]?.same).toBe(true);
    expect(compareTables(unseen, goneAfter(brief + 0.01))[0]?.same).toBe(false);
  });

  it("end with the node's power, as nobody watches there any more", () => {
    const silent = tables("198.18.0", [[1, [3, 3]]], "lvs1");
    const emptied = tables(
      "198.18.0",
      [
        [1, [3, 3]],
        [2.1, []],
        [7, [3, 3]],
      ],
      "lvs1",
    );
    expect(compareTables(silent, emptied)[0]).toMatchObject({ measured: [".11+.12"], same: true });
    const elsewhere = {
      events: emptied.events.map((e) => (e.kind === "fault" ? { ...e, node: "lvs2" } : e)),
    };
    expect(compareTables(silent, elsewhere)[0]?.same).toBe(false);
  });

  it("are none where nothing balances", () => {
    expect(compareTables({ events: [] }, { events: [] })).toEqual([]);
  });
});
