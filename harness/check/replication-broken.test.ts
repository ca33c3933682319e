import { describe, expect, it } from "vitest";
import { history, type HistoryBuilder } from "../testing/history.ts";
import { judge, said } from "../testing/judging.ts";
import type { Event, ReplicationEvent } from "../history/events.ts";

const NAME = "replication-broken";
/** A state is of both edges unless it says of which. */
const THERE = { source: "db1", replica: "db2" };
const STOPPED: Partial<ReplicationEvent> = {
  ...THERE,
  applierRunning: false,
  lastError: "error 1062",
};

/** Both edges looked at when the load begins, and then what is told. */
function watched(tell: (builder: HistoryBuilder) => HistoryBuilder): Event[] {
  return tell(history().settled().replication(1.5)).events();
}

describe(NAME, () => {
  it("passes when every edge runs whenever it is looked at", () => {
    expect(
      said(
        NAME,
        watched((b) => b.replication(9)),
      ),
    ).toMatch(/^pass: replication ran on every edge/);
  });

  it("passes over a receiver that loses its source and tries again", () => {
    const events = watched((b) =>
      b
        .replication(3, { receiverRunning: false, connecting: true, lastError: "refused" })
        .replication(5)
        .replication(9),
    );
    expect(judge(NAME, events).verdict).toBe("pass");
  });

  it("fails when an applier stops, and names edge, error and since when", () => {
    const events = watched((b) => b.replication(3, STOPPED).replication(9, STOPPED));
    expect(said(NAME, events)).toBe(
      "fail: the applier of replication db1 to db2 did not run from 3.000 s on: error 1062",
    );
  });

  it("fails when somebody stopped a receiver, even if it runs again", () => {
    const events = watched((b) =>
      b
        .replication(3, { ...THERE, receiverRunning: false })
        .replication(5)
        .replication(9),
    );
    const { verdict, reason, facts } = judge(NAME, events);
    expect({ verdict, reason }).toEqual({
      verdict: "fail",
      reason:
        "the receiver of replication db1 to db2 did not run from 3.000 s to 5.000 s: no error was reported, somebody stopped it",
    });
    expect(facts["breaks"]).toMatchObject([{ fromUs: 3_000_000, untilUs: 5_000_000 }]);
  });

  it("counts a break once, however often it is told", () => {
    const events = watched((b) =>
      b
        .replication(3, STOPPED)
        .replication(4, STOPPED)
        .replication(5)
        .replication(6, STOPPED)
        .replication(9),
    );
    expect(said(NAME, events)).toMatch(/from 3\.000 s to 5\.000 s: error 1062; 2 breaks in all$/);
  });

  it("takes no end of the server for a stop of its threads", () => {
    const off = { ...THERE, receiverRunning: false, applierRunning: false };
    const stopped = watched((b) =>
      b
        .replication(3, { ...THERE, receiverRunning: false })
        .replication(3.4, off)
        .mysqld("db2", 4, "down")
        .replication(4.1, off)
        .mysqld("db2", 6, "up")
        .replication(9),
    );
    expect(judge(NAME, stopped).verdict).toBe("pass");
    const events = watched((b) =>
      b.mysqld("db2", 4, "down").mysqld("db2", 6, "up").replication(6.1, off).replication(9, off),
    );
    expect(said(NAME, events)).toMatch(/^fail: the receiver and applier .* from 6\.100 s on/);
    const other = watched((b) =>
      b.replication(3, off).mysqld("db1", 4, "down").mysqld("db1", 6, "up").replication(9),
    );
    expect(judge(NAME, other).verdict).toBe("fail");
  });

  it("is inconclusive when an edge was not looked at", () => {
    const events = history().replication(1).replication(2, THERE).events();
    expect(said(NAME, events)).toBe("inconclusive: replication db2 to db1 was not looked at");
  });
});
