import { describe, expect, it } from "vitest";
import { compareRuns } from "./compare.ts";
import { renderComparisonJson } from "./compare-json.ts";
import { renderComparisonConsole, renderComparisonMarkdown } from "./compare-text.ts";
import { comparisonPage } from "./html/suite/comparison-page.ts";
import { renderPage } from "./html/document.ts";
import { spellRun, timedRun, timedRuns } from "./testing/timed.ts";
import type { TimedRun } from "./timing-runs.ts";

function verdict(base: readonly TimedRun[], now: readonly TimedRun[]): object | undefined {
  return compareRuns(base, now).groups[0]?.verdict;
}

const good = (n: number): TimedRun[] => timedRuns(n);
const mixed = (bad: number, n: number): TimedRun[] =>
  timedRuns(n).map((run, index) => (index < bad ? { ...run, outcome: "unexpected" } : run));
const without = (outcome: TimedRun["outcome"], n: number): TimedRun[] =>
  Array.from({ length: n }, () => timedRun(undefined, { outcome }));

/** On one line: where it breaks is not what is tested. */
const told = (base: readonly TimedRun[], now: readonly TimedRun[]): string =>
  renderComparisonConsole(compareRuns(base, now), { colour: false }).replaceAll(/\s+/g, " ");

describe("runs without a verdict", () => {
  const unjudged = { outcome: "inconclusive" } as const;
  const said = (base: TimedRun[], now: TimedRun[]): string =>
    renderComparisonConsole(compareRuns(base, now), { colour: false }).replaceAll(/\s+/g, " ");

  it("on either side: nothing was compared, and it is not said that nothing moved", () => {
    const text = said(timedRuns(30, unjudged), timedRuns(30, unjudged));
    expect(text).toMatch(/^NOTHING COMPARED: no scenario has runs with a verdict on both sides/);
    expect(text).toContain("30 runs without a verdict on either side: nothing could be compared");
    expect(text).not.toMatch(/moved in no run|No change in|No regression/);
  });

  it("on one side: which", () => {
    expect(said(timedRuns(30), timedRuns(5, unjudged))).toContain(
      "5 runs without a verdict now: nothing could be compared",
    );
  });
});

describe("verdicts", () => {
  it.each([
    ["one run, now unexpected", good(1), mixed(1, 1), "newly-unexpected", true],
    ["all of three", good(3), mixed(3, 3), "newly-unexpected", true],
    ["one of thirty may be chance", good(30), mixed(1, 30), "newly-unexpected", false],
    ["ten of thirty is not", good(30), mixed(10, 30), "newly-unexpected", true],
    ["more often than by chance", mixed(2, 30), mixed(20, 30), "more-unexpected", true],
    ["as often", mixed(2, 30), mixed(3, 30), "unchanged", false],
    ["less often", mixed(20, 30), mixed(2, 30), "less-unexpected", false],
    ["fixed", mixed(1, 1), good(1), "fixed", false],
    ["void now", good(1), without("inconclusive", 1), "newly-inconclusive", false],
    ["broken now", good(2), without("error", 2), "newly-inconclusive", false],
    ["void as before", without("inconclusive", 1), without("inconclusive", 1), "unchanged", false],
    ["skipped", without("skipped", 1), without("skipped", 1), "unchanged", false],
    ["void before, bad now", without("error", 1), mixed(1, 1), "newly-unexpected", true],
  ] as const)("%s", (_, base, now, change, regressed) => {
    expect(verdict(base, now)).toMatchObject({ change, regressed });
  });

  it("says as a share of how many, with the exact test", () => {
    expect(told(good(30), mixed(1, 30))).toContain(
      "unexpected in 1 of 30 against 0 of 30; as a share it may be chance (p = 1.00)",
    );
    expect(told(good(30), mixed(10, 30))).toMatch(
      /newly UNEXPECTED .* 10 of 30 against 0 of 30 \(p = 0\.000\d\)/,
    );
  });
});

describe("times", () => {
  it("a second more over two seconds of spread is a regression", () => {
    const comparison = compareRuns(timedRuns(30), timedRuns(30, { from: 1.65 }));
    expect(comparison.regressed).toBe(true);
    const text = renderComparisonConsole(comparison, { colour: false });
    expect(text).toMatch(/^REGRESSION: 1 scenario got slower/);
    expect(text).toMatch(/VIP moved +30, 30 +1\.583 -> 2\.583 s .*\+1\.000 s .* SLOWER/);
    expect(compareRuns(timedRuns(30, { from: 1.65 }), timedRuns(30)).regressed).toBe(false);
  });

  it("the same is none, and what could have been told apart is said", () => {
    expect(told(timedRuns(30), timedRuns(30))).toMatch(
      /^No regression shown.*n = 30 against 30: nothing smaller than about 0\.[6-9]\d\d s could be told apart/,
    );
  });

  it("too few are told as too few, however far apart", () => {
    const text = told(timedRuns(1), timedRuns(1, { from: 9 }));
    expect(text).toMatch(/n = 1 against 1: too few, no difference however large/);
    expect(text).toContain("No regression shown");
  });

  it("a suite of single runs is told in one line", () => {
    const suite = Array.from({ length: 30 }, (_, index) =>
      timedRun(index < 5 ? undefined : 1, { scenario: `dual-script/case-${index}` }),
    );
    const text = told(suite, suite);
    expect(text).toContain("25 scenarios with too few runs (n = 1 at most)");
    expect(text).toContain("5 scenarios with nothing to time in any run");
    expect(text).not.toContain("case-7");
  });

  it("a threshold decides what matters", () => {
    const [base, now] = [timedRuns(30), timedRuns(30, { from: 1.65 })];
    const lax = {
      thresholds: { p50: { kind: "us", us: 2e6 }, p95: { kind: "us", us: 2e6 } },
    } as const;
    expect(compareRuns(base, now, lax).regressed).toBe(false);
  });

  it("stages on the way are asked only where what users wait for changed", () => {
    const names = (now: readonly TimedRun[]): unknown =>
      compareRuns(timedRuns(30), now).groups[0]?.metrics.map(({ metric }) => metric);
    expect(names(timedRuns(30))).toEqual(["address", "first-write", "without-writes"]);
    expect(names(timedRuns(30, { from: 1.65 }))).toEqual([
      "elect",
      "address",
      "first-write",
      "outage",
      "without-writes",
    ]);
  });

  it("void and broken runs count for nothing", () => {
    const wrong = timedRuns(30, { from: 9, outcome: "inconclusive" });
    const comparison = compareRuns(timedRuns(30), [...timedRuns(30), ...wrong]);
    expect(comparison.groups[0]?.metrics[0]?.now?.n).toBe(30);
  });

  it("moves that did not happen are said beside the times", () => {
    const now = [...timedRuns(20), ...Array.from({ length: 10 }, () => timedRun())];
    const faster = now.map((run) => ({ ...run, timesUs: shifted(run, 1_000_000) }));
    expect(told(timedRuns(30), faster)).toMatch(
      /The VIP moved in 20 of 30 against 30 of 30 \(p = 0\.0/,
    );
  });
});

describe("clients without writes where nothing moved", () => {
  const spells = (n: number, from: number): TimedRun[] =>
    Array.from({ length: n }, (_, index) => spellRun(from + index / n));
  const floors = (n: number): TimedRun[] => Array.from({ length: n }, () => spellRun());

  it("a second more is a regression", () => {
    const text = told(spells(30, 4), spells(30, 5));
    expect(text).toMatch(/^REGRESSION: 1 scenario got slower/);
    expect(text).toMatch(/clients without writes 30, 30 4\.467 -> 5\.467 s .* SLOWER/);
    expect(text).toContain("clients without writes for 4.467 s -> 5.467 s; n = 30 against 30");
  });

  it("from nothing worth the name to a second as well, and it is told as what it is", () => {
    const text = told(floors(30), [...floors(3), ...spells(27, 1)]);
    expect(text).toMatch(/^REGRESSION/);
    expect(text).toMatch(/clients without writes 30, 30 <= 0\.200 -> 1\.\d{3} s/);
    expect(text).toContain(
      "clients without writes: no spell above 0.200 s in 3 of 30; baseline: no spell above 0.200 s in 30 of 30",
    );
    expect(text).toMatch(/could be told apart.*tie at that floor/);
  });

  it("thirty without a spell against thirty are no difference", () => {
    const text = told(floors(30), floors(30));
    expect(text).toMatch(/^No regression shown/);
    expect(text).toContain(
      "clients without writes for <= 0.200 s -> <= 0.200 s; n = 30 against 30: nothing smaller than about 0.020 s above the floor",
    );
  });

  it("a spell until the end of the load is not compared with another by when the load ended", () => {
    const bounds = { "without-writes": "at-least" } as const;
    const open = (seconds: number): TimedRun[] =>
      spells(30, seconds).map((run) => ({ ...run, bounds }));
    expect(told(open(8), open(9))).toMatch(
      /^No regression shown.*for >= 8\.467 s -> >= 9\.467 s; .* until the end of the load on both sides/,
    );
    expect(told(open(8), spells(30, 4))).toMatch(/got faster.*>= 8\.467 -> 4\.467 s/);
    expect(told(spells(30, 9), open(8))).toMatch(/^REGRESSION.*9\.467 -> >= 8\.467 s/);
  });

  it("counts a scenario once that is slower in one time and faster in another", () => {
    const taken = (outS: number, backS: number): TimedRun[] =>
      floors(30).map((run, index) => ({
        ...run,
        timesUs: {
          ...run.timesUs,
          "server-out": 1e6 * (outS + index / 30),
          "server-back": 1e6 * (backS + index / 30),
        },
      }));
    expect(told(taken(3, 4), taken(5, 1))).toMatch(
      /^REGRESSION: 1 scenario got slower \(faster in another time\)\. 30 runs/,
    );
    expect(told(taken(5, 1), taken(3, 1))).toMatch(/^No regression shown; 1 scenario got faster\./);
  });

  it("says that verdicts were not corrected where nothing could be significant", () => {
    const text = told(timedRuns(3), timedRuns(3));
    expect(text).toContain("Fisher's exact test, not corrected: with these numbers no answer");
    expect(text).not.toContain("0 questions)");
  });

  it("a real server that is taken out a second later is a regression, though clients did not mind", () => {
    const taken = (from: number): TimedRun[] =>
      floors(30).map((run, index) => ({
        ...run,
        timesUs: { ...run.timesUs, "server-out": 1e6 * (from + index / 30) },
      }));
    const text = told(taken(3), taken(4));
    expect(text).toMatch(/^REGRESSION: 1 scenario got slower/);
    expect(text).toMatch(/real server taken out 30, 30 3\.467 -> 4\.467 s .* SLOWER/);
    expect(text).toMatch(/clients without writes 30, 30 <= 0\.200 -> <= 0\.200 s .* none shown/);
  });

  it("a baseline without the figure is said to have none", () => {
    const old = spells(30, 4).map((run) => ({ ...run, timesUs: {}, resolutionsUs: {} }));
    expect(told(old, spells(30, 4))).toContain(
      "The baseline has no figures of clients without writes in 1 scenario",
    );
    expect(told(old, old)).toContain("1 scenario with nothing to time in any run");
  });

  it("the page draws bounds as dashes to the side", () => {
    const comparison = compareRuns(floors(30), spells(30, 1));
    const page = renderPage(comparisonPage(comparison), { css: "", script: "" });
    expect(page.match(/h-9M|h-9"/g)).toHaveLength(30);
    expect(page).toContain("Dash to the left (&lt;=)");
    expect(page).toContain("&lt;= 0.200 s");
  });
});

function shifted({ timesUs }: TimedRun, us: number): TimedRun["timesUs"] {
  return Object.fromEntries(Object.entries(timesUs).map(([key, value]) => [key, value + us]));
}

describe("what is compared with what", () => {
  it("simulated runs never with measured ones", () => {
    const simulated = timedRuns(30, { simulated: true, backend: "sim" });
    const comparison = compareRuns(timedRuns(30), simulated);
    expect(comparison).toMatchObject({ groups: [], added: [], gone: [] });
    expect(renderComparisonConsole(comparison, { colour: false })).toMatch(
      /Left out[^]*dual-script\/mysqld-killed, sid: simulated now, measured in the baseline/,
    );
  });

  it("images apart, and new and gone ones named", () => {
    const comparison = compareRuns(
      [...timedRuns(2), ...timedRuns(2, { image: "trixie" })],
      [...timedRuns(2), ...timedRuns(2, { image: "bookworm" })],
    );
    expect(comparison.groups).toHaveLength(1);
    expect(comparison.added.map(({ image }) => image)).toEqual(["bookworm"]);
    expect(comparison.gone.map(({ image }) => image)).toEqual(["trixie"]);
  });

  it("other versions and timers are said", () => {
    const now = timedRuns(2, {
      versions: { "db1 keepalived": "2.3.5" },
      predicted: { minUs: 1_000_000, maxUs: 2_000_000, formula: "x" },
    });
    expect(compareRuns(timedRuns(2), now).groups[0]?.differs).toEqual([
      "keepalived 2.3.5; baseline: keepalived 2.3.4, mysqld 9.7.4",
      "timers allow 1.000 s to 2.000 s (x); baseline: timers allow 0.602 s to 3.372 s (x + skew(99))",
    ]);
  });
});

describe("other formats", () => {
  const now = timedRuns(30, { from: 1.65 });
  const comparison = compareRuns(timedRuns(30), now);

  it("JSON: figures and changes, no single times", () => {
    const document: unknown = JSON.parse(renderComparisonJson(comparison));
    expect(document).toMatchObject({
      format: "vipdrill-comparison",
      regressed: true,
      questions: 9,
      groups: [{ regressed: true, verdict: { change: "unchanged" } }],
    });
    expect(renderComparisonJson(comparison)).not.toContain("baseUs");
  });

  it("Markdown and HTML tell the same, and escape names", () => {
    const name = "dual-script/<img src=x>|";
    const named = compareRuns(
      timedRuns(30, { scenario: name }),
      timedRuns(30, { scenario: name, from: 1.65 }),
    );
    expect(renderComparisonMarkdown(named)).toContain(String.raw`dual-script/&lt;img src=x&gt;\|`);
    const page = renderPage(comparisonPage(named), { css: "", script: "" });
    expect(page).toContain("dual-script/&lt;img src=x&gt;|");
    expect(page).not.toContain("<img");
    expect(page).toContain("SLOWER");
  });

  it("HTML says SIMULATED in the figure itself", () => {
    const sim = { simulated: true, backend: "sim" };
    const both = compareRuns(timedRuns(30, sim), timedRuns(30, { ...sim, from: 1.65 }));
    const page = renderPage(comparisonPage(both), { css: "", script: "" });
    expect(page).toMatch(/<svg[^]*>SIMULATED<\/text[^]*<\/svg>/);
    expect(renderPage(comparisonPage(comparison), { css: "", script: "" })).not.toContain(
      "SIMULATED",
    );
  });
});
