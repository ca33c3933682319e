import { expect, it } from "vitest";
import type { JsonObject } from "../../../harness/core/json.ts";
import { movedRun } from "../../testing/runs.ts";
import { describeEvent } from "./describe.ts";

it("says what a packet says", () => {
  const advert = {
    seq: 9,
    tUs: 3_000_000,
    kind: "advert",
    seenAt: "db2",
    source: "198.18.7.11",
    vrid: 51,
    priority: 0,
    addresses: ["198.18.7.100"],
  };
  expect(describeEvent(advert, 2_000_000)).toEqual({
    title: "VRRP advertisement: goodbye (priority 0)",
    rows: [
      ["Seen at", "db2"],
      ["Source", "198.18.7.11"],
      ["VRID", "51"],
      ["Priority", "0: stops being master"],
      ["Addresses", "198.18.7.100"],
      ["Sender", "none of the nodes: a stranger"],
    ],
  });
});

it("tells times within an event from the same zero", () => {
  const event = {
    seq: 1,
    tUs: 5,
    kind: "mysqld",
    node: "db1",
    state: "down",
    notBeforeUs: 1_500_000,
  };
  expect(describeEvent(event, 2_000_000).rows).toContainEqual([
    "Not before",
    "\u22120.500\u00A0000\u00A0s",
  ]);
});

it("leaves out no field of any event, and has a title for each kind", () => {
  for (const event of movedRun().events) {
    const { title, rows } = describeEvent(event as unknown as JsonObject, 0);
    expect(title).not.toBe(event.kind);
    expect(rows.length).toBeGreaterThanOrEqual(Object.keys(event).length - 3);
  }
});
