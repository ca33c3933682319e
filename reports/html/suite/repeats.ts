/** What was run more than once, as dots. */
import { METRIC_WORDS, type Metric } from "../../timing-runs.ts";
import type { TimingReport, TimingRow } from "../../timing.ts";
import type { Section } from "../document.ts";
import { html } from "../html.ts";
import {
  distributionFigure,
  distributionLegend,
  type DistributionLine,
} from "./distribution-figure.ts";

/** The first that a scenario has twice: what it is about. */
const ABOUT: readonly Metric[] = ["address", "server-out", "without-writes"];

interface Repeated extends DistributionLine {
  readonly family: string;
}

/** Absent when nothing was timed twice. */
export function repeatsSection({ rows }: TimingReport): Section | undefined {
  const families = Map.groupBy(rows.flatMap(repeatedIn), ({ family }) => family);
  if (families.size === 0) return undefined;
  return {
    id: "repeats",
    title: "Times over repeats",
    body: html`${distributionLegend([...families.values()].flat())}
    ${[...families].map(
      ([family, lines], index) =>
        html`<details ${index === 0 && html`open`}>
          <summary>${family}</summary>
          ${distributionFigure({ id: `repeats-${index}`, title: family, lines })}
        </details> `,
    )}`,
  };
}

function repeatedIn(row: TimingRow): Repeated[] {
  const [times] = ABOUT.flatMap((metric) =>
    row.metrics.filter((item) => item.metric === metric && item.values.length > 1),
  );
  if (times === undefined) return [];
  const { scenario, fault, image, backend, simulated } = row;
  const { metric, values, sample, predicted } = times;
  const mark = simulated ? "SIMULATED " : "";
  return [
    {
      family: `${mark}${scenario.split("/")[0] ?? ""}: ${METRIC_WORDS[metric]}`,
      label: scenario,
      detail: `${fault}; ${image}, ${backend}`,
      values,
      sample,
      simulated,
      ...(predicted === undefined ? {} : { predicted }),
    },
  ];
}
