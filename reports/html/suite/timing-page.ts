/** The failover timing report as a page: figures by topology, then the table, then the method. */
import { formatSeconds, type Us } from "../../../harness/core/time.ts";
import {
  hasFew,
  NO_VERDICTS,
  p95Words,
  withoutVerdict,
  type TimingReport,
  type TimingRow,
} from "../../timing.ts";
import { isJudged, MAIN_METRICS, METRIC_WORDS, type Metric } from "../../timing-runs.ts";
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
  return {
    title: "Failover times",
    head: html`${simulatedBand(simulated, runs.length)}
      <h1>Failover times</h1>
      <p class="lead">
        ${rows.length === 0 && runs.length > 0 && !runs.some(isJudged) && NO_VERDICTS}
        ${counted(moved, "failover")} of ${counted(rows.length, "scenario")}, counted by image and
        backend. ${worstWords(rows)}
      </p>`,
    sections: [
      ...topologySections(rows),
      ...unjudgedSections(report),
      ...(unmoved.length === 0
        ? []
        : [
            {
              id: "unmoved",
              title: "Where nothing moved",
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
    const found = row.metrics.find(({ metric }) => metric === "outage");
    return found === undefined ? [] : [{ row, us: found.distribution.p50 }];
  });
  const [least] = medians.toSorted((a, b) => a.us - b.us);
  const most = medians.toSorted((a, b) => b.us - a.us)[0];
  if (least === undefined || most === undefined) return "";
  const words = ({ row, us }: { row: TimingRow; us: Us }): string =>
    `${formatSeconds(us)} (${row.scenario}, ${row.image})`;
  return medians.length === 1
    ? `Clients paused at the move for ${words(most)} in the median.`
    : `Medians of the pause of clients at the move go from ${words(least)} to ${words(most)}.`;
}

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
      body: html`${figureOf(mine, "address", { id: `topology-${index}-moved`, open })}
      ${figureOf(mine, "outage", { id: `topology-${index}-outage`, open })}
      ${distributionLegend(linesOf(mine, "address"))}
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
    const values = row.metrics.find((item) => item.metric === metric)?.values;
    if (values === undefined) return [];
    return [
      {
        label: row.scenario,
        detail: `${row.fault}; ${row.image}, ${row.backend}`,
        values,
        simulated: row.simulated,
        ...(metric === "address" && row.predicted !== undefined
          ? { predicted: row.predicted }
          : {}),
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
            ? html`<th scope="col">after the fault</th> `
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
          ${MAIN_METRICS.map((metric) => figuresRow(row, metric))}
        </tbody> `,
    )}
  </table>`;
}

function figuresRow(row: TimingRow, metric: Metric): Html | undefined {
  const found = row.metrics.find((item) => item.metric === metric)?.distribution;
  if (found === undefined) return undefined;
  const { tally, predicted, inside } = row;
  const isMove = metric === "address";
  const cells = [
    String(found.n),
    formatSeconds(found.min),
    formatSeconds(found.p50),
    p95Words(found),
    formatSeconds(found.max),
    isMove && predicted !== undefined
      ? `${formatSeconds(predicted.minUs)} to ${formatSeconds(predicted.maxUs)}`
      : "",
    isMove && inside.of > 0 ? `${inside.inside} of ${inside.of}` : "",
    isMove ? `${tally.noisy} of ${tally.moved}` : "",
  ];
  return html`<tr>
    <td>${METRIC_WORDS[metric]}</td>
    ${cells.map((cell) => html`<td class="number">${cell}</td> `)}
  </tr> `;
}
