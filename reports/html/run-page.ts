/** The page of one run: first what happened, in plain words; below it everything down to the packet. */
import { adviceOf, type Advice } from "../advice.ts";
import type { ReportedRun } from "../reported.ts";
import { adviceSection } from "./advice-section.ts";
import { sentence } from "./answers-safety.ts";
import { clientsSection } from "./clients-section.ts";
import type { Page, Section } from "./document.ts";
import { findingsSection } from "./findings-section.ts";
import { firstScreen, type FirstScreenOptions } from "./first-screen.ts";
import { pageFoot } from "./foot.ts";
import { html } from "./html.ts";
import { logSection } from "./log-section.ts";
import { madeWithSection } from "./made-with.ts";
import { OUTCOME_LABELS } from "./marks.ts";
import { sequenceSection } from "./sequence-figure.ts";
import { timelineSection } from "./timeline/section.ts";
import { waterfallSection } from "./waterfall-figure.ts";

export function runPage(run: ReportedRun): Page {
  const { record, result } = run;
  const sections = [
    adviceSection(run),
    timelineSection(run),
    waterfallSection(run),
    sequenceSection(run),
    findingsSection(run),
    clientsSection(run),
    logSection(run),
    madeWithSection(run),
  ].filter((section): section is Section => section !== undefined);
  const mark = record.simulated ? "SIMULATED " : "";
  return {
    title: `${mark}${OUTCOME_LABELS[result.outcome]}: ${record.scenario.name}`,
    head: firstScreen(run, { sections, ...firstAdvice(run) }),
    sections,
    foot: pageFoot(
      html`of run ${record.runId}, started ${record.startedAt}, seed ${record.seed}.
      ${record.simulated && html`<strong>SIMULATED: computed, not measured.</strong>`}`,
    ),
  };
}

/** The weightiest, in one line; the section has all. */
function firstAdvice(run: ReportedRun): Pick<FirstScreenOptions, "advice"> {
  const advice = adviceOf(run);
  const [first] = advice;
  if (first === undefined) return {};
  const { title, suggestion } = first;
  return {
    advice:
      suggestion === undefined
        ? { title: sentence(title), detail: withoutRemedy(advice), count: advice.length }
        : {
            title: sentence(suggestion),
            detail: sentence(`What it is about: ${title}`),
            count: advice.length,
          },
  };
}

/** Never the problem alone: what else can be done in this run, or that nothing is known. */
function withoutRemedy(advice: readonly Advice[]): string {
  const next = advice.find(({ suggestion }) => suggestion !== undefined);
  return next?.suggestion === undefined
    ? "No setting is known here that would have helped; what happened and why is said below."
    : `No setting is known here that would have helped against that. What can be changed: ${sentence(next.suggestion)}`;
}
