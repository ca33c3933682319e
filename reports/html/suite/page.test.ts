import { describe, expect, it } from "vitest";
import { brokenRun, movedRun, skippedRun, stuckRun, voidRun } from "../../testing/runs.ts";
import type { ReportedRun } from "../../reported.ts";
import { renderPage } from "../document.ts";
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
