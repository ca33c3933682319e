import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seconds } from "../harness/core/time.ts";
import { readText } from "../harness/keepalived/read.ts";
import { KEEPALIVED_VERSIONS } from "../harness/keepalived/versions.ts";
import { predict } from "../harness/predict/predict.ts";
import { predictServices } from "../harness/predict/real-servers.ts";
import { pair, script } from "../harness/predict/testing/configs.ts";
import {
  renderPredictionJson,
  renderPredictionMarkdown,
  renderPredictionText,
  type PredictionReport,
} from "./predict.ts";

const report = (nodes = pair({ scripts: [script("chk", { weight: -5 })] })): PredictionReport => ({
  subject: "2 files",
  keepalivedVersion: "2.2.7",
  routers: predict(nodes),
  services: predictServices(nodes),
  remarks: [],
});

describe("the text", () => {
  it("says first that nothing was measured", () => {
    const [first] = renderPredictionText(report(), { formulas: false }).split("\n");
    expect(first).toBe(
      "Predicted from the configuration, not measured. keepalived 2.2.7, 2 files.",
    );
  });

  it("has one line for each event", () => {
    const lines = renderPredictionText(report(), { formulas: false }).split("\n");
    expect(
      lines.filter((line) => /^ {2}(keepalived stopped|mysqld killed|VRRP blocked in)/.test(line)),
    ).toMatchInlineSnapshot(`
      [
        "  keepalived stopped      0.000        0.613        0.613                  B            1",
        "  VRRP blocked inward     -            -            never                  A            11",
        "  mysqld killed           2.000-4.000  2.613-3.613  4.613 / 6.113 / 7.613  B            13 14",
      ]
    `);
  });

  it("shows formulas and their letters when asked", () => {
    const text = renderPredictionText(report(), { formulas: true });
    expect(text).toMatch(/U\(I, 2I\) \+ d \+ MD\(99\) - x +mysqld killed, mysqld stopped/);
    expect(text).toMatch(/MD\(99\) +3 A \+ skew\(99\) = 3\.613 s/);
    expect(renderPredictionText(report(), { formulas: false })).not.toContain("formulas");
  });

  it("keeps within 100 columns, whatever the nodes and the checks are called", () => {
    const anyName = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        anyName,
        fc.constantFrom(...KEEPALIVED_VERSIONS),
        fc.integer({ min: 1, max: 86_400 }),
        (name, version, interval) => {
          const checks = [script(name, { intervalUs: seconds(interval), weight: -5 })];
          const nodes = pair({ version, scripts: checks }).map((node) => ({
            ...node,
            name: `${name}-${node.name}`,
          }));
          const lines = renderPredictionText(report(nodes), { formulas: true }).split("\n");
          expect(lines.filter((line) => line.length > 100)).toEqual([]);
        },
      ),
    );
  });

  it("shows what stands in the way of a prediction", () => {
    const text = renderPredictionText(report(pair({ b: { advertIntUs: seconds(2) } })), {
      formulas: false,
    });
    expect(text).toContain("! A does not take the adverts of B");
  });
});

describe("servers behind a director", () => {
  const REAL =
    "real_server 198.18.7.21 3306 {\nTCP_CHECK {\nconnect_timeout 3\ndelay_before_retry 3\n}\n}";
  const directors = (service: string): PredictionReport => {
    const text = `virtual_server 198.18.7.100 3306 {\ndelay_loop 6\nlb_kind DR\nprotocol TCP\n${service}\n}\n`;
    const { config } = readText(text, { version: "2.3.4" });
    return report([{ name: "lvs1", config, scripts: () => undefined }]);
  };

  it("have a line for each event, with its notes", () => {
    const text = renderPredictionText(directors(REAL), { formulas: true });
    expect(text).toContain("virtual_server 198.18.7.100:3306 on lvs1 (DR, ");
    expect(text).toMatch(
      /mysqld killed, stopped +3\.000 \/ 6\.000 \/ 9\.000 +0\.000 \/ 3\.000 \/ 6\.000\n/,
    );
    expect(text).toMatch(/U\(0, D\) \+ 2C \+ 1Dr +host off, cut, silent\n/);
    expect(text).toMatch(/ {4}next\(D\) +until the next check is due: a check every D\n/);
    expect(text).toMatch(/ {4}next SYN\(D, attempts of C\) +until the next SYN of the check/);
    expect(text.split("\n").filter((line) => line.length > 100)).toEqual([]);
  });

  it("say so where nothing looks at one, and where clients stay with one", () => {
    const blind = directors("persistence_timeout 50\nreal_server 198.18.7.21 3306 {\nweight 1\n}");
    const text = renderPredictionText(blind, { formulas: false });
    expect(text).toMatch(/mysqld killed, stopped +never +- +1\n/);
    expect(text).toContain("1  no checker: nothing looks at the server");
    expect(text).toContain("persistence: all new connections of a client");
  });

  it("are in the Markdown and in the JSON", () => {
    expect(renderPredictionMarkdown(directors(REAL))).toContain(
      "| mysqld killed, stopped | 3.000 / 6.000 / 9.000 | 0.000 / 3.000 / 6.000 | `U(0, D) + 1Dr`; `next(D)` |",
    );
    expect(JSON.parse(renderPredictionJson(directors(REAL)))).toMatchObject({
      services: [
        {
          directors: ["lvs1"],
          servers: [
            { rows: [{ event: "mysqld-down", removed: { maxUs: 9_000_000 } }, {}, {}, {}] },
          ],
        },
      ],
    });
  });
});

describe("the JSON", () => {
  it("has units in its names and the formula beside every figure", () => {
    const value = JSON.parse(renderPredictionJson(report())) as {
      measured: boolean;
      routers: { rows: { event: string; total?: unknown }[] }[];
    };
    expect(value.measured).toBe(false);
    expect(value.routers[0]!.rows.find(({ event }) => event === "power-off")?.total).toMatchObject({
      minUs: 2_613_281,
      meanUs: 3_113_281,
      maxUs: 3_613_281,
      formula: "MD(99) - x",
    });
  });
});

describe("the Markdown", () => {
  it("is one table a router, with formulas", () => {
    const lines = renderPredictionMarkdown(report()).split("\n");
    expect(lines.filter((line) => line.startsWith("| power off"))).toEqual([
      "| power off | 2.000-3.000 | 0.613 | 2.613 / 3.113 / 3.613 | B | `MD(99) - x` | 6 |",
    ]);
    const widths = new Set(
      lines.filter((line) => line.startsWith("|")).map((line) => line.split("|").length),
    );
    expect(widths.size).toBe(1);
  });
});
