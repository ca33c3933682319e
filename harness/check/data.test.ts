/** The checkers of what must not be lost: acknowledged writes, and the equality of the copies. */
import { describe, expect, it } from "vitest";
import { history, serverOf, type HistoryBuilder } from "../testing/history.ts";
import { judge, said } from "../testing/judging.ts";
import type { CopyKey, CopyRows } from "../history/events.ts";
import { copies, hasRow, rowNames } from "./copies.ts";

const rows = (first: number, last: number, node = "db1"): CopyRows => ({
  lane: "fresh",
  server: serverOf(node),
  ranges: [[first, last]],
});

const bothCopies = (builder: HistoryBuilder, ...of: CopyRows[]): HistoryBuilder =>
  builder.copy("db1", of, 9).copy("db2", of, 9);

const unreadable = (builder: HistoryBuilder, node: string): HistoryBuilder =>
  builder.add(9, { kind: "copy", node, rows: [], unreadable: "mysqld does not answer" });

describe("no-lost-write", () => {
  const NAME = "no-lost-write";

  it("passes when every acknowledged write is in every copy", () => {
    const events = bothCopies(history().write(1).write(2), rows(1, 2)).events();
    expect(said(NAME, events)).toBe("pass: all 2 acknowledged writes are in every copy");
  });

  it("fails when an acknowledged write is in no copy, and names it", () => {
    const events = bothCopies(history().write(1).write(2), rows(1, 1)).events();
    const { verdict, reason, facts, evidence } = judge(NAME, events);
    expect({ verdict, reason, lost: facts["lost"], evidence }).toEqual({
      verdict: "fail",
      reason: "1 acknowledged writes are in no copy (fresh#2)",
      lost: ["fresh#2"],
      evidence: [4],
    });
  });

  it("fails when one copy lacks an acknowledged write", () => {
    const events = history()
      .write(1)
      .write(2)
      .copy("db1", [rows(1, 2)], 9)
      .copy("db2", [rows(1, 1)], 9)
      .events();
    expect(said(NAME, events)).toBe(
      "fail: 1 acknowledged writes are missing from a copy (not on db2: fresh#2)",
    );
  });

  it("fails when a write that was refused is there", () => {
    const events = bothCopies(
      history().write(1).write(2, { outcome: "failed" }),
      rows(1, 2),
    ).events();
    expect(said(NAME, events)).toBe("fail: 1 writes that were refused are there (fresh#2)");
  });

  it("accepts an unknown write either way, and counts those that happened", () => {
    const unknown = history()
      .write(1)
      .write(2, { outcome: "indeterminate" })
      .write(3, { outcome: "indeterminate" });
    expect(said(NAME, bothCopies(unknown, rows(1, 2)).events())).toBe(
      "pass: all 1 acknowledged writes are in every copy; of 2 with unknown outcome 1 happened",
    );
  });

  it("takes a write that never completed for an unknown one", () => {
    const hanging = history()
      .write(1)
      .add(2, { kind: "invoke", op: 99, lane: "fresh", action: "write", write: 2 });
    expect(judge(NAME, bothCopies(hanging, rows(1, 1)).events())).toMatchObject({
      verdict: "pass",
      facts: { acknowledged: 1, unknown: 1 },
    });
  });

  it("keeps the lanes apart", () => {
    const events = bothCopies(history().write(1).write(2, { lane: "held" }), rows(1, 1)).events();
    expect(judge(NAME, events).facts["lost"]).toEqual(["held#1"]);
  });

  it("says all that is wrong, and names three of each", () => {
    const builder = history().write(0.5, { outcome: "failed" });
    for (const at of [1, 2, 3, 4]) builder.write(at);
    expect(said(NAME, bothCopies(builder, rows(1, 1)).events())).toBe(
      "fail: 4 acknowledged writes are in no copy (fresh#2, fresh#3, fresh#4, ...); " +
        "1 writes that were refused are there (fresh#1)",
    );
  });

  it("is inconclusive when a copy was not read or could not be", () => {
    const read = history()
      .write(1)
      .copy("db1", [rows(1, 1)], 9);
    const reason = "inconclusive: the table of db2 was not read";
    expect([said(NAME, read.events()), said(NAME, unreadable(read, "db2").events())]).toEqual([
      reason,
      reason,
    ]);
  });

  it("is inconclusive when no write was acknowledged", () => {
    const events = bothCopies(history().write(1, { outcome: "failed" })).events();
    expect(said(NAME, events)).toBe("inconclusive: no write was acknowledged");
  });
});

describe("replication-converged", () => {
  const NAME = "replication-converged";
  const running = (): HistoryBuilder => history().replication(8);

  it("passes when every edge runs and the copies are equal", () => {
    expect(said(NAME, bothCopies(running(), rows(1, 3)).events())).toBe(
      "pass: 3 rows, equal on db1 and db2",
    );
  });

  it("passes when the same rows are cut into other runs", () => {
    const events = running()
      .copy("db1", [rows(1, 3)], 9)
      .copy("db2", [rows(3, 3), rows(1, 2)], 9)
      .events();
    expect(judge(NAME, events).verdict).toBe("pass");
  });

  it("fails and names the rows that one copy has not", () => {
    const events = running()
      .copy("db1", [rows(1, 3)], 9)
      .copy("db2", [rows(1, 1)], 9)
      .events();
    expect(said(NAME, events)).toBe(
      "fail: 2 of 3 rows differ between db1 and db2: fresh#2, fresh#3",
    );
  });

  it("fails when the copies ascribe a row to different servers", () => {
    const events = running()
      .copy("db1", [rows(1, 1, "db1")], 9)
      .copy("db2", [rows(1, 1, "db2")], 9)
      .events();
    expect(said(NAME, events)).toBe("fail: 1 of 1 rows differ between db1 and db2: fresh#1");
  });

  it.each([
    { receiverRunning: false, lastError: "error connecting to source" },
    { applierRunning: false, lastError: "Duplicate entry '7' for key 'PRIMARY'" },
    { caughtUp: false, lastError: "" },
  ])("fails when an edge ended up as %o", (state) => {
    const events = bothCopies(history().replication(1).replication(8, state), rows(1, 1)).events();
    expect(said(NAME, events)).toBe(
      `fail: replication db1 to db2 and db2 to db1 do not run or did not catch up: ${state.lastError || "no error reported"}`,
    );
  });

  it("says which key stopped it, and which rows have it", () => {
    const keyed = (builder: HistoryBuilder, node: string, key: CopyKey): HistoryBuilder =>
      builder.add(9, { kind: "copy", node, rows: [rowOf(key, node)], keys: [key] });
    const rowOf = ([lane, seq]: CopyKey, node: string): CopyRows => ({
      lane,
      server: serverOf(node),
      ranges: [[seq, seq]],
    });
    const events = keyed(
      keyed(
        history().write(1).replication(8, { applierRunning: false, lastError: "error 1062" }),
        "db1",
        ["fresh", 1, 7],
      ),
      "db2",
      ["at-db2", 4, 7],
    ).events();
    const { reason, facts } = judge(NAME, events);
    expect(reason).toBe(
      "replication db1 to db2 and db2 to db1 do not run or did not catch up: error 1062; " +
        "2 of 2 rows differ between db1 and db2: fresh#1, at-db2#4; " +
        "key 7 is fresh#1 on db1 and at-db2#4 on db2",
    );
    expect(facts["clashes"]).toEqual([{ key: 7, rows: { db1: "fresh#1", db2: "at-db2#4" } }]);
    expect(judge("no-lost-write", events).reason).toBe(
      "1 acknowledged writes are missing from a copy (not on db2: fresh#1); " +
        "key 7 is fresh#1 on db1 and at-db2#4 on db2",
    );
  });

  it("finds no clash in a row that is merely missing", () => {
    const events = history()
      .write(1)
      .add(9, { kind: "copy", node: "db1", rows: [rows(1, 1)], keys: [["fresh", 1, 7]] })
      .copy("db2", [], 9)
      .replication(8)
      .events();
    expect(judge(NAME, events).reason).toBe("1 of 1 rows differ between db1 and db2: fresh#1");
  });

  it("does not hold a past stop against an edge that runs again", () => {
    const events = bothCopies(
      history().replication(2, { applierRunning: false }).replication(8),
      rows(1, 1),
    ).events();
    expect(judge(NAME, events).verdict).toBe("pass");
  });

  it("is inconclusive when a copy was not read", () => {
    const events = unreadable(running().copy("db2", [rows(1, 1)], 9), "db1").events();
    expect(said(NAME, events)).toBe("inconclusive: the table of db1 was not read");
  });

  // `find` gives the missing state itself, `undefined`, which then reads as "nothing is stuck".
  it("is not satisfied when nobody asked how replication stands", () => {
    expect(judge(NAME, bothCopies(history(), rows(1, 1)).events()).verdict).not.toBe("pass");
  });
});

describe("copies", () => {
  it("are those that could be read, by node", () => {
    const events = unreadable(history().copy("db1", [rows(1, 2)], 9), "db2").events();
    expect(copies(events)).toEqual(new Map([["db1", { rows: [rows(1, 2)] }]]));
  });

  it("know their rows by lane and number, both ends of a run included", () => {
    const copy = { rows: [rows(2, 3)] };
    expect([1, 2, 3, 4].map((write) => hasRow(copy, "fresh", write))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(hasRow(copy, "held", 2)).toBe(false);
    expect(rowNames(copy)).toEqual(
      new Map([
        ["fresh#2", serverOf("db1")],
        ["fresh#3", serverOf("db1")],
      ]),
    );
  });
});
