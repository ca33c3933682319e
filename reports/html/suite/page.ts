/**
 * Many runs on one page: what came out in words, what was not expected in full, then scenario by image, then
 * distributions, then every run. Works without script; the choice of rows is CSS alone.
 */
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
import { matrixSection } from "./matrix.ts";
import { repeatsSection } from "./repeats.ts";
import { outcomeCounts } from "./outcomes.ts";
import { worstSection } from "./worst.ts";

export function suitePage(runs: readonly ReportedRun[]): Page {
  const simulated = runs.filter(({ record }) => record.simulated).length;
  const timed = runs.map(timedRunOf);
  const sections = [
    worstSection(runs),
    matrixSection(timed),
    repeatsSection(timingReport(timed)),
    allRuns(runs),
  ];
  return {
    title: `Failover drills: ${counted(runs.length, "run")}`,
    head: html`<a class="skip" href="#matrix">Skip to the scenarios</a>
      ${simulatedBand(simulated, runs.length)}
      <p class="over"><span class="tool">vipdrill</span> failover drills</p>
      <h1>${headOf(runs)}</h1>
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
    </ul>`;
}

/** Where each run is kept, by how it ended. */
function allRuns(runs: readonly ReportedRun[]): Section {
  const parts = outcomeCounts(runs.map(({ result }) => result.outcome)).map(
    ({ outcome, count }) =>
      html`<details>
        <summary>
          ${toneMark(OUTCOME_TONES[outcome])} ${counted(count, "run")} ${OUTCOME_WORDS[outcome]}
        </summary>
        <ul class="runs">
          ${runs.filter(({ result }) => result.outcome === outcome).map(runItem)}
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

function runItem(run: ReportedRun): Html {
  const head = headlineOf(run);
  const { image, seed } = run.record;
  return html`<li>
    <b>${head.simulated && "SIMULATED "}${head.name}</b> ${image}, seed ${seed}:
    ${head.story}${head.why !== undefined && `; ${shortWhy(run, head.why)}`}
    <code class="path">${run.path}</code>
  </li> `;
}
