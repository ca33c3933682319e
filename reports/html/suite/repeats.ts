/** What was run more than once, as dots. */
import type { TimingReport } from "../../timing.ts";
import type { Section } from "../document.ts";
import { html } from "../html.ts";
import {
  distributionFigure,
  distributionLegend,
  type DistributionLine,
} from "./distribution-figure.ts";

/** Absent when nothing moved twice. */
export function repeatsSection({ rows }: TimingReport): Section | undefined {
  const families = Map.groupBy(
    rows.flatMap((row): (DistributionLine & { family: string })[] => {
      const values = row.metrics.find(({ metric }) => metric === "address")?.values ?? [];
      if (values.length < 2) return [];
      const { predicted, scenario, fault, image, backend, simulated } = row;
      return [
        {
          family: `${simulated ? "SIMULATED " : ""}${scenario.split("/")[0] ?? ""}`,
          label: scenario,
          detail: `${fault}; ${image}, ${backend}`,
          values,
          simulated,
          ...(predicted === undefined ? {} : { predicted }),
        },
      ];
    }),
    ({ family }) => family,
  );
  if (families.size === 0) return undefined;
  return {
    id: "repeats",
    title: "Until the VIP moved, over repeats",
    body: html`${distributionLegend([...families.values()].flat())}
    ${[...families].map(
      ([family, lines], index) =>
        html`<details ${index === 0 && html`open`}>
          <summary>${family}</summary>
          ${distributionFigure({
            id: `repeats-${index}`,
            title: `Until the VIP moved: ${family}`,
            lines,
          })}
        </details> `,
    )}`,
  };
}
