import { describe, expect, it } from "vitest";
import { CUT } from "../../../harness/testing/stories.ts";
import { history } from "../../../harness/testing/history.ts";
import {
  brokenRun,
  movedRun,
  reportedRun,
  skippedRun,
  stuckRun,
  voidRun,
} from "../../testing/runs.ts";
import type { ReportedRun } from "../../reported.ts";
import { renderPage } from "../document.ts";
import { alarmWords } from "./alarms.ts";
import { suitePage } from "./page.ts";

function page(runs: readonly ReportedRun[]): string {
  return renderPage(suitePage(runs), { css: "", script: "" }).replaceAll(/\s+/g, " ");
}

/** Without markup: what is read. */
function words(html: string): string {
  return html.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
}

const named = (name: string, image = "trixie", simulated = false): ReportedRun => {
  const options = { record: { image, simulated }, scenario: { name } };
  return movedRun(options);
};

describe("suite page", () => {
  it("begins with what came out, in words", () => {
    expect(words(page([movedRun(), movedRun()]))).toContain("All 2 runs as expected");
    const mixed = words(page([movedRun(), stuckRun(), skippedRun(), voidRun(), brokenRun()]));
    expect(mixed).toContain("1 run of 5 not as expected");
    expect(mixed).toMatch(/1 as expected .*1 UNEXPECTED .*1 VOID .*1 skipped .*1 ERROR/);
    expect(words(page([skippedRun()]))).toContain("No run has a verdict: all were skipped");
    expect(words(page([]))).toContain("No run has a verdict");
  });

  it("tells what was not expected in full, with the way to do it again", () => {
    const text = words(page([movedRun(), stuckRun({ path: "runs/stuck" })]));
    expect(text).toMatch(/Not as expected, broken or void .*VIP stayed on db1/);
    expect(text).toContain("runs/stuck");
    expect(text).toContain("./vipdrill replay runs/one");
    expect(words(page([movedRun()]))).not.toContain("Not as expected, broken or void");
  });

  it("sets scenarios against images, with shape, word and time, and simulated apart", () => {
    const html = page([
      named("dual-script/a", "sid"),
      named("dual-script/a", "sid"),
      named("dual-script/a", "trixie"),
      named("dual-check/b", "sid", true),
    ]);
    const table = /<table class="matrix">.*?<\/table>/.exec(html)?.[0] ?? "";
    expect(table.match(/<th scope="col">/g)).toHaveLength(4);
    expect(words(table)).toMatch(/SIMULATED sid/);
    expect(words(table)).toMatch(/dual-script .*a ✓ 2 of 2 as expected moved 1\.61\d s/);
    expect(words(table)).toContain("not run");
  });

  it("says how long clients were without writes also where the VIP stayed", () => {
    const table = /<table class="matrix">.*?<\/table>/.exec(page([stuckRun(), skippedRun()]))?.[0];
    expect(words(table ?? "")).toContain("VIP did not move, no writes 3.880 s");
    expect(words(table ?? "")).toContain("! out until the end");
  });

  it("marks what is alarming though declared, in the cell and above", () => {
    const both = history().settled().holds("db1", 0.5).traffic("db1", 1, 8).fault(CUT, 2);
    const split = reportedRun(both.holds("db2", 5).collected(9).events(), { expect: [] });
    const good = { ...split, result: { ...split.result, outcome: "as-expected" as const } };
    const text = words(page([good, good, movedRun()]));
    expect(text).toMatch(/two held it \(2 of 3\)/);
    expect(text).toMatch(/Of the 3 as expected 2 show a split brain.*, as declared\./);
    expect(words(page([movedRun()]))).not.toContain("as declared");
  });

  it("links a run to its page where it has one", () => {
    const runs = [movedRun(), movedRun({ path: "runs/two" })];
    const linkTo = ({ path }: ReportedRun): string | undefined =>
      path === "runs/two" ? "two/report.html" : undefined;
    const html = renderPage(suitePage(runs, { linkTo }), { css: "", script: "" });
    expect(html.match(/<a href="two\/report\.html">/g)).toHaveLength(1);
    expect(html).not.toContain('<a href="runs');
  });

  it("says first that runs are missing", () => {
    const cutShort = { planned: 80, missing: 31, by: "interrupt" } as const;
    const html = renderPage(suitePage([movedRun()], { cutShort }), { css: "", script: "" });
    expect(words(html)).toContain("interrupted: 31 of 80 runs were not started");
  });

  it("says why something was skipped", () => {
    expect(words(page([skippedRun()]))).toContain("packet-filter is not to be had here");
  });

  it("draws repeats, and marks computed ones in the figure", () => {
    const repeats = (simulated: boolean): string =>
      page(Array.from({ length: 3 }, () => named("dual-script/a", "sid", simulated)));
    expect(repeats(false)).toMatch(/<svg .*class="dist-dots"/);
    expect(repeats(false)).not.toContain("SIMULATED");
    expect(repeats(true)).toMatch(/<svg .*>SIMULATED<\/text.*<\/svg>/);
  });

  it("draws what clients went through where nothing moved", () => {
    expect(words(page([stuckRun(), stuckRun()]))).toContain("dual-script: clients without writes");
    expect(words(page([movedRun(), movedRun()]))).toContain("dual-script: VIP moved");
  });

  it("takes nothing from a run for markup", () => {
    const html = page([
      movedRun({
        scenario: { name: "x/<script>alert(1)</script>", title: '"><img src=x>' },
        path: "runs/<b>",
      }),
      brokenRun("<img src=y onerror=alert(1)>"),
    ]);
    expect(html).not.toMatch(/<script>alert|<img|<b>"/);
    expect(html).toContain("&lt;script&gt;alert(1)");
  });

  it("stays far below 3 MB with 500 runs", () => {
    const some = [movedRun(), stuckRun(), voidRun(), skippedRun()];
    const runs = Array.from({ length: 500 }, (_, index) => {
      const run = some[index % some.length]!;
      const scenario = { ...run.record.scenario, name: `dual-script/case-${index % 125}` };
      return { ...run, record: { ...run.record, scenario }, path: `runs/${index}` };
    });
    const bytes = Buffer.byteLength(renderPage(suitePage(runs), { css: "", script: "" }));
    expect(bytes).toBeLessThan(1_500_000);
  });
});

it("counts lost writes in a cell, the most of repeats, apart from those missing from a copy", () => {
  const none = { splitBrain: false, lostWrites: 0, missingWrites: 0, outUntilEnd: false };
  expect(alarmWords([{ ...none, lostWrites: 38 }])).toEqual(["38 writes lost"]);
  const repeats = [none, { ...none, lostWrites: 2 }, { ...none, lostWrites: 38, missingWrites: 1 }];
  expect(alarmWords(repeats)).toEqual([
    "up to 38 writes lost (2 of 3)",
    "1 write missing from a copy (1 of 3)",
  ]);
});
