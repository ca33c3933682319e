/** The page of a run: what its first screen says, what its figures show, and that nothing from a run is markup. */
import { describe, expect, it } from "vitest";
import { formatSeconds } from "../../harness/core/time.ts";
import { fails, passes } from "../../harness/scenario/index.ts";
import { goodFailover, MYSQLD_KILLED } from "../../harness/testing/stories.ts";
import { history } from "../../harness/testing/history.ts";
import type { ReportedRun } from "../reported.ts";
import {
  brokenRun,
  movedRun,
  reportedRun,
  skippedRun,
  stuckRun,
  voidRun,
  type RunOptions,
} from "../testing/runs.ts";
import { runPage } from "./run-page.ts";
import { renderHtml } from "./page.ts";

const ASSETS = { css: "", script: "" };

/** What a person reads at the top: no tags, and white space as a browser shows it. */
function firstScreenOf(run: ReportedRun): string {
  return wordsOf(runPage(run).head.markup);
}

function wordsOf(markup: string): string {
  return markup
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&#39;", "'")
    .replaceAll("&gt;", ">")
    .replaceAll(/\s+/g, " ");
}

function sectionOf(run: ReportedRun, id: string): string | undefined {
  return runPage(run).sections.find((section) => section.id === id)?.body.markup;
}

/** db1 does not hear that db2 took over; both have the VIP for 2.5 s and accept writes. */
function splitRun(options: RunOptions = {}): ReportedRun {
  const events = history()
    .settled()
    .holds("db1", 0.5)
    .advert("db1", 0.5, 101)
    .advert("db1", 0.5, 101, "db2")
    .traffic("db1", 1, 2)
    .fault({ kind: "vrrp-blocked", node: { role: "holder" }, direction: "both" }, 2)
    .traffic("db1", 2.1, 5)
    .advert("db2", 5, 99)
    .holds("db2", 5.001, 7.501)
    .announces("db2", 5.002)
    .answers("db2", 5.1)
    .traffic("db2", 5.2, 7)
    .fault({ kind: "vrrp-blocked", node: { role: "holder" }, direction: "both" }, 7, {
      action: "heal",
    })
    .traffic("db1", 7.6, 8)
    .collected(9)
    .events();
  const declared = [fails("single-holder", "nothing tells the standby that the holder lives")];
  return reportedRun(events, { expect: declared, ...options });
}

describe("the first screen", () => {
  it("answers, in the order in which people ask", () => {
    const run = movedRun();
    const words = firstScreenOf(run);
    const { lastOk, firstOk } = run.result.failover?.outage ?? {
      lastOk: { tUs: 0 },
      firstOk: { tUs: 0 },
    };
    const spell = formatSeconds(firstOk.tUs - lastOk.tUs);
    const order = [
      "As expected",
      "Did it fail over? ✓ Yes, after 1.613 s",
      `How long were clients without service? ! ${spell}`,
      "Where did the time go?",
      "detect 1.000 s",
      "elect 0.613 s",
      "Did two nodes hold the VIP at once? ✓ No",
      "Was anything lost? ✓ No",
      "What should be changed?",
    ];
    const places = order.map((part) => words.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it("names no checker", () => {
    const run = splitRun();
    const names = [...run.result.preconditions, ...run.result.expectations.map((e) => e.finding)];
    const words = firstScreenOf(run);
    expect(
      names
        .map((finding) => finding.checker)
        .filter((name) => /-/.test(name) && words.includes(name)),
    ).toEqual([]);
  });

  it("says loudly that two nodes held the VIP, also where that is declared", () => {
    const run = splitRun();
    expect(run.result.outcome).toBe("as-expected");
    const { markup } = runPage(run).head;
    expect(wordsOf(/<ul class="alarms">.*?<\/ul>/s.exec(markup)?.[0] ?? "")).toContain(
      "Two nodes held the VIP at once, for 2.500 s.",
    );
    expect(wordsOf(markup)).toContain("As expected This drill is there to show what goes wrong");
    expect(wordsOf(markup)).toContain("Half: db1 kept the VIP too");
    expect(wordsOf(markup)).toContain("Declared, because: Nothing tells the standby");
  });

  it("says the same of a split brain that nobody declared, and that it was not expected", () => {
    const words = firstScreenOf(splitRun({ expect: [passes("single-holder")] }));
    expect(words).toContain("Not as expected");
    expect(words).toContain("Two nodes held the VIP at once, for 2.500 s.");
  });

  it("says of a VIP that stayed that it stayed, and until when clients waited", () => {
    const words = firstScreenOf(stuckRun());
    expect(words).toContain("No: the VIP stayed on db1");
    expect(words).toContain("and no end seen");
  });

  it("takes a void run for no result", () => {
    const run = voidRun();
    const words = firstScreenOf(run);
    expect(run.result.outcome).toBe("inconclusive");
    expect(words).toContain("Void: proves nothing");
    expect(words).toMatch(/Not known:.*must not be taken for a result/);
    expect(words).toMatch(/What to do:.*receipt/);
    expect(runPage(run).head.markup).toContain('class="answers unproven"');
  });

  it("of a skipped and of a broken run says why, and answers nothing", () => {
    for (const [run, why] of [
      [skippedRun(), "packet-filter is not to be had here"],
      [brokenRun("no engine answers"), "ENGINE_UNREACHABLE: no engine answers"],
    ] as const) {
      const words = firstScreenOf(run);
      expect(words).toContain(why);
      expect(words).toContain("What to do:");
      expect(words).not.toContain("Did it fail over?");
      expect(renderHtml([run], ASSETS)).toContain("</html>");
    }
  });

  it("marks what is simulated on the page and in every figure", () => {
    const run = movedRun({ record: { simulated: true, backend: "sim" } });
    expect(firstScreenOf(run)).toContain("SIMULATED: computed, not measured.");
    expect(/class="time-bar".*?aria-label="SIMULATED/s.test(runPage(run).head.markup)).toBe(true);
    for (const id of ["waterfall", "sequence"]) {
      const drawing = /<svg.*<\/svg>/s.exec(sectionOf(run, id) ?? "")?.[0] ?? "";
      expect(drawing).toMatch(/class="simulated"[^>]*>\s*SIMULATED/);
    }
    expect(renderHtml([movedRun()], ASSETS)).not.toContain("SIMULATED");
  });
});

describe("the page", () => {
  it("is the same bytes for the same run", () => {
    expect(renderHtml([movedRun()], ASSETS)).toBe(renderHtml([movedRun()], ASSETS));
  });

  it("takes nothing from a run for markup", () => {
    const nasty = `<script>alert("1")</script><img src=x onerror='a'>`;
    const run = movedRun({
      scenario: { name: nasty, title: nasty, why: nasty },
      record: { image: nasty, replay: nasty, runId: nasty, versions: { [nasty]: nasty } },
      path: nasty,
    });
    const noisy = { ...run, events: [...run.events, ...logOf(nasty)] };
    const page = renderHtml([noisy], ASSETS);
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toContain("<img");
    expect(page.match(/<script>/g)).toHaveLength(1);
  });

  it("does without a topology, a move, or any event", () => {
    const { topology: _none, ...bare } = movedRun().record;
    const record = { ...bare, error: { code: "X", message: "y", facts: { a: 1 } } };
    const run = { ...brokenRun(), record };
    expect(runPage(run).sections.map((section) => section.id)).not.toContain("waterfall");
    const still = history().settled().holds("db1", 0.5).traffic("db1", 1, 3).collected(4).events();
    const calm = reportedRun(still, { expect: [passes("single-holder")] });
    expect(firstScreenOf(calm)).toContain("There was no need to");
    expect(sectionOf(calm, "sequence")).toBeUndefined();
  });

  it("has every name of a figure, section and heading once", () => {
    const page = renderHtml([splitRun()], ASSETS);
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    const levels = [...page.matchAll(/<h([1-6])/g)].map((match) => Number(match[1]));
    expect(levels[0]).toBe(1);
    for (const [index, level] of levels.entries()) {
      expect(level - (levels[index - 1] ?? level)).toBeLessThanOrEqual(1);
    }
  });
});

function logOf(text: string): ReportedRun["events"] {
  const body = { kind: "log", node: text, program: text, text, tUs: 2_500_000 } as const;
  return [{ ...body, seq: 100_000 }];
}

describe("findings", () => {
  it("tell what was demanded, what came, and link to the proof", () => {
    const body = sectionOf(splitRun(), "findings") ?? "";
    expect(wordsOf(body)).toContain("That this does NOT hold: Two nodes never hold the VIP longer");
    expect(body).toMatch(/href="#event-\d+"/);
    expect(wordsOf(body)).toContain("preconditions are met");
  });
});

describe("a failover that was seen in part", () => {
  it("says which stages were not seen", () => {
    const events = goodFailover()
      .fault(MYSQLD_KILLED, 6.2, { action: "heal" })
      .collected(9)
      .events();
    const some = events.filter((event) => event.kind !== "arp");
    expect(firstScreenOf(reportedRun(some))).toContain(
      "Not seen in this run: first gratuitous ARP.",
    );
  });
});
