/**
 * Many runs on one page: what came out in words, what was not expected in full, then scenario by image, then
 * distributions, then every run. Works without script; the choice of rows is CSS alone.
 */
import { cutShortWords, type CutShort } from "../../cut-short.ts";
import { groupTimed, timedRunOf } from "../../timing-runs.ts";
import { headlineOf, OUTCOME_WORDS } from "../../headline.ts";
import { shortWhy } from "../../summary.ts";
import type { ReportedRun } from "../../reported.ts";
import { timingReport } from "../../timing.ts";
import { counted } from "../../units.ts";
import type { Page, Section } from "../document.ts";
import { runsFoot } from "../foot.ts";
import { html, type Html } from "../html.ts";
import { OUTCOME_TONES, toneMark } from "../marks.ts";
import { simulatedBand } from "./blocks.ts";
import { alarmsOf, alarmTotals } from "./alarms.ts";
import { runPath, type LinkTo } from "./run-path.ts";
import { matrixSection } from "./matrix.ts";
import { repeatsSection } from "./repeats.ts";
import { outcomeCounts } from "../../outcomes.ts";
import { worstSection } from "./worst.ts";

export interface SuiteOptions {
  /** Address of the run's own page from where this one is written; absent: it has none. */
  readonly linkTo?: LinkTo | undefined;
  /** Runs are missing because the command ended early. */
  readonly cutShort?: CutShort | undefined;
}

export function suitePage(
  runs: readonly ReportedRun[],
  { linkTo = () => undefined, cutShort }: SuiteOptions = {},
): Page {
  const simulated = runs.filter(({ record }) => record.simulated).length;
  const timed = runs.map((run) => ({ ...timedRunOf(run), alarms: alarmsOf(run) }));
  const sections = [
    worstSection(runs, linkTo),
    matrixSection(timed),
    repeatsSection(timingReport(timed)),
    allRuns(runs, linkTo),
  ];
  return {
    title: `Failover drills: ${counted(runs.length, "run")}`,
    head: html`<a class="skip" href="#matrix">Skip to the scenarios</a>
      ${simulatedBand(simulated, runs.length)}
      <p class="over"><span class="tool">vipdrill</span> failover drills</p>
      <h1>${headOf(runs)}</h1>
      ${
        cutShort !== undefined &&
        html`<p class="lead tone-bad">${toneMark("bad")} ${cutShortWords(cutShort)}</p>`
      }
      ${totals(runs, groupTimed(timed).length)}`,
    sections: sections.filter((section) => section !== undefined),
    foot: runsFoot(runs.map(({ record }) => record)),
  };
}

/** The answer first. */
function headOf(runs: readonly ReportedRun[]): string {
  const count = (outcome: ReportedRun["result"]["outcome"]): number =>
    runs.filter(({ result }) => result.outcome === outcome).length;
  const [bad, broken, empty] = [count("unexpected"), count("error"), count("inconclusive")];
  const good = count("as-expected");
  if (bad > 0) return `${counted(bad, "run")} of ${runs.length} not as expected`;
  if (good > 0 && broken + empty > 0) {
    return `Nothing unexpected in ${counted(runs.length, "run")}, but ${broken + empty} without a verdict`;
  }
  if (broken > 0) return `${counted(broken, "run")} of ${runs.length} broken: no result`;
  if (empty > 0) return `${counted(empty, "run")} of ${runs.length} void: no verdict`;
  if (good === 0) return "No run has a verdict: all were skipped";
  return good === runs.length
    ? `All ${counted(runs.length, "run")} as expected`
    : `${counted(good, "run")} as expected, the others skipped`;
}

function totals(runs: readonly ReportedRun[], groups: number): Html {
  const scenarios = new Set(runs.map(({ record }) => record.scenario.name)).size;
  const images = [...new Set(runs.map(({ record }) => record.image))].sort();
  const days = [...new Set(runs.map(({ record }) => record.startedAt.slice(0, 10)))].sort();
  const when = days.length > 1 ? `${days[0]} to ${days.at(-1)}` : (days[0] ?? "");
  return html`<p class="lead">
      ${counted(runs.length, "run")} of ${counted(scenarios, "scenario")} on
      ${images.join(", ")}${groups === runs.length ? "" : ", some more than once"}. ${when}
    </p>
    <ul class="totals">
      ${outcomeCounts(runs.map(({ result }) => result.outcome)).map(
        ({ outcome, count }) =>
          html`<li class="tone-${OUTCOME_TONES[outcome]}">
            ${toneMark(OUTCOME_TONES[outcome])} <b>${count}</b> ${OUTCOME_WORDS[outcome]}
          </li> `,
      )}
    </ul>
    ${declaredAlarms(runs)}`;
}

/** As expected is not harmless: a drill may declare a split brain. */
function declaredAlarms(runs: readonly ReportedRun[]): Html | undefined {
  const good = runs.filter(({ result }) => result.outcome === "as-expected");
  const parts = alarmTotals(good.map(alarmsOf));
  return parts.length === 0
    ? undefined
    : html`<p class="tone-warn">
        ${toneMark("warn")} Of the ${good.length} as expected ${parts.join(", ")}, as declared.
      </p>`;
}

/** Where each run is kept, by how it ended. */
function allRuns(runs: readonly ReportedRun[], linkTo: LinkTo): Section {
  const parts = outcomeCounts(runs.map(({ result }) => result.outcome)).map(
    ({ outcome, count }) =>
      html`<details>
        <summary>
          ${toneMark(OUTCOME_TONES[outcome])} ${counted(count, "run")} ${OUTCOME_WORDS[outcome]}
        </summary>
        <ul class="runs">
          ${runs.filter(({ result }) => result.outcome === outcome).map((run) => runItem(run, linkTo))}
        </ul>
      </details> `,
  );
  return {
    id: "runs",
    title: "Every run",
    body: html`<p class="dim">
        Each run directory holds the run's own record and history;
        <code>vipdrill report DIRECTORY --format html --output report.html</code> makes a page of
        it.
      </p>
      ${parts}`,
  };
}

function runItem(run: ReportedRun, linkTo: LinkTo): Html {
  const head = headlineOf(run);
  const { image, seed } = run.record;
  return html`<li>
    <b>${head.simulated && "SIMULATED "}${head.name}</b> ${image}, seed ${seed}:
    ${head.story}${head.why !== undefined && `; ${shortWhy(run, head.why)}`}
    ${runPath(run, linkTo, "path")}
  </li> `;
}
