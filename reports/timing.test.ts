import { describe, expect, it } from "vitest";
import { settledLvs, type LvsStory } from "../harness/check/testing/lvs.ts";
import { InputError } from "../harness/core/errors.ts";
import { renderPage } from "./html/document.ts";
import { timingPage } from "./html/suite/timing-page.ts";
import { goodFailover } from "../harness/testing/stories.ts";
import { movedRun, reportedRun, skippedRun, stuckRun } from "./testing/runs.ts";
import { spellRun, timedRun, timedRuns } from "./testing/timed.ts";
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

  it("has what clients went through where nothing moved, and none where nothing was run", () => {
    expect(timedRunOf(stuckRun())).toMatchObject({
      timesUs: { "without-writes": 3_880_000 },
      resolutionsUs: { "without-writes": 20_000 },
      bounds: { "without-writes": "at-least" },
      withoutWrites: { us: 3_880_000, untilEnd: true },
    });
    expect(timedRunOf(skippedRun())).toMatchObject({ outcome: "skipped", timesUs: {} });
  });
});

describe("how long clients were without writes", () => {
  const figure = (of: LvsStory): number | undefined =>
    timedRunOf(reportedRun(of.events())).timesUs["without-writes"];
  const killed = { kind: "mysqld-killed", node: { name: "db2" } } as const;
  const served = (): LvsStory => {
    const story = settledLvs(40);
    for (let at = 10; at < 39.5; at += 0.02) story.connection(at, "db1");
    return story;
  };

  it("is a figure of every drill with a fault while there are clients", () => {
    expect(figure(served().fault(killed, "db2", 20))).toBe(200_000);
    expect(figure(settledLvs(40).connection(11).fault(killed, "db2", 20))).toBe(29_500_000);
  });

  it("and of no other: without a fault, with one after the load, without clients", () => {
    expect(figure(served())).toBeUndefined();
    expect(figure(served().fault(killed, "db2", 39.8))).toBeUndefined();
    expect(figure(settledLvs(40).fault(killed, "db2", 20))).toBeUndefined();
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

  it("says that nothing moved where nothing did and nothing else was timed", () => {
    expect(text([timedRun()])).toContain(
      "The VIP moved in none of these runs, and nothing else was timed.",
    );
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

describe("a suite in which nothing moves", () => {
  const runs = [
    ...Array.from({ length: 12 }, () => spellRun()),
    ...Array.from({ length: 7 }, (_, index) => spellRun(4 + index / 10)),
    spellRun(8, { bounds: { "without-writes": "at-least" } }),
  ].map((run, index) => ({
    ...run,
    timesUs: { ...run.timesUs, "server-out": 3_000_000 + index * 100_000 },
    resolutionsUs: { ...run.resolutionsUs, "server-out": 100_000 },
    predictedTimes: { "server-out": { minUs: 2_980_000, maxUs: 4_600_000, formula: "U(0, D)" } },
  }));
  const report = timingReport(runs);

  it("has a row, with bounds marked and counted, and removals held against their checks", () => {
    const text = renderTimingConsole(report, { colour: false });
    expect(text).toMatch(
      /clients without writes +20 +<= 0\.200 s +<= 0\.200 s +4\.600 s +>= 8\.000 s/,
    );
    expect(text).toMatch(/real server taken out +20 +3\.000 s +3\.900 s +4\.800 s +4\.900 s/);
    expect(text.replaceAll(/\s+/g, " ")).toContain(
      "VIP moved in 0 of 20; real server taken out allowed 2.980 s to 4.600 s, 18 of 20 inside; " +
        "clients without writes: no spell above 0.200 s in 12 of 20; until the end of the load in 1 of 20",
    );
    expect(text).not.toMatch(/VIP moved: from|moved in none/);
  });

  it("says the same in Markdown, JSON and CSV", () => {
    expect(renderTimingMarkdown(report)).toMatch(
      /real server taken out \| 20 \| 3\.000 s .* 2\.980 s to 4\.600 s \| 18 of 20 \|  \|/,
    );
    expect(renderTimingMarkdown(report)).toMatch(
      /clients without writes \| 20 \| (<|&lt;)= 0\.200 s/,
    );
    expect(JSON.parse(renderTimingJson(runs))).toMatchObject({
      rows: [
        {
          moved: 0,
          bounded: { "without-writes": { atMost: 12, atLeast: 1 } },
          predictedTimes: { "server-out": { minUs: 2_980_000, of: 20, inside: 18 } },
        },
      ],
    });
    expect(parseTimingJson(renderTimingJson(runs), "x")).toEqual(runs);
    const rows = parseCsv(renderTimingCsv(runs));
    const cells = (row: number): unknown =>
      ["us", "at_most", "until_end"].map(
        (name) => rows[row]?.[CSV_COLUMNS.indexOf(`clients_without_writes_${name}`)],
      );
    expect([cells(1), cells(13), cells(20)]).toEqual([
      ["200000", "true", "false"],
      ["4000000", "false", "false"],
      ["8000000", "false", "true"],
    ]);
    expect(rows[1]?.[CSV_COLUMNS.indexOf("server_out_inside_prediction")]).toBe("true");
    expect(rows[20]?.[CSV_COLUMNS.indexOf("server_out_inside_prediction")]).toBe("false");
  });

  it("has a page that says how long clients were out, with figures of both", () => {
    const page = renderPage(timingPage(report), { css: "", script: "" }).replaceAll(/\s+/g, " ");
    expect(page).toContain(
      "the VIP moved in 0 of 20 runs with a verdict. Clients were without writes for &lt;= 0.200 s",
    );
    expect(page).toContain("<h3>clients without writes</h3>");
    expect(page).toContain("<h3>real server taken out</h3>");
    expect(page).not.toContain("<h3>VIP moved</h3>");
    expect(page.match(/h-9(?=[M"])/g)).toHaveLength(12);
    expect(page.match(/h9(?=[M"])/g)).toHaveLength(1);
    // Floor runs are dashes of their own: no dots, and no line of a median at the floor.
    const drawn = (style: string): string[] =>
      [...page.matchAll(new RegExp(`<path d="([^"]*)" class="${style}"`, "g"))].map(
        ([, data = ""]) => data,
      );
    expect(drawn("dist-at-most")[0]?.match(/M/g)).toHaveLength(12);
    expect(drawn("dist-dots")[0]?.match(/M/g)).toHaveLength(8);
    expect([drawn("dist-median").length, drawn("dist-p95").length]).toEqual([1, 2]);
    expect(page).toContain("median &lt;= 0.200 s, n = 20");
    expect(page).toContain(
      "; no spell above 0.200 s in 12 of 20; until the end of the load in 1 of 20</text",
    );
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

  it("written before clients and real servers were metrics is read, and nothing is made up for it", () => {
    const { timesUs, resolutionsUs, ...rest } = timedRun(1.5, {
      withoutWrites: { us: 1_520_000, untilEnd: false },
    });
    const old = {
      ...rest,
      timesUs: { address: timesUs.address, outage: timesUs.outage },
      resolutionsUs: { address: resolutionsUs.address, outage: resolutionsUs.outage },
    };
    const text = JSON.stringify({ format: "vipdrill-timing", version: 1, rows: [], runs: [old] });
    const runs = parseTimingJson(text, "x");
    expect(runs).toEqual([old]);
    const [row] = timingReport(runs).rows;
    expect(row?.metrics.map(({ metric }) => metric)).toEqual(["address", "outage"]);
    const cell = (name: string): string | undefined =>
      parseCsv(renderTimingCsv(runs))[1]?.[CSV_COLUMNS.indexOf(name)];
    expect(cell("clients_without_writes_us")).toBe("1520000");
    expect(cell("clients_without_writes_until_end")).toBe("false");
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
