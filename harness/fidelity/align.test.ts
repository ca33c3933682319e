import { describe, expect, it } from "vitest";
import { mysqldKilledRun } from "../testing/stored-run.ts";
import { align, anchorOf, type Alignment } from "./align.ts";
import { resolvedPair } from "../testing/topology.ts";

function aligned(): Alignment {
  const { history } = mysqldKilledRun();
  const result = align(history.events, resolvedPair());
  if (result.kind === "unaligned") throw new Error(result.reason);
  return result.alignment;
}

describe("alignment of a stored run", () => {
  it("counts from the first state of the preferred node's keepalived", () => {
    const { anchor, preferred, originUs, startOffsetsUs } = aligned();
    expect({ anchor, preferred, originUs, startOffsetsUs }).toEqual({
      anchor: "entered",
      preferred: "db1",
      originUs: 3_459_672, // (VI_1) removing VIPs.
      startOffsetsUs: { db1: 0, db2: 3_585_199 - 3_459_672 },
    });
  });

  it("says when the clients were started", () => {
    const { events } = mysqldKilledRun().history;
    const { loadAtUs, originUs } = aligned();
    const first = events.find((event) => event.kind === "invoke");
    expect(loadAtUs).toBe(7_593_522 - originUs);
    expect(originUs + (loadAtUs ?? 0)).toBeLessThan(first?.tUs ?? 0);
    const silent = align(
      events.filter((event) => event.kind !== "observer"),
      resolvedPair(),
    );
    expect(silent).toMatchObject({ kind: "aligned" });
    expect(silent).not.toHaveProperty("alignment.loadAtUs");
  });

  it("takes every begin edge, on the node that was hit and not on its role", () => {
    const { cues } = aligned();
    const faults = cues.flatMap((cue) => {
      if (cue.kind !== "inject" && cue.kind !== "heal") return [];
      const { advert: _phase, ...rest } = cue;
      return [rest];
    });
    expect(faults).toEqual([
      {
        kind: "inject",
        atUs: 9_469_691 - 3_459_672,
        step: "fault",
        fault: { kind: "mysqld-killed", node: { name: "db1" } },
      },
      { kind: "heal", atUs: 13_198_759 - 3_459_672, step: "fault" },
      {
        kind: "inject",
        atUs: 14_324_947 - 3_459_672,
        step: "start-keepalived",
        fault: { kind: "service-started", node: { name: "db1" }, service: "keepalived" },
      },
    ]);
  });

  it("says how old the last advert was, for what acts on adverts", () => {
    const phases = aligned().cues.flatMap((cue) =>
      cue.kind === "inject" || cue.kind === "heal" ? [cue.advert] : [],
    );
    expect(phases).toEqual([
      // mysqld is killed and started again: the check's phase counts, and that runs from the start.
      undefined,
      undefined,
      { sender: "db2", ageUs: expect.any(Number) as number, intervalUs: 1_000_000 },
    ]);
    expect(phases.every((phase) => phase === undefined || phase.ageUs < 1_010_000)).toBe(true);
  });

  it("ends with the end of the load, in order of time", () => {
    const { cues, originUs } = aligned();
    expect(cues.at(-1)).toEqual({ kind: "quiesce", atUs: 18_462_733 - originUs });
    const times = cues.map((cue) => cue.atUs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("says why there is none when keepalived's log is missing on one node", () => {
    const { history } = mysqldKilledRun();
    const events = history.events.filter((event) => event.kind !== "log" || event.node !== "db2");
    expect(align(events, resolvedPair())).toEqual({
      kind: "unaligned",
      reason: "there is no log line of keepalived's start on db2",
    });
  });

  it("falls back to the program's first line on both nodes when one has no state", () => {
    const { history } = mysqldKilledRun();
    const events = history.events.filter(
      (event) =>
        event.kind !== "log" || event.node !== "db2" || !/STATE|removing VIPs/.test(event.text),
    );
    const result = align(events, resolvedPair());
    expect(result).toMatchObject({ alignment: { anchor: "started", originUs: 3_413_531 } });
  });

  it("refuses a run that broke off", () => {
    const { history } = mysqldKilledRun();
    const events = history.events.filter((event) => event.tUs < 14_000_000);
    expect(align(events, resolvedPair()).kind).toBe("unaligned");
  });

  it("finds the earliest line, in whatever order the facts arrived", () => {
    const { events } = mysqldKilledRun().history;
    expect(anchorOf(events.toReversed(), "db1", "entered")).toBe(3_459_672);
  });
});
