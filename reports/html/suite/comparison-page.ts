/** A comparison as a page: the answer, verdicts, then each change with its dots before and after. */
import type { Bounded } from "../../../harness/timing/bounds.ts";
import { comparesNothing, type GroupComparison, type RunComparison } from "../../compare.ts";
import { partsOf, summaryOf } from "../../compare-text.ts";
import { metricOfChange, nameOf } from "../../compare-words.ts";
import { METRIC_WORDS } from "../../timing-runs.ts";
import type { Block } from "../../timing-table.ts";
import { counted } from "../../units.ts";
import type { Page, Section } from "../document.ts";
import { pageFoot } from "../foot.ts";
import { html, type Html } from "../html.ts";
import { toneMark, type Tone } from "../marks.ts";
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
      <p class="lead">${toneMark(toneOf(comparison))} ${summaryOf(comparison)}</p>`,
    sections: [
      { id: "verdicts", title: "Verdicts", body: html`${verdicts.map(blockHtml)}` },
      ...changeSections(groups),
      ...sectionsOf(rest),
    ],
    foot: pageFoot(
      html`of ${counted(comparison.now, "run")} against ${comparison.base} of the baseline.`,
    ),
  };
}

function toneOf(comparison: RunComparison): Tone {
  if (comparison.regressed) return "bad";
  return comparesNothing(comparison) ? "unknown" : "good";
}

/** So many are looked through; whoever wants others opens them by name. */
const OPEN_MAX = 25;

type Told = ReturnType<typeof partsOf>["groups"][number];

function changeSections(groups: readonly Told[]): Section[] {
  const worstFirst = groups.toSorted(
    (a, b) => Number(b.group.regressed) - Number(a.group.regressed),
  );
  const told = worstFirst.map(({ group, blocks }, index) => {
    const id = `change-${index}`;
    const body = html`${figureOf(group, `${id}-figure`)} ${blocks.map(blockHtml)}`;
    return { id, title: nameOf(group), body, regressed: group.regressed };
  });
  const more = told.slice(OPEN_MAX);
  const open = told.slice(0, OPEN_MAX).map(({ id, title, body }): Section => ({ id, title, body }));
  if (more.length === 0) return open;
  return [
    ...open,
    {
      id: "more-changes",
      title: `${counted(more.length, "more scenario")} with a difference in times`,
      body: html`${more.map(
        ({ title, body, regressed }) =>
          html`<details>
            <summary>
              ${regressed && toneMark("bad")} ${title}${regressed && ": regression"}
            </summary>
            ${body}
          </details> `,
      )}`,
    },
  ];
}

/** Before and after, on one axis, of the time that tells the change best. */
function figureOf(group: GroupComparison, id: string): Html | undefined {
  const metric = metricOfChange(group);
  if (metric === undefined) return undefined;
  const line = (label: string, sample: readonly Bounded[]): DistributionLine => ({
    label,
    detail: METRIC_WORDS[metric.metric],
    values: sample.map(({ us }) => us),
    sample,
    simulated: group.simulated,
  });
  const lines = [line("baseline", metric.baseSample), line("now", metric.nowSample)];
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
