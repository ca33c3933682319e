import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { history } from "../../harness/testing/history.ts";
import { MYSQLD_KILLED } from "../../harness/testing/stories.ts";
import { movedRun, reportedRun, stuckRun } from "../testing/runs.ts";
import { sequenceSection } from "./sequence-figure.ts";
import { advertMessages, NETWORK } from "./sequence-messages.ts";
import { ROWS_MAX, sequenceOf, type Sequence } from "./sequence.ts";

function told(sequence: Sequence | undefined): string[] {
  return (sequence?.rows ?? []).map(({ from = "", to, words }) => {
    return `${from}${to === undefined ? "" : ` > ${to.join(" ")}`}: ${words}`;
  });
}

describe("one message from many sightings", () => {
  it("is told once, with every place that saw it", () => {
    const events = history().advert("db1", 1, 101).advert("db1", 1.001, 101, "db2").events();
    const vrids = new Set(events.flatMap((event) => (event.kind === "advert" ? [event.vrid] : [])));
    expect(vrids.size).toBe(1);
    const [vrid = 0] = vrids;
    const [only, ...others] = advertMessages(events, new Map([[vrid, 1_000_000]]));
    expect(others).toEqual([]);
    expect(only?.to).toEqual([NETWORK, "db2"]);
  });

  it("never counts an advert twice at one place, however late it comes", () => {
    const times = fc.array(fc.integer({ min: 0, max: 899 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(times, (late) => {
        let builder = history();
        for (const [index, ms] of late.entries()) {
          builder = builder.advert("db1", 1 + index, 101, "db1");
          builder = builder.advert("db1", 1 + index + ms / 1000, 101, "db2");
        }
        const events = builder.events();
        const vrid = events.find((event) => event.kind === "advert")?.vrid ?? 0;
        const found = advertMessages(events, new Map([[vrid, 1_000_000]]));
        expect(found.map((item) => item.to)).toEqual(late.map(() => ["db2"]));
      }),
    );
  });
});

describe("the sequence of a hand-over", () => {
  it("tells the fault, the goodbye, the new holder and the first write, in order", () => {
    const rows = told(sequenceOf(movedRun()));
    const order = [
      "db1 > clients: last write acknowledged",
      "db1: FAULT: kill -9 mysqld on db1",
      "db1: mysqld is down",
      `db1 > ${NETWORK}: VRRP advert, priority 0: goodbye`,
      "db1: the VIP is gone",
      `db2 > ${NETWORK}: VRRP advert, priority 99`,
      "db2: has the VIP",
      `db2 > ${NETWORK}: gratuitous ARP: the VIP is here`,
      "db2 > clients: first connection answered (SYN-ACK)",
      "db2 > clients: first write acknowledged",
    ];
    expect(rows.filter((row) => order.includes(row))).toEqual(order);
  });

  it("tells once what repeats itself, with how often", () => {
    let builder = history()
      .settled()
      .holds("db1", 0.5, 2)
      .traffic("db1", 1, 1.9)
      .fault(MYSQLD_KILLED, 1.95)
      .advert("db2", 2.1, 99)
      .holds("db2", 2.1);
    for (let second = 3; second < 19; second += 1) builder = builder.advert("db2", second, 99);
    const events = builder.write(18.5, { node: "db2" }).collected(21).events();
    const rows = told(sequenceOf(reportedRun(events)));
    expect(rows).toContain("db2: … 16 VRRP adverts of db2, every 1.0 s");
    expect(rows.length).toBeLessThan(12);
  });

  it("is never longer than what can be read", () => {
    let builder = history()
      .settled()
      .holds("db1", 0.5)
      .traffic("db1", 1, 2)
      .fault(MYSQLD_KILLED, 2);
    for (let turn = 0; turn < 60; turn += 1) {
      builder = builder.holds("db2", 2.1 + turn / 10, 2.15 + turn / 10);
    }
    const events = builder.write(8.5, { node: "db2" }).collected(10).events();
    const rows = sequenceOf(reportedRun(events))?.rows ?? [];
    expect(rows).toHaveLength(ROWS_MAX);
    expect(rows.at(-1)?.words).toMatch(/^… \d+ more until the end of this view/);
  });

  it("links each row to its event, and has the same as a list", () => {
    const markup = sequenceSection(movedRun())?.body.markup ?? "";
    const rows = sequenceOf(movedRun())?.rows ?? [];
    for (const { seq } of rows) expect(markup).toContain(`href="#event-${seq}"`);
    expect(markup.match(/<li>/g)).toHaveLength(rows.length);
  });

  it("does without a move", () => {
    expect(told(sequenceOf(stuckRun())).join("\n")).toContain("FAULT: kill -9 mysqld");
  });
});
