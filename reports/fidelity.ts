/**
 * How well the simulator agrees with containers, as text for the console and as Markdown: what was
 * compared, k of n, differences as distributions, and every disagreement with how to see it again.
 */
import { formatSeconds } from "../harness/core/time.ts";
import {
  disagreeing,
  type FidelitySummary,
  type LeftOut,
  type Pair,
  type Spread,
} from "../harness/fidelity/summary.ts";
import { columns, hang, painter, type Cell, type Paint } from "./layout.ts";
import { counted, formatMilliseconds } from "./units.ts";

/** Ends with a new line. */
export function renderFidelity(
  summary: FidelitySummary,
  { colour }: { readonly colour: boolean },
): string {
  const paint = painter(colour);
  const blocks = [
    [
      paint("bold", "Simulator and containers"),
      ...sentences(summary).flatMap((s) => hang("  ", s)),
    ],
    agreementLines(summary, paint),
    spreadLines(summary, paint),
    coverageLines(summary, paint),
    disagreementLines(summary, paint),
    leftOutLines(summary, paint),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** Ends with a new line. */
export function renderFidelityMarkdown(summary: FidelitySummary): string {
  const { agreements, spreads, coverage } = summary;
  const differing = disagreeing(summary.pairs);
  const blocks = [
    "# Simulator and containers",
    sentences(summary).join("\n"),
    table(
      ["agreement", "k of n", "share"],
      agreements.map((item) => [item.what, ofWords(item), share(item)]),
    ),
    ...(spreads.length === 0
      ? []
      : [
          table(
            ["difference, simulated - measured", ...SPREAD_HEADS],
            spreads.map((item) => [item.what, ...spreadFigures(item)]),
          ),
        ]),
    table(
      ["covered", "scenarios"],
      coverage.map((item) => [item.label, String(item.scenarios)]),
    ),
    ...(differing.length === 0
      ? []
      : [
          "## Disagreements",
          ...differing.map(({ pair, texts }) =>
            [
              `### ${pair.scenario.name}: ${pair.scenario.title}`,
              "",
              ...[...texts, ...othersWords(pair)].map((text) => `- ${text}`),
              "",
              ...againCommands(pair).map((line) => `    ${line}`),
            ].join("\n"),
          ),
        ]),
    ...(leftOuts(summary).length === 0
      ? []
      : [
          "## Left out",
          leftOuts(summary)
            .map(({ scenario, path, reason }) => `- ${scenario.name} (${path}): ${reason}`)
            .join("\n"),
        ]),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function sentences(summary: FidelitySummary): string[] {
  const { pairs, compared, notSimulated, leftOut, latestByUs, disagree, closeCalls } = summary;
  const images = [...new Set(pairs.map((pair) => pair.image))].sort();
  const failed =
    notSimulated === 0 ? "" : `, ${notSimulated} that the simulator did not get through`;
  const voided =
    leftOut === 0 ? "" : `, ${leftOut} left out because the container run proves nothing`;
  return [
    `${counted(pairs.length, "container run")} on ${images.join(", ") || "no image"}: ` +
      `${compared} compared with the simulator${failed}${voided}.`,
    `The same stimuli, counted from the start of keepalived on the preferred node; the latest came ${formatMilliseconds(latestByUs)} late in the simulator.`,
    `${disagree} of ${compared + notSimulated} disagree in something${disagree === 0 ? "" : `; ${closeCalls} of them with a close call, in which another draw of the simulator agrees`}.`,
  ];
}

function ofWords({ agreed, of }: { readonly agreed: number; readonly of: number }): string {
  return `${agreed} of ${of}`;
}

function share({ agreed, of }: { readonly agreed: number; readonly of: number }): string {
  return of === 0 ? "-" : `${((100 * agreed) / of).toFixed(1)} %`;
}

function agreementLines({ agreements }: FidelitySummary, paint: Paint): string[] {
  const rows = agreements.map((item): Cell[] => [
    { text: item.what },
    right(ofWords(item)),
    right(share(item)),
    { text: "" },
  ]);
  return columns([heads(["they agree in", "k of n", "share"]), ...rows], paint);
}

const SPREAD_HEADS = ["n", "median", "|p50|", "|p95|", "|max|"] as const;

function spreadLines({ spreads }: FidelitySummary, paint: Paint): string[] {
  if (spreads.length === 0) return [];
  const rows = spreads.map((item): Cell[] => [
    { text: item.what },
    ...spreadFigures(item).map((text) => right(text)),
    { text: "" },
  ]);
  return columns([heads(["simulated - measured", ...SPREAD_HEADS]), ...rows], paint);
}

function spreadFigures({ absolute, medianUs }: Spread): string[] {
  const { n, p50, p95, max } = absolute;
  return [String(n), ...[medianUs, p50, p95, max].map((us) => formatMilliseconds(us))];
}

function coverageLines({ coverage }: FidelitySummary, paint: Paint): string[] {
  const rows = coverage.map(({ label, scenarios }): Cell[] => [
    { text: label },
    right(String(scenarios)),
    { text: "" },
  ]);
  return rows.length === 0 ? [] : columns([heads(["covered", "scenarios"]), ...rows], paint);
}

function disagreementLines({ pairs }: FidelitySummary, paint: Paint): string[] {
  return disagreeing(pairs).flatMap(({ pair, texts }, index) => [
    ...(index === 0 ? [paint("bold", "Disagreements")] : []),
    ...hang("  ", `${pair.scenario.name}: ${pair.scenario.title}`),
    ...[...texts, ...othersWords(pair)].flatMap((text) => hang("    - ", text)),
    ...againCommands(pair).map((line) => `      ${paint("dim", line)}`),
  ]);
}

function leftOutLines(summary: FidelitySummary, paint: Paint): string[] {
  return leftOuts(summary).flatMap(({ scenario, path, reason }, index) => [
    ...(index === 0 ? [paint("bold", "Left out")] : []),
    ...hang("  - ", `${scenario.name} (${path}): ${reason}`),
  ]);
}

function leftOuts({ pairs }: FidelitySummary): LeftOut[] {
  return pairs.filter((pair) => pair.kind === "left-out");
}

/** A matter of milliseconds, or of the model? */
function othersWords(pair: Exclude<Pair, LeftOut>): string[] {
  if (pair.kind !== "compared" || pair.others === undefined) return [];
  const { agreed, of } = pair.others;
  return [
    agreed === 0
      ? `none of ${of} other draws of the simulator agrees with the containers`
      : `a close call: ${agreed} of ${of} other draws of the simulator agree with the containers`,
  ];
}

/** The containers once more; the comparison once more; both histories as they are. */
function againCommands(pair: Exclude<Pair, LeftOut>): string[] {
  return [
    `./vipdrill replay ${pair.path}`,
    `./vipdrill fidelity --from ${pair.path}`,
    `./vipdrill report ${pair.path} ${pair.simulatedPath}`,
  ];
}

/** One line while it goes on: `drawn/seed-7: agrees`. */
export function pairLine(pair: Pair): string {
  const name = `${pair.scenario.name} (${pair.scenario.title})`;
  if (pair.kind === "left-out") return `${name}: left out, ${pair.reason}`;
  const [found] = disagreeing([pair]);
  if (found !== undefined) return `${name}: DISAGREES in ${found.texts.join("; ")}`;
  const worstUs =
    pair.kind === "compared"
      ? Math.max(
          0,
          ...[...pair.comparison.changes, ...pair.comparison.stages].map((item) =>
            Math.abs(item.differenceUs),
          ),
        )
      : 0;
  return `${name}: agrees, ${formatSeconds(worstUs)} apart at most`;
}

function heads(texts: readonly string[]): Cell[] {
  return [
    ...texts.map((text, index): Cell =>
      index === 0 ? { text, style: "dim" } : { ...right(text), style: "dim" },
    ),
    { text: "" },
  ];
}

function right(text: string): Cell {
  return { text, align: "right" };
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, index) => (index === 0 ? "---" : "---:"));
  return [
    line(head.map(escaped)),
    line(rule),
    ...rows.map((cells) => line(cells.map(escaped))),
  ].join("\n");
}

/** A bar would end the cell. */
function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}
