/** A failover that was measured on a busy machine is shown as noisy wherever its times are. */
import { describe, expect, it } from "vitest";
import { passes } from "../harness/scenario/index.ts";
import { goodFailover } from "../harness/testing/stories.ts";
import { renderConsole, renderSummary } from "./console.ts";
import { renderJson } from "./json.ts";
import { renderMarkdown } from "./markdown.ts";
import type { ReportedRun } from "./reported.ts";
import { reportedRun } from "./testing/runs.ts";

const NOISY = "noisy: the machine was late by up to 84 ms";
const EXPECT = [
  passes("failover-within"),
  passes("no-lost-write"),
  passes("enough-activity", { writes: 1, reads: 1 }),
];
/** The VIP is on db2 at 3.6 s, the first write there acknowledged at 3.7 s. */
const busy = (atSeconds: number): ReportedRun =>
  reportedRun(goodFailover().late(atSeconds, 84).collected(8).events(), { expect: EXPECT });

/** Without the breaks of lines. */
const flat = (text: string): string => text.replaceAll(/\s+/g, " ");

describe("a noisy failover", () => {
  it("is marked in the console: in the story, the finding and over the stages", () => {
    const text = flat(renderConsole(busy(3), { colour: false }));
    expect(text).toContain(`VIP db1 -> db2 after 1.613 s (${NOISY})`);
    expect(text).toContain(`0.750 s after); ${NOISY}`);
    expect(text).toMatch(new RegExp(`Failover of \\S+ from db1 to db2, ${NOISY}`));
    expect(text).toContain("Times are NOISY");
  });

  it("is marked in Markdown, in JSON and in summaries", () => {
    expect(renderMarkdown([busy(3)])).toContain(`(**${NOISY}**)`);
    expect(renderJson([busy(3)])).toContain('"lateUs": 84000');
    const summary = flat(renderSummary([busy(3), busy(9)], { colour: false }));
    expect(summary).toContain(`1 of 2 are ${NOISY}`);
  });

  it("is not marked for what was before or after it", () => {
    expect(renderConsole(busy(1), { colour: false })).not.toContain("oisy");
    expect(renderConsole(busy(9), { colour: false })).not.toContain("oisy");
  });
});
