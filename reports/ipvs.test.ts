import { describe, expect, it } from "vitest";
import { ADDRESS, lvsPair, settledLvs, tableOf } from "../harness/check/testing/lvs.ts";
import type { Event } from "../harness/history/events.ts";
import { history } from "../harness/testing/history.ts";
import { renderConsole } from "./console.ts";
import { renderJson } from "./json.ts";
import { renderMarkdown } from "./markdown.ts";
import { servedBy, servedByWords } from "./served-by.ts";
import { reportedRun } from "./testing/runs.ts";
import { ipvsEntries } from "./timeline-ipvs.ts";

/** db1 is out of lvs1's table from 21 to 28 s, of lvs2's by its weight; then lvs1 stops. */
function events(): Event[] {
  const full = tableOf({ db1: 2, db2: 1 });
  const story = settledLvs(40, full)
    .table("lvs1", 21, tableOf({ db2: 1 }))
    .table("lvs2", 22, tableOf({ db1: 0, db2: 1 }))
    .table("lvs1", 28, full)
    .table("lvs2", 28.5, full)
    .table("lvs1", 35, []);
  story.connection(15, "db1").connection(16, "db1").connection(17, "db2").connection(18);
  return story.events();
}

describe("the time line of IPVS tables", () => {
  it("tells when a server left and returned, by name, in one line each", () => {
    const told = ipvsEntries(events(), lvsPair()).map(
      ({ tUs, lane, text, tone }) => `${tUs / 1e6} ${lane}: ${text} [${tone}]`,
    );
    expect(told).toMatchInlineSnapshot(`
      [
        "1 lvs1: IPVS: service 198.18.7.100:3306, wrr, with db1 (2) and db2 (1) [plain]",
        "1 lvs2: IPVS: service 198.18.7.100:3306, wrr, with db1 (2) and db2 (1) [plain]",
        "21 lvs1: IPVS: db1 left (seen 10.0 ms late at most) [bad]",
        "22 lvs2: IPVS: db1 has weight 0 (seen 10.0 ms late at most) [bad]",
        "28 lvs1: IPVS: db1 is in again (weight 2) (seen 10.0 ms late at most) [good]",
        "28.5 lvs2: IPVS: db1 is in again (weight 2) (seen 10.0 ms late at most) [good]",
        "35 lvs1: IPVS: service 198.18.7.100:3306 is gone (seen 10.0 ms late at most) [bad]",
      ]
    `);
  });

  it("shows addresses where the topology is not known", () => {
    expect(ipvsEntries(events(), undefined)[2]?.text).toMatch(ADDRESS.db1);
  });
});

describe("who answered", () => {
  it("is counted by connection, with those that nobody answered", () => {
    const served = servedBy(events())!;
    expect(servedByWords(served)).toBe(
      "4 new connections: 2 by db1 (50.0%), 1 by db2 (25.0%), 1 by nobody (25.0%)",
    );
  });

  it("is in every report of a balanced run, and in none of another", () => {
    const all = (list: readonly Event[]): string[] => {
      const run = reportedRun(list);
      return [renderConsole(run, { colour: false }), renderMarkdown([run]), renderJson([run])];
    };
    const [console = "", markdown, json] = all(events());
    expect(console).toMatch(/Answered by\n {2}4 new connections: 2 by db1/);
    expect(console).toMatch(/IPVS: .* left/);
    expect(markdown).toContain("Answered by: 4 new connections");
    expect(json).toContain('"unanswered": 1');
    for (const text of all(history().settled().traffic("db1", 2, 4).events())) {
      expect(text).not.toMatch(/Answered by|"served"|"tables"/);
    }
  });
});
