import { describe, expect, it } from "vitest";
import type { Finding } from "../harness/keepalived/lint/rule.ts";
import { RULES } from "../harness/keepalived/lint/rules.ts";
import { widthOf } from "./layout.ts";
import { renderLintJson, renderLintText, type LintReport } from "./lint.ts";
import { renderSarif } from "./sarif.ts";

const rule = RULES.find(({ id }) => id === "VD513")!;

const finding: Finding = {
  rule: rule.id,
  name: rule.name,
  severity: "warning",
  title: rule.title,
  node: "db2",
  at: { file: "ha/db 2.conf", line: 9, column: 3 },
  related: [{ at: { file: "ha/db1.conf", line: 8, column: 3 }, note: "db1: VI_1" }],
  what: "db1 and db2 both have priority 100: which of them holds the VIP is chance.",
  why: rule.why,
  mend: rule.mend,
  source: rule.source,
};

const report: LintReport = {
  tool: { name: "vipdrill", version: "1.2.3" },
  versions: ["2.3.4"],
  nodes: [
    { name: "db1", file: "ha/db1.conf" },
    { name: "db2", file: "ha/db 2.conf" },
  ],
  findings: [finding, { ...finding, at: { file: "ha/db 2.conf", line: 20, column: 1 } }],
};

describe("text", () => {
  it("explains a rule once, and ends in one line that counts", () => {
    expect(renderLintText(report, { hidden: 4 })).toMatchInlineSnapshot(`
      "ha/db 2.conf (db2)

      ha/db 2.conf:9:3 warning VD513 equal priorities
          db1 and db2 both have priority 100: which of them holds the VIP is chance.
          why:  Two nodes that start together have the same timer; if both fire before they hear each
                other both are MASTER for a moment, and the higher address wins. Neither preempts the
                other.
          mend: Give each node a priority of its own; nopreempt keeps the VIP where it is.
          from: vrrp.c:vrrp_state_backup, :vrrp_saddr_cmp (2.2.7) (equal-priorities)
          see:  ha/db1.conf:8:3 db1: VI_1

      ha/db 2.conf:20:1 warning VD513 equal priorities
          db1 and db2 both have priority 100: which of them holds the VIP is chance.
          see:  ha/db1.conf:8:3 db1: VI_1

      0 errors, 2 warnings in 2 files for keepalived 2.3.4; 4 more with --severity info
      "
    `);
  });

  it("is no wider than 100 columns below the place of a finding", () => {
    const long = { ...finding, what: "word ".repeat(90) };
    const lines = renderLintText({ ...report, findings: [long] }).split("\n");
    const body = lines.filter((line) => line.startsWith("    "));
    expect(Math.max(...body.map(widthOf))).toBeLessThanOrEqual(100);
  });
});

describe("JSON", () => {
  it("has the findings as they are", () => {
    expect(JSON.parse(renderLintJson(report))).toMatchObject({
      format: "vipdrill-lint 1",
      keepalived: ["2.3.4"],
      summary: { errors: 0, warnings: 2, infos: 0 },
      findings: [finding, { at: { line: 20 } }],
    });
  });
});

describe("SARIF", () => {
  const log = JSON.parse(renderSarif(report)) as {
    version: string;
    runs: {
      tool: { driver: { rules: { id: string; help: { text: string } }[] } };
      results: {
        ruleId: string;
        ruleIndex: number;
        level: string;
        locations: { physicalLocation: object }[];
        relatedLocations: { id: number; physicalLocation: object }[];
      }[];
    }[];
  };
  const [run] = log.runs;

  it("describes exactly the rules that fired, and results point at them", () => {
    expect(log.version).toBe("2.1.0");
    expect(run!.tool.driver.rules.map(({ id }) => id)).toEqual(["VD513"]);
    for (const { ruleIndex, ruleId } of run!.results) {
      expect(run!.tool.driver.rules[ruleIndex]!.id).toBe(ruleId);
    }
  });

  it("gives places as relative URIs, the other node's as related locations", () => {
    expect(run!.results[0]!.locations).toEqual([
      {
        physicalLocation: {
          artifactLocation: { uri: "ha/db%202.conf" },
          region: { startLine: 9, startColumn: 3 },
        },
      },
    ]);
    expect(run!.results[0]!.relatedLocations).toMatchObject([
      { id: 1, physicalLocation: { artifactLocation: { uri: "ha/db1.conf" } } },
    ]);
  });

  it("calls a remark a note", () => {
    const info = { ...report, findings: [{ ...finding, severity: "info" as const }] };
    expect(renderSarif(info)).toContain('"level": "note"');
  });
});
