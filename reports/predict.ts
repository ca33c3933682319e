/**
 * Expected intervals as text of at most 100 columns, as Markdown and as JSON. What is printed here is
 * computed, and every form says so first.
 */
import { formatSeconds } from "../harness/core/time.ts";
import { AWAY, CLASS_WORDS } from "../harness/predict/classes.ts";
import type { PredictedMember, PredictedRouter } from "../harness/predict/predict.ts";
import { formula } from "../harness/predict/quantity.ts";
import type { PredictedService } from "../harness/predict/real-servers.ts";
import type { Row } from "../harness/predict/row.ts";
import { COLUMNS, columns, hang, painter, wrap, type Cell } from "./layout.ts";
import { serviceJson, serviceMarkdown, serviceText } from "./predict-servers.ts";
import {
  escaped,
  formulaText,
  legendOf,
  Notes,
  quantityJson,
  range,
  tableHead,
  tableLine,
  triple,
  type Named,
} from "./predict-words.ts";

export interface PredictionReport {
  /** Files, or the name of a topology. */
  readonly subject: string;
  readonly keepalivedVersion: string;
  readonly routers: readonly PredictedRouter[];
  /** Virtual servers that send clients on, not those that only check. */
  readonly services: readonly PredictedService[];
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
    ...report.services.flatMap((service) => ["", ...serviceText(service, options)]),
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
    ...(formulas ? ["", "  formulas", ...formulaText(named(router.rows))] : []),
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

function named(rows: readonly Row[]): Named[] {
  return rows.flatMap(({ event, span }) =>
    span === undefined ? [] : [{ name: CLASS_WORDS[event], quantity: span.total }],
  );
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

export function renderPredictionMarkdown(report: PredictionReport): string {
  return `${[
    "# Expected intervals",
    "",
    `${CLAIM} keepalived ${report.keepalivedVersion}, ${escaped(report.subject)}. Times in seconds from the event.`,
    ...report.remarks.flatMap((remark) => ["", `> ${escaped(remark)}`]),
    ...report.routers.flatMap((router) => ["", ...routerMarkdown(router)]),
    ...report.services.flatMap((service) => ["", ...serviceMarkdown(service)]),
  ].join("\n")}\n`;
}

function routerMarkdown(router: PredictedRouter): string[] {
  const head = [`## ${escaped(router.name)}`, "", escaped(headline(router))];
  if (router.problem !== undefined) return [...head, "", `> ${escaped(router.problem)}`];
  const notes = new Notes();
  const rows = router.rows.map((row) => {
    const [name, detect, elect, total, ends, numbers] = cells(row, notes).map(({ text }) => text);
    const text = row.span === undefined ? "" : `\`${formula(row.span.total)}\``;
    return tableLine([name, detect, elect, total, ends, text, numbers]);
  });
  const titles = ["event", "detect", "elect", "total", "VIP ends on", "formula", "note"];
  return [
    ...head,
    "",
    ...tableHead(titles),
    ...rows,
    "",
    ...notes.list.map((note, index) => `${index + 1}. ${escaped(note)}`),
    "",
    ...legendOf(named(router.rows)).map(({ symbol, text }) => `- \`${symbol}\`: ${escaped(text)}`),
  ];
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
    services: report.services.map(serviceJson),
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
