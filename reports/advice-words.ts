/** Advice as lines of plain text, for the console and for Markdown: what each says is said in every form. */
import { span } from "../harness/keepalived/lint/helpers.ts";
import type { Advice, AdviceSetting, AdviceWhatIf, Interval } from "./advice.ts";

/** One line for each piece of advice, with those that belong to it below, indented by two blanks. */
export function adviceWords(advice: readonly Advice[]): string[] {
  return advice.flatMap((item) => [
    item.title,
    ...adviceDetails(item).map(({ label, text }) => `  ${label}: ${text}`),
  ]);
}

export interface AdviceDetail {
  readonly label: string;
  readonly text: string;
}

/** What there is to say about it, in the order in which it is read. */
export function adviceDetails(item: Advice): AdviceDetail[] {
  const { because, setting, suggestion, price, whatIf } = item;
  const rule = because.rule === undefined ? "" : ` (${because.rule})`;
  return [
    { label: "why", text: `${because.words}${rule}` },
    ...(setting === undefined ? [] : [{ label: "where", text: settingWords(setting) }]),
    ...(suggestion === undefined ? [] : [{ label: "try", text: suggestion }]),
    ...(whatIf === undefined ? [] : [{ label: "then", text: whatIfWords(whatIf) }]),
    ...(price === undefined ? [] : [{ label: "costs", text: price }]),
  ];
}

function settingWords({ node, file, line, text, written }: AdviceSetting): string {
  const place = file.startsWith(`${node}:`) || file.includes(`/${node}`) ? file : `${node} ${file}`;
  return `${place}:${line}: ${text}${written ? "" : " (not written in it: the default holds)"}`;
}

function whatIfWords({ change, of, before, after, basis, n }: AdviceWhatIf): string {
  const how = basis === "formula" ? "PREDICTED by the formulas" : `SIMULATED, n = ${n ?? 0}`;
  return `${change.join(" ")}: ${of}: ${intervalWords(after)} instead of ${intervalWords(before)} (${how})`;
}

export function intervalWords(interval: Interval): string {
  return interval === "never" ? "never" : span(interval.minUs, interval.maxUs);
}
