/**
 * Expected intervals as text of at most 100 columns, as Markdown and as JSON. What is printed here is
 * computed, and every form says so first.
 */
import { formatSeconds, MICROSECONDS_PER_SECOND, type Us } from "../harness/core/time.ts";
import { AWAY, CLASS_WORDS } from "../harness/predict/classes.ts";
import type { PredictedMember, PredictedRouter } from "../harness/predict/predict.ts";
import {
  boundsOf,
  formula,
  meanings,
  type Meaning,
  type Quantity,
} from "../harness/predict/quantity.ts";
import type { Row } from "../harness/predict/row.ts";
import { COLUMNS, columns, hang, painter, wrap, type Cell } from "./layout.ts";

export interface PredictionReport {
  /** Files, or the name of a topology. */
  readonly subject: string;
  readonly keepalivedVersion: string;
  readonly routers: readonly PredictedRouter[];
  /** What a reader has to know before the tables, such as problems of the configuration. */
  readonly remarks: readonly string[];
}

const CLAIM = "Predicted from the configuration, not measured.";
const plain = painter(false);

export interface TextOptions {
  /** Also the formula behind every figure, and what its letters stand for. */
  readonly formulas: boolean;
}

export function renderPredictionText(report: PredictionReport, options: TextOptions): string {
  const intro = `${CLAIM} keepalived ${report.keepalivedVersion}, ${report.subject}.`;
  return `${[
    ...wrap(intro, COLUMNS),
    ...wrap(
      "Seconds from the event: detect and elect as least-greatest, total as least / mean / greatest.",
      COLUMNS,
    ),
    ...report.remarks.flatMap((remark) => hang("! ", remark)),
    ...report.routers.flatMap((router) => ["", ...routerText(router, options)]),
  ].join("\n")}\n`;
}

function routerText(router: PredictedRouter, { formulas }: TextOptions): string[] {
  const head = hang("", headline(router));
  if (router.problem !== undefined) return [...head, ...hang("  ! ", router.problem)];
  const notes = new Notes();
  const holder = router.holder ?? "";
  const part = (title: string, rows: readonly Row[]): string[] =>
    columns(
      [
        [title, "detect", "elect", "total", "VIP ends on", "note"].map((text) => ({ text })),
        ...rows.map((row) => cells(row, notes)),
      ],
      plain,
    );
  const table = [
    ...part(`event on ${short(holder, 12)}`, router.rows.filter(isAway)),
    "",
    ...part(
      `${short(holder, 10)} back`,
      router.rows.filter((row) => !isAway(row)),
    ),
  ];
  return [
    ...head,
    "",
    ...table,
    "",
    ...notes.list.flatMap((note, index) => hang(`  ${String(index + 1).padStart(2)}  `, note)),
    ...(formulas ? ["", "  formulas", ...formulaText(router.rows)] : []),
  ];
}

function isAway({ event }: Row): boolean {
  return (AWAY as readonly string[]).includes(event);
}

function headline(router: PredictedRouter): string {
  const members = router.members.map((member) => memberWords(member, router)).join(", ");
  const group = router.syncGroup === undefined ? "" : `, in sync group ${router.syncGroup}`;
  return (
    `${router.name} (VRID ${router.vrid}, VRRPv${router.vrrpVersion}, ` +
    `advert_int ${formatSeconds(router.advertIntUs)}, VIP ${router.addresses.join(" ")})${group}: ${members}`
  );
}

function memberWords(member: PredictedMember, { holder }: PredictedRouter): string {
  const { basePriority, restPriority } = member;
  const priority =
    basePriority === restPriority ? String(basePriority) : `${basePriority}, now ${restPriority}`;
  const nopreempt = member.nopreempt ? ", nopreempt" : "";
  const fault = member.fault === undefined ? "" : `, in FAULT: ${member.fault}`;
  const holds = member.node === holder ? " holds" : "";
  return `${member.node} (${priority}${nopreempt}${fault})${holds}`;
}

/** Notes are numbered once per router, however many rows they stand in. */
class Notes {
  readonly list: string[] = [];

  numbersOf(notes: readonly string[]): string {
    return notes
      .map((note) => {
        if (!this.list.includes(note)) this.list.push(note);
        return this.list.indexOf(note) + 1;
      })
      .join(" ");
  }
}

function cells(row: Row, notes: Notes): Cell[] {
  const { span } = row;
  const numbers = notes.numbersOf([...row.reasons, ...row.notes]);
  const ends = nodesWords(row.endsOn);
  if (span === undefined) {
    const word = row.outcome === "unknown" ? "not known" : "never";
    return [CLASS_WORDS[row.event], "-", "-", word, ends, numbers].map((text) => ({ text }));
  }
  return [
    CLASS_WORDS[row.event],
    span.detect === undefined ? "-" : range(span.detect),
    span.elect === undefined ? "-" : range(span.elect),
    triple(span.total),
    ends,
    numbers,
  ].map((text) => ({ text }));
}

/** The end of a long name tells nodes apart more often than its beginning. */
function short(text: string, width: number): string {
  return text.length <= width ? text : `~${text.slice(1 - width)}`;
}

function nodesWords(nodes: readonly string[]): string {
  const all = nodes.join("+");
  return nodes.length > 1 && all.length > 12 ? `${nodes.length} nodes` : short(all, 12);
}

/** At most five characters, so that a line keeps its width; JSON has every microsecond. */
export function figure(us: Us): string {
  const seconds = us / MICROSECONDS_PER_SECOND;
  if (seconds >= 99_999) return seconds.toExponential(1).replace("+", "");
  const decimals = [10, 100, 1000].filter((limit) => seconds < limit - 0.0005).length;
  return seconds.toFixed(decimals);
}

function range(quantity: Quantity): string {
  const { minUs, maxUs } = boundsOf(quantity);
  return minUs === maxUs ? figure(minUs) : `${figure(minUs)}-${figure(maxUs)}`;
}

function triple(quantity: Quantity): string {
  const { minUs, meanUs, maxUs } = boundsOf(quantity);
  if (minUs === maxUs) return figure(minUs);
  return [minUs, meanUs, maxUs].map(figure).join(" / ");
}

/** Events with one formula stand together; every letter is explained once, below. */
function formulaText(rows: readonly Row[]): string[] {
  const legend = legendOf(rows);
  return [
    ...columns(
      grouped(rows).map(([text, names]) => [{ text }, { text: names.join(", ") }]),
      plain,
      { indent: 4 },
    ),
    ...(legend.length === 0 ? [] : ["", "  where"]),
    ...columns(
      legend.map(({ symbol, text }) => [{ text: symbol }, { text }]),
      plain,
      { indent: 4 },
    ),
  ];
}

function grouped(rows: readonly Row[]): [string, string[]][] {
  const found = new Map<string, string[]>();
  for (const { event, span } of rows) {
    if (span === undefined) continue;
    const text = formula(span.total);
    found.set(text, [...(found.get(text) ?? []), CLASS_WORDS[event]]);
  }
  return [...found];
}

function legendOf(rows: readonly Row[]): Meaning[] {
  const found = new Map<string, Meaning>();
  for (const { span } of rows) {
    for (const meaning of span === undefined ? [] : meanings(span.total)) {
      found.set(`${meaning.symbol} ${meaning.text}`, meaning);
    }
  }
  return [...found.values()];
}

export function renderPredictionMarkdown(report: PredictionReport): string {
  return `${[
    "# Expected intervals",
    "",
    `${CLAIM} keepalived ${report.keepalivedVersion}, ${escaped(report.subject)}. Times in seconds from the event.`,
    ...report.remarks.flatMap((remark) => ["", `> ${escaped(remark)}`]),
    ...report.routers.flatMap((router) => ["", ...routerMarkdown(router)]),
  ].join("\n")}\n`;
}

function routerMarkdown(router: PredictedRouter): string[] {
  const head = [`## ${escaped(router.name)}`, "", escaped(headline(router))];
  if (router.problem !== undefined) return [...head, "", `> ${escaped(router.problem)}`];
  const notes = new Notes();
  const rows = router.rows.map((row) => {
    const [name, detect, elect, total, ends, numbers] = cells(row, notes).map(({ text }) => text);
    const text = row.span === undefined ? "" : `\`${formula(row.span.total)}\``;
    return line([name, detect, elect, total, ends, text, numbers]);
  });
  const titles = ["event", "detect", "elect", "total", "VIP ends on", "formula", "note"];
  return [
    ...head,
    "",
    line(titles),
    line(titles.map(() => "---")),
    ...rows,
    "",
    ...notes.list.map((note, index) => `${index + 1}. ${escaped(note)}`),
    "",
    ...legendOf(router.rows).map(({ symbol, text }) => `- \`${symbol}\`: ${escaped(text)}`),
  ];
}

function line(texts: readonly (string | undefined)[]): string {
  return `| ${texts.map((text) => escaped(text ?? "")).join(" | ")} |`;
}

export function escaped(text: string): string {
  return text.replaceAll(/[|<>]/g, (character) => `\\${character}`);
}

export function renderPredictionJson(report: PredictionReport): string {
  const value = {
    format: "vipdrill-prediction",
    version: 1,
    measured: false,
    subject: report.subject,
    keepalivedVersion: report.keepalivedVersion,
    remarks: report.remarks,
    routers: report.routers.map((router) => ({ ...router, rows: router.rows.map(rowJson) })),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function rowJson({ span, ...row }: Row): object {
  return {
    ...row,
    ...(span === undefined ? {} : { total: quantityJson(span.total) }),
    ...(span?.detect === undefined ? {} : { detect: quantityJson(span.detect) }),
    ...(span?.elect === undefined ? {} : { elect: quantityJson(span.elect) }),
  };
}

function quantityJson(quantity: Quantity): object {
  const where = meanings(quantity).map(({ symbol, text }) => ({ symbol, text }));
  return { ...boundsOf(quantity), formula: formula(quantity), where };
}
