/** A comparison as a page: the answer, verdicts, then each change with its dots before and after. */
import type { Us } from "../../../harness/core/time.ts";
import type { GroupComparison, RunComparison } from "../../compare.ts";
import { metricOfChange, nameOf, partsOf, summaryOf } from "../../compare-text.ts";
import { METRIC_WORDS } from "../../timing-runs.ts";
import type { Block } from "../../timing-table.ts";
import type { Page, Section } from "../document.ts";
import { html, type Html } from "../html.ts";
import { toneMark } from "../marks.ts";
import { blockHtml, simulatedBand } from "./blocks.ts";
import {
  distributionFigure,
  distributionLegend,
  type DistributionLine,
} from "./distribution-figure.ts";

export function comparisonPage(comparison: RunComparison): Page {
  const { verdicts, groups, rest } = partsOf(comparison);
  const simulated = comparison.groups.filter((group) => group.simulated).length;
  const isAll = simulated === comparison.groups.length;
  return {
    title: "Compared with the baseline",
    head: html`${simulated > 0 && isAll && simulatedBand(1, 1)}
      <h1>Compared with the baseline</h1>
      <p class="lead">
        ${toneMark(comparison.regressed ? "bad" : "good")} ${summaryOf(comparison)}
      </p>`,
    sections: [
      { id: "verdicts", title: "Verdicts", body: html`${verdicts.map(blockHtml)}` },
      ...groups.map(({ group, blocks }, index): Section => ({
        id: `change-${index}`,
        title: nameOf(group),
        body: html`${figureOf(group, `change-${index}-figure`)} ${blocks.map(blockHtml)}`,
      })),
      ...sectionsOf(rest),
    ],
  };
}

/** Before and after, on one axis, of the time that tells the change best. */
function figureOf(group: GroupComparison, id: string): Html | undefined {
  const metric = metricOfChange(group);
  if (metric === undefined) return undefined;
  const line = (label: string, values: readonly Us[]): DistributionLine => ({
    label,
    detail: METRIC_WORDS[metric.metric],
    values,
    simulated: group.simulated,
  });
  const lines = [line("baseline", metric.baseUs), line("now", metric.nowUs)];
  const title = `${METRIC_WORDS[metric.metric]}: baseline and now`;
  const drawing = distributionFigure({ id, title, lines });
  return drawing === undefined ? undefined : html`${drawing}${distributionLegend(lines)}`;
}

/** A heading and what stands below it become a section. */
function sectionsOf(blocks: readonly Block[]): Section[] {
  const starts = blocks.flatMap((block, index) =>
    block.kind === "heading" ? [{ block, index }] : [],
  );
  return starts.map(({ block, index }, place): Section => {
    const end = starts[place + 1]?.index ?? blocks.length;
    return {
      id: `part-${place}`,
      title: block.text,
      body: html`${blocks.slice(index + 1, end).map(blockHtml)}`,
    };
  });
}
