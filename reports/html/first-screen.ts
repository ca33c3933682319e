/**
 * The first screen: what happened, in the order in which people ask, in words for someone who has never
 * seen the tool. No names of checkers; every term comes with its meaning.
 */
import { formatSeconds } from "../../harness/core/time.ts";
import { failoverAnswer, faultsInWords, firstFault, outageAnswer, type Answer } from "./answers.ts";
import { holdersAnswer, lostAnswer } from "./answers-safety.ts";
import type { ReportedRun } from "../reported.ts";
import { isJudged } from "../timing-runs.ts";
import { versionWords } from "../facts-of-run.ts";
import { html, type Html } from "./html.ts";
import { badge, toneMark } from "./marks.ts";
import { timeBar } from "./time-bar.ts";
import { timeWent } from "./time-went.ts";
import { isAnswered, verdictWords, type VerdictWords } from "./verdict.ts";

/** What the advice comes to in one line; the section below has the rest. */
export interface AdviceLine {
  readonly title: string;
  readonly detail?: string;
  readonly count: number;
}

export interface FirstScreenOptions {
  readonly advice?: AdviceLine;
  /** Where the skip link leads, and what the page offers. */
  readonly sections: readonly { readonly id: string; readonly title: string }[];
}

export function firstScreen(run: ReportedRun, { advice, sections }: FirstScreenOptions): Html {
  const words = verdictWords(run);
  return html`<a class="skip" href="#${sections[0]?.id ?? "made-with"}">Skip to the details</a>
    ${
      run.record.simulated &&
      html`<p class="simulated-band"><strong>SIMULATED</strong>: computed, not measured.</p>`
    }
    ${titleBlock(run)} ${verdictBlock(run, words)}
    ${isAnswered(run.result) && answersBlock(run, advice)}
    ${!saysWhyFirst(run) && words.points.length > 0 && declaredBlock(words)} ${glossary()}
    <nav aria-label="On this page">
      <ul class="contents">
        ${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li> `)}
      </ul>
    </nav>`;
}

function titleBlock(run: ReportedRun): Html {
  const { record } = run;
  const fault = firstFault(run);
  const place = [
    record.simulated ? "simulator" : record.backend,
    record.image,
    ...versionWords(record.versions),
  ].join(" · ");
  const [day = "", time = ""] = record.startedAt.split("T");
  return html`<p class="over">
      <span class="tool">vipdrill</span> failover drill <strong>${record.scenario.name}</strong>
    </p>
    <h1>${record.scenario.title}</h1>
    ${
      fault !== undefined &&
      html`<p class="under">What was done: <strong>${faultsInWords(run)}</strong></p>`
    }
    <p class="meta">${place} · ${day} ${time.slice(0, 5)} UTC</p>`;
}

/** Without a verdict the first thing to say is why. */
function saysWhyFirst({ result }: ReportedRun): boolean {
  return !isJudged(result);
}

function verdictBlock(run: ReportedRun, words: VerdictWords): Html {
  const { outcome } = run.result;
  return html`<div class="verdict">
    <p class="lead">${badge(outcome)} <span>${words.lead}</span></p>
    ${alarms(run)} ${saysWhyFirst(run) && pointList(words)}
    ${
      words.unknown !== undefined &&
      html`<p><strong>Not known:</strong> ${words.unknown.what}</p>
        <p>
          <strong>What to do:</strong> ${words.unknown.toDo}<br />The same again:
          <code class="path">${run.record.replay}</code>
        </p>`
    }
  </div>`;
}

/** What must not be passed over, whether it was declared or not. */
function alarms(run: ReportedRun): Html | undefined {
  if (!isAnswered(run.result)) return undefined;
  const lines = [holdersAnswer(run), lostAnswer(run)].flatMap(({ alarm }) =>
    alarm === undefined ? [] : [alarm],
  );
  return lines.length === 0
    ? undefined
    : html`<ul class="alarms">
        ${lines.map((line) => html`<li>${toneMark("bad")} <strong>${line}</strong></li> `)}
      </ul>`;
}

function declaredBlock(words: VerdictWords): Html {
  return html`<section class="declared" aria-labelledby="declared-title">
    <h2 id="declared-title">What this drill declares, and what came</h2>
    ${pointList(words)}
  </section>`;
}

function pointList({ points }: VerdictWords): Html {
  return html`<ul class="points">
    ${points.map(
      ({ demanded, seen, because }) =>
        html`<li>
          <span class="demanded">${demanded}</span> <span>${seen}</span>
          ${because !== undefined && html`<span class="dim">Declared, because: ${because}</span>`}
        </li> `,
    )}
  </ul>`;
}

function answersBlock(run: ReportedRun, advice: AdviceLine | undefined): Html {
  const unproven = run.result.outcome === "inconclusive";
  const shown = (answer: Answer): Html => card(unproven ? unprovenOf(answer) : answer);
  return html`<div class="${unproven ? "answers unproven" : "answers"}">
    ${shown(failoverAnswer(run))} ${shown(outageAnswer(run))} ${timeCard(run)}
    ${shown(holdersAnswer(run))} ${shown(lostAnswer(run))} ${adviceCard(run, advice)}
  </div>`;
}

/** Nothing that is good in a void run is proven to be. */
function unprovenOf(answer: Answer): Answer {
  return answer.tone === "bad" ? answer : { ...answer, tone: "unknown" };
}

function card({ id, question, tone, big, words }: Answer): Html {
  return html`<section class="card card-${id} tone-${tone}" aria-labelledby="answer-${id}">
    <h2 id="answer-${id}">${question}</h2>
    <p class="big">${toneMark(tone)} <span>${unbroken(big)}</span></p>
    ${words.map((line) => html`<p>${unbroken(line)}</p> `)}
  </section>`;
}

/** A figure and its unit stay on one line. */
function unbroken(words: string): string {
  return words.replaceAll(/(\d) (s|ms|µs)\b/g, "$1\u00A0$2");
}

function timeCard(run: ReportedRun): Html {
  const went = timeWent(run);
  return html`<section class="card card-time" aria-labelledby="answer-time">
    <h2 id="answer-time">${went?.heading ?? "Where did the time go?"}</h2>
    ${
      went === undefined
        ? html`<p>Nothing to take apart: the VIP did not move and clients did not wait.</p>`
        : html`<p class="of">
              <strong>${formatSeconds(went.totalUs)}</strong> ${went.of}${
                run.record.simulated && html`, <strong>SIMULATED</strong>`
              }
            </p>
            ${timeBar(went, run.record.simulated)}`
    }
  </section>`;
}

function adviceCard(run: ReportedRun, advice: AdviceLine | undefined): Html {
  const nothing =
    run.result.outcome === "inconclusive"
      ? "A run that proves nothing is no ground for advice."
      : "Nothing in the configuration stands out for what was seen in this run.";
  return html`<section class="card card-change tone-info" aria-labelledby="answer-change">
    <h2 id="answer-change">What should be changed?</h2>
    ${
      advice === undefined
        ? html`<p class="big">${toneMark("info")} <span>No advice</span></p>
            <p>${nothing}</p>`
        : html`<p class="big advice-title">${advice.title}</p>
            ${advice.detail !== undefined && html`<p>${advice.detail}</p>`}
            <p>
              <a href="#advice"
                >${advice.count === 1 ? "Why, and what it costs" : `All ${advice.count}, and what each costs`}</a
              >
            </p>`
    }
  </section>`;
}

/** Closed at first: who knows the words need not see them. */
function glossary(): Html {
  const terms: readonly (readonly [string, string])[] = [
    [
      "VIP",
      "virtual IP address: the one address that clients connect to; a node has it or has not",
    ],
    ["holder, standby", "the node that has the VIP, and the one that would take it"],
    ["keepalived", "the program on each node that decides which node has the VIP"],
    ["VRRP advert", "what the holder says about once a second, so that the others know it lives"],
    ["priority", "the number in an advert: the highest wins; 0 means: I give up"],
    ["gratuitous ARP", "an announcement to the network: this address is at this network card now"],
    ["split brain", "two nodes have the VIP at once"],
    ["acknowledged write", "a write of which the server told the client that it is done"],
    ["fault", "what the drill breaks on purpose; all times count from it"],
  ];
  return html`<details class="glossary">
    <summary>The words used here</summary>
    <dl>
      ${terms.map(
        ([term, means]) =>
          html`<div>
            <dt>${term}</dt>
            <dd>${means}</dd>
          </div> `,
      )}
    </dl>
  </details>`;
}
