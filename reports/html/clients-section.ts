/** What clients went through: every spell without writes, and how all operations ended. */
import { compareText } from "../../harness/core/text.ts";
import { formatSeconds } from "../../harness/core/time.ts";
import { only } from "../../harness/history/events.ts";
import { LANE_WORDS, longestFirst, outagesOf, type Acknowledged } from "../clients.ts";
import type { ReportedRun } from "../reported.ts";
import { servedBy, servedByWords } from "../served-by.ts";
import { signedSeconds } from "../units.ts";
import { zeroOf } from "./answers.ts";
import type { Section } from "./document.ts";
import { html, type Html } from "./html.ts";
import { wide } from "./marks.ts";

/** A flapping cluster has hundreds of spells; the longest are of interest. */
const SPELLS_MAX = 40;

export function clientsSection(run: ReportedRun): Section | undefined {
  const operations = operationTable(run);
  if (operations === undefined) return undefined;
  const served = servedBy(run.events);
  return {
    id: "clients",
    title: "What clients went through",
    body: html`${spellTable(run)} ${operations}
    ${served !== undefined && html`<p>Answered by: ${servedByWords(served)}</p>`}`,
  };
}

function spellTable(run: ReportedRun): Html {
  const spells = outagesOf(run);
  if (spells.length === 0)
    return html`<p>There was no spell without acknowledged writes worth the name.</p>`;
  const { tUs: zeroUs, words: zero } = zeroOf(run);
  const longest = spells
    .toSorted(longestFirst)
    .slice(0, SPELLS_MAX)
    .sort((a, b) => a.startUs - b.startUs);
  const left = spells.length - longest.length;
  return html`${wide(
    "Spells without writes",
    html`<table>
      <caption>
        Spells without an acknowledged write, counted from
        ${zero}${left > 0 && `; ${left} shorter ones are left out`}
      </caption>
      <thead>
        <tr>
          <th scope="col">Clients</th>
          <th scope="col" class="number">Lasted</th>
          <th scope="col">Last write before</th>
          <th scope="col">First write after</th>
          <th scope="col" class="number">Failed</th>
          <th scope="col" class="number">Outcome unknown</th>
        </tr>
      </thead>
      <tbody>
        ${longest.map(
          (spell) =>
            html`<tr>
              <th scope="row">${LANE_WORDS[spell.lane]}</th>
              <td class="number">${formatSeconds(spell.endUs - spell.startUs)}</td>
              <td>${edge(spell.last, spell.startUs - zeroUs, "none before")}</td>
              <td>${edge(spell.first, spell.endUs - zeroUs, "none until the load ended")}</td>
              <td class="number">${spell.failed}</td>
              <td class="number">${spell.unknown}</td>
            </tr> `,
        )}
      </tbody>
    </table>`,
  )}`;
}

function edge(write: Acknowledged | undefined, fromZeroUs: number, none: string): Html {
  if (write === undefined) return html`${none} (${signedSeconds(fromZeroUs)})`;
  const by = write.node === undefined ? "" : ` by ${write.node}`;
  return html`<a class="event" href="#event-${write.seq}">${signedSeconds(fromZeroUs)}</a>${by}`;
}

interface Count {
  ok: number;
  failed: number;
  unknown: number;
}

/** Absent when clients never did anything. */
function operationTable({ events }: ReportedRun): Html | undefined {
  const ends = new Map(only(events, "complete").map((event) => [event.op, event.outcome]));
  const counts = new Map<string, Count>();
  for (const event of only(events, "invoke")) {
    const name = `${event.lane}\n${event.action}`;
    const count = counts.get(name) ?? { ok: 0, failed: 0, unknown: 0 };
    counts.set(name, count);
    const outcome = ends.get(event.op);
    if (outcome === "ok") count.ok += 1;
    else if (outcome === "failed") count.failed += 1;
    else count.unknown += 1;
  }
  if (counts.size === 0) return undefined;
  const rows = [...counts].sort(([a], [b]) => compareText(a, b));
  return wide(
    "Operations of clients",
    html`<table>
      <caption>
        All operations of the run, by how they ended for the client
      </caption>
      <thead>
        <tr>
          <th scope="col">Clients</th>
          <th scope="col">Operation</th>
          <th scope="col" class="number">Acknowledged</th>
          <th scope="col" class="number">Failed</th>
          <th scope="col" class="number">Outcome unknown</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(([name, { ok, failed, unknown }]) => {
          const [lane = "", action = ""] = name.split("\n");
          return html`<tr>
            <th scope="row">${laneWords(lane)}</th>
            <td>${action}</td>
            <td class="number">${ok}</td>
            <td class="number">${failed}</td>
            <td class="number">${unknown}</td>
          </tr> `;
        })}
      </tbody>
    </table>`,
  );
}

function laneWords(lane: string): string {
  return lane === "fresh" || lane === "held" ? LANE_WORDS[lane] : lane;
}
