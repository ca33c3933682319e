/**
 * Annotations of GitHub Actions, as workflow commands on standard output: an error for a run that is not
 * as expected, a warning for a void one, one notice for all that were skipped.
 *
 * They name no file: a run record does not say which file its scenario was written in.
 */
import { cutShortWords, type CutShort } from "./cut-short.ts";
import { findingRows } from "./findings.ts";
import { repeatLabels } from "./groups.ts";
import { headlineOf } from "./headline.ts";
import { printable } from "./layout.ts";
import type { ReportedRun } from "./reported.ts";
import { counted } from "./units.ts";

/** GitHub shows so many of a kind for a step and drops the rest without a word. */
const SHOWN_MAX = 10;

/** Long enough for any finding; the whole is in the run directory. */
const MESSAGE_LETTERS_MAX = 4000;

interface Annotation {
  readonly kind: "error" | "warning" | "notice";
  readonly title: string;
  readonly message: string;
}

/** A line each; nothing at all when every run is as expected. */
export function renderAnnotations(runs: readonly ReportedRun[], cutShort?: CutShort): string {
  const labels = repeatLabels(runs);
  const name = (run: ReportedRun): string => `${run.record.scenario.name}${labels.get(run) ?? ""}`;
  const ended = (...outcomes: readonly string[]): readonly ReportedRun[] =>
    runs.filter(({ result }) => outcomes.includes(result.outcome));
  return [
    ...(cutShort === undefined ? [] : [missingError(cutShort)]),
    ...atMost("error", ended("unexpected", "error"), name),
    ...atMost("warning", ended("inconclusive"), name),
    ...skippedNotice(ended("skipped"), name),
  ]
    .map((annotation) => `${command(annotation)}\n`)
    .join("");
}

function missingError(cutShort: CutShort): Annotation {
  return { kind: "error", title: "Runs are missing", message: cutShortWords(cutShort) };
}

type Name = (run: ReportedRun) => string;

/** When there are more than are shown, the last one that is shown names the others. */
function atMost(kind: Annotation["kind"], runs: readonly ReportedRun[], name: Name): Annotation[] {
  const whole = runs.length <= SHOWN_MAX ? runs : runs.slice(0, SHOWN_MAX - 1);
  const rest = runs.slice(whole.length);
  const annotations = whole.map((run) => annotationOf(kind, run, name));
  if (rest.length === 0) return annotations;
  const message = rest.map((run) => `${headlineOf(run).words} ${name(run)}`).join("\n");
  return [
    ...annotations,
    { kind, title: `${counted(rest.length, "more run")} like these`, message },
  ];
}

function annotationOf(kind: Annotation["kind"], run: ReportedRun, name: Name): Annotation {
  const head = headlineOf(run);
  const wrong = findingRows(run)
    .filter(({ standing }) => standing === "unexpected" || standing === "unclear")
    .map((row) => `${row.words}: ${row.checker}: ${row.reason}`);
  const mark = head.simulated ? " (SIMULATED)" : "";
  return {
    kind,
    title: `${head.words}: ${name(run)}${mark}`,
    message: [
      head.story,
      ...(wrong.length === 0 && head.why !== undefined ? [head.why] : wrong),
      `Do it again: ${run.record.replay}`,
    ].join("\n"),
  };
}

function skippedNotice(runs: readonly ReportedRun[], name: Name): Annotation[] {
  if (runs.length === 0) return [];
  const reasons = Map.groupBy(runs, ({ result }) => result.reason.replace(/^skipped: /, ""));
  const message = [...reasons]
    .map(([reason, members]) => `${members.map(name).join(", ")}: ${reason}`)
    .join("\n");
  return [{ kind: "notice", title: `${counted(runs.length, "run")} skipped`, message }];
}

/** The escapes are those of actions/toolkit, `core/src/command.ts`: more of them in properties. */
function command({ kind, title, message }: Annotation): string {
  const properties = escapeData(printable(title)).replaceAll(":", "%3A").replaceAll(",", "%2C");
  return `::${kind} title=${properties}::${escapeData(clipped(printable(message)))}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function clipped(text: string): string {
  const letters = Array.from(text);
  return letters.length <= MESSAGE_LETTERS_MAX
    ? text
    : `${letters.slice(0, MESSAGE_LETTERS_MAX).join("")}…`;
}
