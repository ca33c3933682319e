import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReportedRun } from "./reported.ts";
import { renderTap } from "./tap.ts";
import { brokenRun, movedRun, reportedRun, skippedRun, stuckRun, voidRun } from "./testing/runs.ts";

interface Point {
  readonly ok: boolean;
  readonly id: number;
  readonly description: string;
  readonly directive?: string;
  readonly diagnostics: Readonly<Record<string, unknown>>;
}

/** A reader of TAP 14 that knows no more than the specification; throws at anything it forbids or calls "anything else". */
function parse(text: string): { readonly plan: string; readonly points: readonly Point[] } {
  const lines = text.split("\n");
  expect(lines.shift()).toBe("TAP version 14");
  const plan = lines.shift() ?? "";
  expect(plan).toMatch(/^1\.\.\d+( # .+)?$/);
  expect(lines.pop()).toBe("");
  const points: Point[] = [];
  while (lines.length > 0) {
    const line = lines.shift() ?? "";
    const found = /^(not )?ok (\d+) - ((?:[^\\#]|\\[\\#])*?)(?: # ((?:[^\\#]|\\[\\#])*))?$/u.exec(
      line,
    );
    if (found === null) throw new Error(`neither plan nor test point: ${line}`);
    const plain = (part: string): string => part.replaceAll(/\\([\\#])/g, "$1");
    points.push({
      ok: found[1] === undefined,
      id: Number(found[2]),
      description: plain(found[3] ?? ""),
      ...(found[4] === undefined ? {} : { directive: plain(found[4]) }),
      diagnostics: yaml(lines),
    });
  }
  return { plan, points };
}

/** A mapping of plain keys to flow scalars and sequences; takes its lines away. */
function yaml(lines: string[]): Record<string, unknown> {
  if (lines[0] !== "  ---") return {};
  lines.shift();
  const pairs: [string, unknown][] = [];
  for (let line = lines.shift(); line !== "  ..."; line = lines.shift()) {
    const found = /^ {2}([a-z_]+): (.+)$/u.exec(line ?? "");
    if (found === null) throw new Error(`not YAML: ${line ?? "the end"}`);
    pairs.push([found[1] ?? "", JSON.parse(found[2] ?? "")]);
  }
  return Object.fromEntries(pairs);
}

const moved = movedRun();

/** The same run under another name, not judged again. */
const named = (name: string): ReportedRun => ({
  ...moved,
  record: { ...moved.record, scenario: { ...moved.record.scenario, name } },
});

it("has a point per run, and only what is as expected or skipped is ok", () => {
  const { plan, points } = parse(
    renderTap([movedRun(), stuckRun(), voidRun(), brokenRun(), skippedRun()]),
  );
  expect(plan).toBe("1..5");
  expect(
    points.map(({ id, ok, directive, diagnostics }) => [id, ok, directive, diagnostics["outcome"]]),
  ).toEqual([
    [1, true, undefined, "as-expected"],
    [2, false, undefined, "unexpected"],
    [3, false, undefined, "inconclusive"],
    [4, false, undefined, "error"],
    [5, true, "SKIP packet-filter is not to be had here", "skipped"],
  ]);
});

it("says in the diagnostics what happened, how long it took and how to do it again", () => {
  const [good, bad] = parse(renderTap([movedRun(), stuckRun()])).points;
  expect(good?.diagnostics).toEqual({
    outcome: "as-expected",
    story:
      "VIP db1 -> db2 after 1.613 s, clients without writes for 1.800 s, no acknowledged write lost",
    reason: "every verdict is what the scenario declares",
    seed: 81273,
    image: "trixie",
    backend: "docker",
    simulated: false,
    vip_moved_after_us: 1_613_500,
    clients_without_writes_us: 1_800_000,
    pause_at_move_us: 1_800_000,
    replay: "./vipdrill replay runs/one",
    run_directory: "runs/one",
  });
  expect(bad?.diagnostics["findings"]).toEqual([
    "FAIL: failover-within: the VIP did not move after the fault (step fault)",
  ]);
});

it("says how long clients were without writes, also where nothing moved, and that no end was seen", () => {
  const [point] = parse(renderTap([stuckRun()])).points;
  expect(point?.diagnostics).toMatchObject({
    clients_without_writes_us: 3_880_000,
    clients_without_writes_until_end: true,
  });
  expect(point?.diagnostics).not.toHaveProperty("pause_at_move_us");
});

it("is not ok as a whole when runs are missing", () => {
  const cutShort = { planned: 80, missing: 31, by: "interrupt" } as const;
  const { plan, points } = parse(renderTap([movedRun()], cutShort));
  expect(plan).toBe("1..2");
  expect(points[1]).toMatchObject({
    ok: false,
    description: "interrupted: 31 of 80 runs were not started",
  });
  expect(parse(renderTap([], cutShort)).plan).toBe("1..1");
});

it("marks what was simulated", () => {
  const [point] = parse(
    renderTap([movedRun({ record: { simulated: true, backend: "sim" } })]),
  ).points;
  expect(point?.description).toBe("dual-script/mysqld-killed (SIMULATED)");
});

it("has a plan of nothing when there is nothing", () => {
  expect(renderTap([])).toBe("TAP version 14\n1..0 # SKIP no runs\n");
});

describe("odd text", () => {
  it("makes neither a directive nor a line of its own", () => {
    const { points } = parse(
      renderTap([
        named("a # SKIP not really"),
        named("b\nnot ok 9 - planted"),
        named("c \\# TODO \\"),
        brokenRun("first\n  ...\nok 7 - planted"),
      ]),
    );
    expect(points.map(({ description, directive }) => [description, directive])).toEqual([
      ["a # SKIP not really", undefined],
      ["b not ok 9 - planted", undefined],
      ["c \\# TODO \\", undefined],
      ["dual-script/mysqld-killed", undefined],
    ]);
    expect(points[3]?.diagnostics["reason"]).toBe("first\n  ...\nok 7 - planted");
  });

  it("of any kind can be read back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const runs = [
          named(text),
          brokenRun(text),
          reportedRun([], { record: { skipped: [text] } }),
        ];
        expect(parse(renderTap(runs)).points.map(({ ok }) => ok)).toEqual([true, false, true]);
      }),
    );
  });
});
