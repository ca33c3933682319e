/** Scenario by image: how it ended as shape, word and colour, and how long it took. */
import { formatSeconds, type Us } from "../../../harness/core/time.ts";
import type { Outcome } from "../../../harness/run/judge.ts";
import { distribution } from "../../../harness/timing/statistics.ts";
import { versionWords } from "../../facts-of-run.ts";
import { OUTCOME_WORDS } from "../../headline.ts";
import { isJudged, timesOf, type TimedRun } from "../../timing-runs.ts";
import type { Section } from "../document.ts";
import { html, type Html } from "../html.ts";
import { OUTCOME_TONES, toneMark, wide } from "../marks.ts";
import { alarmWords, type Alarms } from "./alarms.ts";
import { outcomeCounts, worstOf } from "../../outcomes.ts";

export type MatrixRun = TimedRun & { readonly alarms: Alarms };

interface Column {
  readonly key: string;
  readonly runs: readonly MatrixRun[];
}

export function matrixSection(runs: readonly MatrixRun[]): Section {
  const columns = [...Map.groupBy(runs, columnKey)]
    .map(([key, mine]): Column => ({ key, runs: mine }))
    .toSorted((a, b) => a.key.localeCompare(b.key, "en"));
  const rows = Map.groupBy(runs, ({ scenario }) => familyOf(scenario));
  return {
    id: "matrix",
    title: "Scenarios by image",
    body: html`${filter()}
      ${wide(
        "Scenarios by image",
        html`<table class="matrix">
          <thead>
            <tr>
              <th scope="col">scenario</th>
              ${columns.map((column) => html`<th scope="col">${columnHead(column)}</th> `)}
            </tr>
          </thead>
          ${[...rows].map(([family, mine]) => familyRows(family, mine, columns))}
        </table>`,
      )}
      <p class="legend">
        Times: until the VIP was on another node, and how long clients were without writes (the
        longest spell of new connections after the first fault); of repeats the median.
      </p>`,
  };
}

/** Measured columns first. */
function columnKey({ simulated, image, backend }: TimedRun): string {
  return JSON.stringify([simulated ? 1 : 0, image, backend]);
}

function columnHead({ runs }: Column): Html {
  const first = runs[0];
  const versions = [...new Set(runs.flatMap(({ versions: of }) => versionWords(of)))].sort();
  return html`${first?.simulated === true && html`<span class="tone-warn">SIMULATED</span> `}${
      first?.image ?? ""
    }
    <span class="dim"
      ><br />${first?.backend ?? ""}${versions.map((version) => html`<br />${version}`)}</span
    >`;
}

/** `dual-script` of `dual-script/mysqld-killed`: scenarios of one cluster stand together. */
function familyOf(scenario: string): string {
  const slash = scenario.indexOf("/");
  return slash < 0 ? "" : scenario.slice(0, slash);
}

function familyRows(family: string, runs: readonly MatrixRun[], columns: readonly Column[]): Html {
  const scenarios = [...Map.groupBy(runs, ({ scenario }) => scenario)].toSorted(([a], [b]) =>
    a.localeCompare(b, "en"),
  );
  return html`<tbody>
    ${
      family !== "" &&
      html`<tr class="family">
        <th scope="rowgroup" colspan="${columns.length + 1}">${family}</th>
      </tr>`
    }
    ${scenarios.map(([name, mine]) => {
      const cells = columns.map(({ key }) => mine.filter((run) => columnKey(run) === key));
      const kinds = [...new Set(mine.map(({ outcome }) => KIND[outcome]))];
      return html`<tr class="${kinds.map((kind) => `has-${kind}`).join(" ")}">
        <th scope="row">${family === "" ? name : name.slice(family.length + 1)}</th>
        ${cells.map(cell)}
      </tr> `;
    })}
  </tbody> `;
}

/** What a reader may want to see alone. */
const KIND: Readonly<Record<Outcome, "good" | "bad" | "void" | "skipped">> = {
  "as-expected": "good",
  unexpected: "bad",
  error: "bad",
  inconclusive: "void",
  skipped: "skipped",
};

const CHOICES = [
  ["all", "all"],
  ["bad", "not as expected or broken"],
  ["void", "void"],
  ["skipped", "skipped"],
] as const;

/** Radio buttons and `:has()`: no script, and the keyboard works by itself. */
function filter(): Html {
  return html`<fieldset class="show">
    <legend>Show scenarios that have runs</legend>
    ${CHOICES.map(
      ([key, words], index) =>
        html`<label
          ><input type="radio" name="show" id="show-${key}" ${index === 0 && html`checked`} />
          ${words}</label
        > `,
    )}
  </fieldset>`;
}

function cell(runs: readonly MatrixRun[]): Html {
  if (runs.length === 0) return html`<td class="dim">not run</td> `;
  const worst = worstOf(runs);
  const tone = OUTCOME_TONES[worst];
  return html`<td class="cell-${tone}">
    <span class="tone-${tone}">${toneMark(tone)} ${wordsOf(runs, worst)}</span>
    ${timesHtml(runs)}${alarmsHtml(runs)}${reasonsOf(runs)}
  </td> `;
}

function wordsOf(runs: readonly MatrixRun[], worst: Outcome): string {
  if (runs.length === 1) return OUTCOME_WORDS[worst];
  return outcomeCounts(runs.map(({ outcome }) => outcome))
    .map(({ outcome, count }) => `${count} of ${runs.length} ${OUTCOME_WORDS[outcome]}`)
    .join(", ");
}

function timesHtml(runs: readonly MatrixRun[]): Html | undefined {
  const of = (values: readonly Us[]): string | undefined => {
    const found = distribution(values);
    return found === undefined ? undefined : formatSeconds(found.p50);
  };
  const moves = timesOf({ runs }, "address");
  const judged = runs.filter(isJudged).length;
  const moved = of(moves);
  const spells = runs.filter(isJudged).flatMap(({ withoutWrites }) => withoutWrites?.us ?? []);
  const outage = of(spells);
  if (judged === 0) return undefined;
  const some = (n: number): string => (n < judged ? ` (${n} of ${judged})` : "");
  const parts = [
    moved === undefined ? "VIP did not move" : `moved ${moved}${some(moves.length)}`,
    ...(outage === undefined ? [] : [`no writes ${outage}${some(spells.length)}`]),
  ];
  const style = moved === undefined && outage === undefined ? "dim" : "number";
  return html`<br /><span class="${style}">${parts.join(", ")}</span>`;
}

/** Declared or not. */
function alarmsHtml(runs: readonly MatrixRun[]): Html[] {
  return alarmWords(runs.map(({ alarms }) => alarms)).map(
    (words) => html`<br /><span class="tone-warn">${toneMark("warn")} ${words}</span>`,
  );
}

/** Skipped is no verdict, and why is the only thing to say; each reason once. */
function reasonsOf(runs: readonly MatrixRun[]): Html[] {
  const reasons = runs
    .filter(({ outcome }) => outcome === "skipped")
    .map(({ reason }) => reason.replace(/^skipped: /, ""));
  return [...new Set(reasons)].map((reason) => html`<br /><span class="dim">${reason}</span>`);
}
