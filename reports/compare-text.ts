/** A comparison as text and Markdown: what changed first, what did not in a line. */
import type { Us } from "../harness/core/time.ts";
import { ALPHA, changeOf, type Change } from "../harness/timing/two-sample.ts";
import {
  comparesNothing,
  isComparable,
  type GroupComparison,
  type MetricComparison,
  type RunComparison,
} from "./compare.ts";
import type { Style } from "./layout.ts";
import { METRIC_WORDS } from "./timing-runs.ts";
import { consoleOf, markdownOf, type Block, type Entry } from "./timing-table.ts";
import { counted, signedSeconds } from "./units.ts";
import {
  VERDICT_WORDS,
  changeWords,
  leastP,
  methodOf,
  nameOf,
  quietWords,
  remarksOf,
  seconds,
  signed,
  unjudgedWords,
  verdictWords,
  world,
} from "./compare-words.ts";

/** Ends with a new line. */
export function renderComparisonConsole(
  comparison: RunComparison,
  { colour }: { readonly colour: boolean },
): string {
  return consoleOf(blocksOf(comparison), { colour });
}

/** Ends with a new line. */
export function renderComparisonMarkdown(comparison: RunComparison): string {
  return markdownOf("Compared with the baseline", blocksOf(comparison));
}

const CHANGE_STYLES: Readonly<Record<Change, Style>> = {
  slower: "bad",
  faster: "good",
  small: "dim",
  same: "dim",
  "too-few": "dim",
};

/** The whole comparison in a sentence or two. */
export function summaryOf(comparison: RunComparison): string {
  const { groups } = comparison;
  const worse = groups.filter(({ verdict }) => verdict.regressed).length;
  const slower = groups.filter((group) => hasChange(group, "slower")).length;
  const mixed = groups.filter((group) => hasChange(group, "slower") && hasChange(group, "faster"));
  const isSlowerTold = comparison.regressed && slower > 0;
  // Told once: with what got slower, when that is told.
  const faster = groups.filter(
    (group) => hasChange(group, "faster") && !(isSlowerTold && mixed.includes(group)),
  ).length;
  const head = comparison.regressed
    ? `REGRESSION: ${[
        ...(worse === 0 ? [] : [`${counted(worse, "verdict")} got worse`]),
        ...(slower === 0
          ? []
          : [`${counted(slower, "scenario")} got slower${mixedWords(mixed.length, slower)}`]),
      ].join(", ")}`
    : comparesNothing(comparison)
      ? "NOTHING COMPARED: no scenario has runs with a verdict on both sides"
      : "No regression shown";
  return (
    `${head}${faster === 0 ? "" : `; ${counted(faster, "scenario")} got faster`}. ` +
    `${counted(comparison.now, "run")} against ${comparison.base} of the baseline, ` +
    `${counted(groups.length, "scenario")} in common (counted by image and backend).`
  );
}

function mixedWords(mixed: number, slower: number): string {
  if (mixed === 0) return "";
  const which = slower === 1 ? "" : `${mixed === slower ? "all" : mixed} of them `;
  return ` (${which}faster in another time)`;
}

function hasChange({ metrics }: GroupComparison, change: Change): boolean {
  return metrics.some((metric) => changeOf(metric) === change);
}

export interface ComparisonParts {
  readonly verdicts: readonly Block[];
  /** Changes in times, each told in full. */
  readonly groups: readonly {
    readonly group: GroupComparison;
    readonly blocks: readonly Block[];
  }[];
  readonly rest: readonly Block[];
}

export function partsOf(comparison: RunComparison): ComparisonParts {
  const { groups } = comparison;
  const quiet = groups.filter((group) => !isTold(group));
  return {
    verdicts: verdictBlocks(groups),
    groups: groups.filter(isTold).map((group) => ({ group, blocks: groupBlocks(group) })),
    rest: [
      ...quietBlocks(quiet),
      ...othersBlocks(comparison),
      ...list("How this was compared", methodOf(comparison)),
    ],
  };
}

/** So many scenarios with too few runs are told one by one. */
const FEW_TOLD_MAX = 10;

function quietBlocks(groups: readonly GroupComparison[]): Block[] {
  const unjudged = groups.filter((group) => !isComparable(group));
  const timed = groups.filter((group) => isComparable(group) && group.metrics.length > 0);
  const isAsked = ({ metrics }: GroupComparison): boolean =>
    metrics.some(({ middle }) => middle.p !== undefined);
  const few = timed.filter((group) => !isAsked(group));
  const told = few.length > FEW_TOLD_MAX ? timed.filter(isAsked) : timed;
  const still = groups.length - timed.length - unjudged.length;
  const without = list(
    "Nothing could be compared",
    unjudged.map((group) => `${nameOf(group)}: ${unjudgedWords(group)}`),
  );
  const shown = list("No difference in times shown", [
    ...told.map((group) => `${nameOf(group)}: ${quietWords(group)}`),
    ...(told.length === timed.length
      ? []
      : [
          `${counted(few.length, "scenario")} with too few runs (n = ${fewest(few)} at most): no difference however large ` +
            "could be told from chance",
        ]),
    ...(still === 0 ? [] : [`${counted(still, "scenario")} with nothing to time in any run`]),
  ]);
  return [...without, ...shown];
}

/** The most runs that any of them has on its smaller side. */
function fewest(groups: readonly GroupComparison[]): number {
  const sides = groups.flatMap(({ metrics }) =>
    metrics.map(({ base, now }) => Math.min(base?.n ?? 0, now?.n ?? 0)),
  );
  return Math.max(0, ...sides);
}

function blocksOf(comparison: RunComparison): Block[] {
  const { verdicts, groups, rest } = partsOf(comparison);
  return [
    { kind: "words", text: summaryOf(comparison) },
    { kind: "heading", text: "Verdicts" },
    ...verdicts,
    ...groups.flatMap(({ group, blocks }): Block[] => [
      {
        kind: "heading",
        text: `${nameOf(group)}: ${group.now.judged} against ${group.base.judged}`,
      },
      ...blocks,
    ]),
    ...rest,
  ];
}

/** Significant differences are told in full. */
function isTold(group: GroupComparison): boolean {
  return (["slower", "faster", "small"] as const).some((change) => hasChange(group, change));
}

function verdictBlocks(groups: readonly GroupComparison[]): Block[] {
  const changed = groups.filter(({ verdict }) => verdict.change !== "unchanged");
  const none = groups.filter((group) => !changed.includes(group) && !isComparable(group)).length;
  const same = groups.length - changed.length - none;
  const unknown: Block[] =
    none === 0
      ? []
      : [
          {
            kind: "words",
            text: `Nothing to compare in ${counted(none, "scenario")}: no verdicts.`,
          },
        ];
  if (changed.length === 0) {
    const words = { kind: "words", text: `No change in ${counted(same, "scenario")}.` } as const;
    return same === 0 && none > 0 ? unknown : [words, ...unknown];
  }
  const rows = changed
    .toSorted((a, b) => Number(b.verdict.regressed) - Number(a.verdict.regressed))
    .map((group): Entry[] => [
      {
        text: VERDICT_WORDS[group.verdict.change],
        style: group.verdict.regressed ? "bad" : group.verdict.change === "fixed" ? "good" : "warn",
      },
      { text: nameOf(group) },
      { text: verdictWords(group) },
    ]);
  return [
    { kind: "table", heads: ["change", "scenario", "now against the baseline"], right: [], rows },
    ...(same === 0
      ? []
      : [{ kind: "words", text: `No change in ${counted(same, "other scenario")}.` } as const]),
    ...unknown,
  ];
}

const SHIFT = `shift (${100 * (1 - ALPHA)} % interval)`;

function groupBlocks(group: GroupComparison): Block[] {
  return [
    {
      kind: "table",
      heads: ["time", "n", "p50", "p95", SHIFT, "p", "difference"],
      right: [1, 2, 3, 4, 5],
      rows: group.metrics.map(metricCells),
    },
    { kind: "list", items: remarksOf(group) },
  ];
}

/** Label, n, p50, p95, shift, p, change. */
function metricCells(metric: MetricComparison): Entry[] {
  const { base, now, middle, tail } = metric;
  const change = changeOf(metric);
  const pair = (from: Us | undefined, to: Us | undefined): string =>
    `${seconds(from, metric.baseBounds).replace(/ s$/, "")} -> ${seconds(to, metric.nowBounds)}`;
  const interval =
    middle.interval === undefined
      ? ""
      : ` (${signed(middle.interval.low)} to ${signed(middle.interval.high)})`;
  const shift = middle.differenceUs === undefined ? "" : signedSeconds(middle.differenceUs);
  const enough = Math.min(base?.n ?? 0, now?.n ?? 0) >= tail.needs;
  return [
    { text: METRIC_WORDS[metric.metric] },
    { text: `${base?.n ?? 0}, ${now?.n ?? 0}` },
    { text: pair(base?.p50, now?.p50) },
    { text: enough ? pair(base?.p95, now?.p95) : "n too small" },
    { text: `${shift}${interval}` },
    { text: leastP(metric) },
    { text: changeWords(metric, change), style: CHANGE_STYLES[change] },
  ];
}

function list(text: string, items: readonly string[]): Block[] {
  if (items.length === 0) return [];
  return [
    { kind: "heading", text },
    { kind: "list", items },
  ];
}

function othersBlocks({ added, gone, otherWorld }: RunComparison): Block[] {
  return [
    ...list("New: not in the baseline", added.map(nameOf)),
    ...list("Gone: only in the baseline", gone.map(nameOf)),
    ...list(
      "Left out: one side is simulated, the other measured",
      otherWorld.map(
        ({ now, base }) =>
          `${now.scenario}, ${now.image}: ${world(now)} now, ${world(base)} in the baseline`,
      ),
    ),
  ];
}
