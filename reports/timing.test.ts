import { describe, expect, it } from "vitest";
import { InputError } from "../harness/core/errors.ts";
import { renderPage } from "./html/document.ts";
import { timingPage } from "./html/suite/timing-page.ts";
import { goodFailover } from "../harness/testing/stories.ts";
import { movedRun, reportedRun, skippedRun, stuckRun } from "./testing/runs.ts";
import { timedRun, timedRuns } from "./testing/timed.ts";
import { CSV_COLUMNS, renderTimingCsv } from "./timing-csv.ts";
import { parseTimingJson, renderTimingJson } from "./timing-json.ts";
import { timedRunOf } from "./timing-runs.ts";
import { renderTimingConsole, renderTimingMarkdown } from "./timing-text.ts";
import { timingReport } from "./timing.ts";

describe("a run, made small", () => {
  it("has the times of its failover, from the fault, and how exact they are", () => {
    const run = timedRunOf(movedRun());
    expect(run).toMatchObject({
      scenario: "dual-script/mysqld-killed",
      fault: "mysqld-killed",
      simulated: false,
      outcome: "as-expected",
      timesUs: { address: 1_613_500 },
      resolutionsUs: { outage: 20_000 },
    });
    expect(run.timesUs.outage).toBeGreaterThan(1_500_000);
  });

  it("tells the pause at the move from a longer time without writes later", () => {
    const run = timedRunOf(reportedRun(goodFailover().collected(13).events()));
    expect(run.withoutWrites?.untilEnd).toBe(true);
    expect(run.withoutWrites?.us).toBeGreaterThan(4_000_000);
    expect(run.timesUs.outage).toBeLessThan(2_000_000);
  });

  it("has none where nothing moved or nothing was run", () => {
    expect(timedRunOf(stuckRun()).timesUs).toEqual({});
    expect(timedRunOf(stuckRun()).withoutWrites).toEqual({ us: 3_880_000, untilEnd: true });
    expect(timedRunOf(skippedRun())).toMatchObject({ outcome: "skipped", timesUs: {} });
  });
});

describe("the report", () => {
  const text = (...runs: Parameters<typeof timingReport>): string =>
    renderTimingConsole(timingReport(...runs), { colour: false });

  it("has a row for each scenario, image and backend, and never mixes worlds", () => {
    const runs = [
      ...timedRuns(20),
      ...timedRuns(3, { image: "trixie" }),
      ...timedRuns(5, { simulated: true, backend: "sim" }),
    ];
    const { rows } = timingReport(runs);
    expect(rows.map(({ image, simulated, tally }) => [image, simulated, tally.runs])).toEqual([
      ["sid", false, 20],
      ["trixie", false, 3],
      ["sid", true, 5],
    ]);
    expect(text(runs)).toContain("SIMULATED  dual-script, mysqld-killed");
  });

  it("marks a p95 that is only a maximum", () => {
    expect(text(timedRuns(20))).toMatch(/VIP moved +20 +0\.650 s +1\.550 s +2\.450 s +2\.550 s/);
    expect(text(timedRuns(19))).toMatch(/VIP moved +19 .*\d s\* /);
  });

  it("counts those inside what the timers allow, noisy ones and those left out", () => {
    const runs = [
      ...timedRuns(4),
      timedRun(5),
      timedRun(1, { lateUs: 84_000 }),
      timedRun(1, { outcome: "inconclusive" }),
      timedRun(),
    ];
    const [row] = timingReport(runs).rows;
    expect(row).toMatchObject({
      tally: { runs: 8, judged: 7, moved: 6, noisy: 1 },
      inside: { of: 6, inside: 5 },
    });
    expect(text(runs).replaceAll(/\s+/g, " ")).toContain(
      "VIP moved in 6 of 7; 1 without a verdict left out; allowed 0.602 s to 3.372 s, 5 of 6 inside; 1 of 6 noisy",
    );
  });

  it("says that nothing moved where nothing did", () => {
    expect(text([timedRun()])).toContain("The VIP moved in none of these runs.");
    expect(text([])).toContain("0 runs with a verdict.");
  });

  it("says why there is nothing to time where no run has a verdict", () => {
    const torn = { outcome: "inconclusive", reason: "history is torn (x)" } as const;
    const said = text([timedRun(undefined, torn), timedRun(undefined, torn)]);
    expect(said).toContain("None of these runs has a verdict");
    expect(said).toContain("- 2 runs: no verdict: history is torn (x)");
    expect(said).not.toContain("The VIP moved in none");
    expect(said).not.toContain("Nothing to time");
  });

  it("is one table in Markdown", () => {
    const markdown = renderTimingMarkdown(timingReport(timedRuns(20, { topology: "a|b" })));
    expect(markdown).toContain(
      String.raw`| a\|b | dual-script/mysqld-killed | mysqld-killed | sid |`,
    );
    expect(markdown).toMatch(
      /VIP moved \| 20 \| 0\.650 s \|.* 0\.602 s to 3\.372 s \| 20 of 20 \| 0 of 20 \|/,
    );
  });

  it("draws every run as a dot, with the allowed band, and says SIMULATED in the figure", () => {
    const html = (simulated: boolean): string =>
      renderPage(timingPage(timingReport(timedRuns(30, { simulated }))), { css: "", script: "" });
    const dots = /<path d="([^"]*)" class="dist-dots"/.exec(html(false))?.[1] ?? "";
    expect(dots.match(/M/g)).toHaveLength(30);
    expect(html(false)).toContain('class="dist-allowed"');
    expect(html(false)).not.toContain("SIMULATED");
    expect(html(true)).toMatch(/<svg[^]*>SIMULATED<\/text[^]*<\/svg>/);
  });
});

/** RFC 4180, written down apart from the writer. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(
    /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g,
  )) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === "\r\n") rows.push([]);
    if (end === "") break;
  }
  return rows.slice(0, -1);
}

describe("CSV", () => {
  it("has a line for each run, with every column", () => {
    const rows = parseCsv(renderTimingCsv([timedRun(1.5), timedRun()]));
    expect(rows.map((row) => row.length)).toEqual(Array(3).fill(CSV_COLUMNS.length));
    expect(rows[0]).toEqual(CSV_COLUMNS);
    const cell = (row: number, name: string): string | undefined =>
      rows[row]?.[CSV_COLUMNS.indexOf(name)];
    expect(cell(1, "vip_moved_us")).toBe("1500000");
    expect(cell(1, "inside_prediction")).toBe("true");
    expect(cell(1, "keepalived")).toBe("2.3.4");
    expect(cell(2, "vip_moved_us")).toBe("");
    expect(cell(2, "inside_prediction")).toBe("");
  });

  it("quotes what would end a cell, and disarms what a spreadsheet would compute", () => {
    const name = 'a,"b"\r\nc';
    const evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"];
    const rows = parseCsv(
      renderTimingCsv([
        timedRun(1, { scenario: name }),
        ...evil.map((scenario) => timedRun(1, { scenario })),
        timedRun(-0.5, { scenario: "negative figures stay figures" }),
      ]),
    );
    expect(rows[1]?.[0]).toBe(name);
    expect(rows.slice(2, 8).map(([scenario]) => scenario)).toEqual(evil.map((text) => `'${text}`));
    expect(rows[8]?.[CSV_COLUMNS.indexOf("vip_moved_us")]).toBe("-500000");
  });
});

describe("JSON", () => {
  it("comes back as the runs it was made from", () => {
    const runs = [...timedRuns(3), timedRun(1, { lateUs: 3 }), timedRun()];
    const real = [timedRunOf(movedRun())];
    expect(parseTimingJson(renderTimingJson(real), "x")).toEqual(real);
    expect(parseTimingJson(renderTimingJson(runs), "x")).toEqual(runs);
    expect(JSON.parse(renderTimingJson(runs))).toMatchObject({
      rows: [{ runs: 5, moved: 4, timesUs: { address: { n: 4 } } }],
    });
  });

  it.each([
    ["no JSON", "{", /x is not JSON/],
    ["another document", '{"format":"vipdrill-report"}', /x is not a timing report .*format/],
    [
      "a run without a seed",
      JSON.stringify({ format: "vipdrill-timing", version: 1, runs: [{}] }),
      /runs\.0\./,
    ],
  ])("%s is refused with what is wrong", (_, text, message) => {
    expect(() => parseTimingJson(text, "x")).toThrow(InputError);
    expect(() => parseTimingJson(text, "x")).toThrow(message);
  });
});
