/** The failover timing report as a page: figures by topology, then the table, then the method. */
import { boundedSeconds } from "../../../harness/timing/bounds.ts";
import {
  allowedFigures,
  boundsWords,
  figuresOf,
  hasFew,
  NO_VERDICTS,
  withoutVerdict,
  type MetricTimes,
  type TimingReport,
  type TimingRow,
} from "../../timing.ts";
import { isJudged, METRIC_WORDS, TABLE_METRICS, type Metric } from "../../timing-runs.ts";
import { counted } from "../../units.ts";
import type { Page, Section } from "../document.ts";
import { runsFoot } from "../foot.ts";
import { html, type Html } from "../html.ts";
import { wide } from "../marks.ts";
import { simulatedBand } from "./blocks.ts";
import {
  distributionFigure,
  distributionLegend,
  endOf,
  type DistributionLine,
} from "./distribution-figure.ts";

export function timingPage(report: TimingReport): Page {
  const { rows, runs, unmoved, method } = report;
  const simulated = runs.filter((run) => run.simulated).length;
  const moved = rows.reduce((sum, { tally }) => sum + tally.moved, 0);
  const judged = rows.reduce((sum, { tally }) => sum + tally.judged, 0);
  return {
    title: "Failover times",
    head: html`${simulatedBand(simulated, runs.length)}
      <h1>Failover times</h1>
      <p class="lead">
        ${rows.length === 0 && runs.length > 0 && !runs.some(isJudged) && NO_VERDICTS}
        ${counted(rows.length, "scenario")}, counted by image and backend: the VIP moved in ${moved}
        of ${counted(judged, "run")} with a verdict. ${worstWords(rows)}
      </p>`,
    sections: [
      ...topologySections(rows),
      ...unjudgedSections(report),
      ...(unmoved.length === 0
        ? []
        : [
            {
              id: "unmoved",
              title: "Nothing to time",
              body: html`<ul class="notes">
                ${unmoved.map(
                  ({ scenario, image, simulated: computed }) =>
                    html`<li>${computed && "SIMULATED "}${scenario} (${image})</li> `,
                )}
              </ul>`,
            },
          ]),
      {
        id: "method",
        title: "Method",
        body: html`<ul class="notes">
          ${method.map((item) => html`<li>${item}</li> `)}
        </ul>`,
      },
    ],
    foot: runsFoot(runs),
  };
}

function unjudgedSections({ runs }: TimingReport): Section[] {
  const reasons = withoutVerdict(runs);
  if (reasons.length === 0) return [];
  const body = html`<ul class="notes">
    ${reasons.map((words) => html`<li>${words}</li> `)}
  </ul>`;
  return [{ id: "unjudged", title: "Left out: no verdict", body }];
}

function worstWords(rows: readonly TimingRow[]): string {
  const medians = rows.flatMap((row) => {
    const found = timesOf(row, "without-writes");
    return found === undefined ? [] : [{ row, us: found.distribution.p50, bounds: found.bounds }];
  });
  const [least] = medians.toSorted((a, b) => a.us - b.us);
  const most = medians.toSorted((a, b) => b.us - a.us)[0];
  if (least === undefined || most === undefined) return "";
  const words = ({ row, us, bounds }: typeof most): string =>
    `${boundedSeconds(us, bounds)} (${row.scenario}, ${row.image})`;
  return medians.length === 1
    ? `Clients were without writes for ${words(most)} in the median.`
    : `Medians of clients without writes go from ${words(least)} to ${words(most)}.`;
}

function timesOf({ metrics }: TimingRow, metric: Metric): MetricTimes | undefined {
  return metrics.find((item) => item.metric === metric);
}

/** One below the other, those that a topology has. */
const FIGURES: readonly Metric[] = ["address", "without-writes", "server-out"];

function topologySections(rows: readonly TimingRow[]): Section[] {
  const topologies = [...Map.groupBy(rows, (row) => JSON.stringify([row.simulated, row.topology]))];
  let before = 0;
  return topologies.map(([, mine], index): Section => {
    const open = Math.max(0, FIGURE_ROWS_MAX - before);
    before += mine.length;
    const first = mine[0];
    const name = `${first?.simulated === true ? "SIMULATED " : ""}${first?.topology ?? ""}`;
    return {
      id: `topology-${index}`,
      title: name,
      body: html`${FIGURES.map((metric) =>
        figureOf(mine, metric, { id: `topology-${index}-${metric}`, open }),
      )}
      ${distributionLegend(FIGURES.flatMap((metric) => linesOf(mine, metric)))}
      ${folded(wide(`Failover times of ${name}`, table(mine)), mine.length)}
      ${
        hasFew({ rows: mine }) &&
        html`<p class="dim">* fewer than 20 runs: their maximum, not a p95.</p>`
      }`,
    };
  });
}

/** A longer table is opened by whoever wants figures: the dots tell first. */
const ROWS_OPEN_MAX = 8;

function folded(body: Html, rows: number): Html {
  if (rows <= ROWS_OPEN_MAX) return body;
  return html`<details>
    <summary>Figures of all ${rows} as a table</summary>
    ${body}
  </details>`;
}

function linesOf(rows: readonly TimingRow[], metric: Metric): DistributionLine[] {
  return rows.flatMap((row): DistributionLine[] => {
    const times = timesOf(row, metric);
    if (times === undefined) return [];
    const { values, sample, predicted } = times;
    return [
      {
        label: row.scenario,
        detail: `${row.fault}; ${row.image}, ${row.backend}`,
        values,
        sample,
        simulated: row.simulated,
        ...(predicted === undefined ? {} : { predicted }),
      },
    ];
  });
}

/** So many lines of dots are looked through; the figures of what comes after them are opened by who wants them. */
const FIGURE_ROWS_MAX = 30;

function figureOf(
  rows: readonly TimingRow[],
  metric: Metric,
  { id, open }: { readonly id: string; readonly open: number },
): Html | undefined {
  const lines = linesOf(rows, metric);
  const title = METRIC_WORDS[metric];
  const untilUs = endOf(lines);
  const shown = distributionFigure({ id, title, lines: lines.slice(0, open), untilUs });
  const more = lines.slice(open);
  const hidden = distributionFigure({ id: `${id}-more`, title, lines: more, untilUs });
  if (shown === undefined && hidden === undefined) return undefined;
  return html`<h3>${title}</h3>
    ${shown}
    ${
      hidden !== undefined &&
      html`<details>
        <summary>
          ${title}: ${counted(more.length, shown === undefined ? "row" : "more row")}
        </summary>
        ${hidden}
      </details>`
    }`;
}

const HEADS = ["", "n", "min", "p50", "p95", "max", "allowed", "inside", "noisy"];

function table(rows: readonly TimingRow[]): Html {
  return html`<table class="times">
    <thead>
      <tr>
        ${HEADS.map((head, index) =>
          index === 0
            ? html`<th scope="col">time</th> `
            : html`<th scope="col" class="number">${head}</th> `,
        )}
      </tr>
    </thead>
    ${rows.map(
      (row) =>
        html`<tbody>
          <tr>
            <th scope="rowgroup" colspan="${HEADS.length}">
              ${row.simulated && "SIMULATED "}${row.scenario}
              <span class="dim"
                >${row.fault}; ${row.image}, ${row.backend}; VIP moved in ${row.tally.moved} of
                ${row.tally.judged}${row.versions.map((version) => `; ${version}`)}</span
              >
            </th>
          </tr>
          ${TABLE_METRICS.map((metric) => figuresRow(row, metric))}
        </tbody> `,
    )}
  </table>`;
}

function figuresRow(row: TimingRow, metric: Metric): Html | undefined {
  const times = timesOf(row, metric);
  if (times === undefined) return undefined;
  const { tally } = row;
  const bounds = boundsWords(times.bounds, times.distribution.n);
  const cells = [
    ...figuresOf(times),
    ...allowedFigures(times),
    metric === "address" ? `${tally.noisy} of ${tally.moved}` : "",
  ];
  return html`<tr>
    <td>
      ${METRIC_WORDS[metric]}${bounds !== undefined && html` <span class="dim">${bounds}</span>`}
    </td>
    ${cells.map((cell) => html`<td class="number">${cell}</td> `)}
  </tr> `;
}
