import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { displayWidth } from "./display-width.ts";
import {
  remainingMs,
  remainingWords,
  renderActivity,
  renderLive,
  type Lane,
  type LiveState,
} from "./live-view.ts";

const NONE = { "as-expected": 0, unexpected: 0, inconclusive: 0, skipped: 0, error: 0 } as const;

const lane: Lane = {
  place: "[3/8]",
  scenario: "dual-script/mysqld-killed",
  image: "sid",
  phase: "disturb",
  waitsFor: "moved: waiting for the VIP to be on another node, and only there",
  waitsSinceMs: 9_000,
  startedMs: 1_000,
};

const state: LiveState = {
  lanes: [lane],
  simulated: false,
  planned: 8,
  jobs: 1,
  ended: { ...NONE, "as-expected": 1, inconclusive: 1 },
  ranMs: 40_000,
};

const look = { columns: 100, nowMs: 13_400, colour: false };

describe("a lane", () => {
  it("says what goes on, where it is at, what it waits for and since when", () => {
    expect(renderLive(state, look)).toEqual([
      "[3/8] dual-script/mysqld-killed  sid  12 s",
      "  phase 3/7 disturb: moved: waiting for the VIP to be on another node, and only there (4 s)",
      "2 of 8 ended: 1 as expected, 1 VOID, about 2 min left",
    ]);
  });

  it("wraps what it waits for on 40 columns, and loses nothing of it", () => {
    expect(renderLive(state, { ...look, columns: 40 })).toEqual([
      "[3/8] dual-script/mysqld-killed  12 s",
      "  phase 3/7 disturb: moved: waiting for",
      "  the VIP to be on another node, and",
      "  only there (4 s)",
      "2 of 8 ended: 1 as expected, 1 VOID,",
      "about 2 min left",
    ]);
  });

  it("cuts a name that is longer than the line, and says so", () => {
    const long = { ...lane, scenario: "dual-script/mysqld-killed-while-the-standby-is-paused" };
    const [head] = renderLive({ ...state, lanes: [long] }, { ...look, columns: 40 });
    expect(head).toBe("[3/8] dual-script/mysqld-killed-w…  12 s");
  });

  it("gives way on a low terminal: first what is waited for, then lanes, which is said", () => {
    const lanes = [1, 2, 3, 4].map((number) => ({ ...lane, place: `[${number}/8]` }));
    const low = (rows: number): string[] => renderLive({ ...state, lanes }, { ...look, rows });
    expect(low(10)).toHaveLength(9);
    expect(low(9).map((line) => line.slice(0, 5))).toEqual([
      "[1/8]",
      "[2/8]",
      "[3/8]",
      "[4/8]",
      "2 of ",
    ]);
    expect(low(9)[0]).toBe("[1/8] dual-script/mysqld-killed  disturb  12 s");
    expect(low(5)[1]).toMatch(/^\[2\/8\]/);
    expect(low(5)[2]).toBe("... and 2 more at work");
  });

  it("does not let a text move the cursor", () => {
    const evil = { ...lane, waitsFor: "\u001B[2Jgone\r\nnext \u0007bell" };
    expect(renderLive({ ...state, lanes: [evil] }, look)[1]).toBe(
      "  phase 3/7 disturb: [2Jgone next bell (4 s)",
    );
  });
});

describe("the totals", () => {
  it("are of no interest for one run", () => {
    expect(renderLive({ ...state, planned: 1 }, look)).toHaveLength(2);
  });

  it("name every outcome there was, and mark what is simulated", () => {
    const ended = { "as-expected": 5, unexpected: 4, inconclusive: 3, skipped: 2, error: 1 };
    const all = { ...state, lanes: [], planned: 20, simulated: true, ended };
    expect(renderLive(all, { ...look, columns: 120 })).toEqual([
      "SIMULATED 15 of 20 ended: 5 as expected, 4 UNEXPECTED, 3 VOID, 2 skipped, 1 ERROR, about 15 s left",
    ]);
  });
});

describe("the time that is left", () => {
  it("is not known before the first run ended, and skipped ones say nothing about it", () => {
    expect(remainingMs({ ...state, ended: NONE, ranMs: 0 }, 0)).toBeUndefined();
    expect(remainingMs({ ...state, ended: { ...NONE, skipped: 3 }, ranMs: 0 }, 0)).toBeUndefined();
  });

  it("is what is left of the runs at work and the mean of those that wait, divided among the jobs", () => {
    const at = { ...state, ended: { ...NONE, "as-expected": 2 }, ranMs: 40_000 };
    // 20 s a run; 5 wait, one has been at work for 10 s.
    expect(remainingMs(at, 11_000)).toBe(5 * 20_000 + 10_000);
    expect(remainingMs({ ...at, jobs: 2 }, 11_000)).toBe((5 * 20_000 + 10_000) / 2);
  });

  it("is never negative, however long a run takes", () => {
    const last = { ...state, planned: 3 };
    expect(remainingMs(last, 500_000)).toBe(0);
  });

  it.each([
    [0, "a few seconds left"],
    [11_000, "about 15 s left"],
    [56_000, "about 1 min left"],
    [330_000, "about 6 min left"],
    [3_600_000, "about 1 h left"],
    [4_700_000, "about 1 h 19 min left"],
  ])("of %i ms is said as %j", (ms, words) => {
    expect(remainingWords(ms)).toBe(words);
  });
});

describe("on every terminal", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 200 }),
    fc.constant("waiting for 主節點 to answer 🔥 on フェイルオーバー"),
    fc.constant("x".repeat(300)),
  );
  const lanes = fc.array(
    fc.record({
      place: fc.constantFrom("", "[3/8]", "[117/300]"),
      scenario: fc.constantFrom("dual-script/mysqld-killed", "主節點/フェイル", "x".repeat(120)),
      image: fc.constantFrom("sid", "registry.example/a/very/long/name:2026-11-21"),
      phase: fc.constantFrom("prepare", "disturb", "dismantle"),
      waitsFor: text,
      waitsSinceMs: fc.nat(50_000),
      startedMs: fc.nat(50_000),
    }),
    { maxLength: 5 },
  );
  const looks = fc.record({
    columns: fc.integer({ min: 4, max: 200 }),
    nowMs: fc.nat(100_000_000),
    colour: fc.boolean(),
  });

  it("no line is wider than it, and each name or its start is there", () => {
    fc.assert(
      fc.property(lanes, looks, (at, on) => {
        const lines = renderLive({ ...state, lanes: at }, on).map(stripVTControlCharacters);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(on.columns);
        for (const { scenario } of at) {
          const start = Array.from(scenario)[0]!;
          expect(lines.some((line) => line.includes(start))).toBe(true);
        }
      }),
    );
  });

  it("from 40 columns on, so much of each name is there as tells most apart", () => {
    fc.assert(
      fc.property(lanes, fc.integer({ min: 40, max: 200 }), (at, columns) => {
        const lines = renderLive({ ...state, lanes: at }, { ...look, columns });
        for (const { scenario } of at) {
          const start = Array.from(scenario).slice(0, 11).join("");
          expect(lines.some((line) => line.includes(start))).toBe(true);
        }
      }),
    );
  });

  it("no line of an activity is wider than it", () => {
    fc.assert(
      fc.property(text, looks, (said, on) => {
        for (const line of renderActivity({ label: "images", text: said, sinceMs: 0 }, on)) {
          expect(displayWidth(stripVTControlCharacters(line))).toBeLessThanOrEqual(on.columns);
        }
      }),
    );
  });

  it("colours count for nothing", () => {
    const plain = renderLive(state, look);
    const coloured = renderLive(state, { ...look, colour: true });
    expect(coloured).not.toEqual(plain);
    expect(coloured.map(stripVTControlCharacters)).toEqual(plain);
  });
});
