/** What the programs themselves logged around the hand-over. */
import { seconds, type Us } from "../../harness/core/time.ts";
import { only } from "../../harness/history/events.ts";
import type { ReportedRun } from "../reported.ts";
import { signedSeconds } from "../units.ts";
import { firstFault, mainOutage } from "./answers.ts";
import type { Section } from "./document.ts";
import { html } from "./html.ts";
import { wide } from "./marks.ts";

/** The rest is in the time line. */
const LINES_MAX = 80;

const BEFORE_US: Us = seconds(1);
const AFTER_US: Us = seconds(2);

/** Absent when nothing was disturbed or nothing was logged. */
export function logSection(run: ReportedRun): Section | undefined {
  const fault = firstFault(run);
  if (fault === undefined) return undefined;
  const zeroUs = run.result.failover?.faultUs ?? fault.tUs;
  const stages = Object.values(run.result.failover?.stages ?? {}).map((mark) => mark.tUs);
  const endUs = Math.max(zeroUs, mainOutage(run)?.endUs ?? 0, ...stages) + AFTER_US;
  const lines = only(run.events, "log").filter(
    (event) => event.tUs >= zeroUs - BEFORE_US && event.tUs <= endUs,
  );
  if (lines.length === 0) return undefined;
  const shown = lines.slice(0, LINES_MAX);
  const left = lines.length - shown.length;
  return {
    id: "log",
    title: `What was logged around the ${run.result.failover === undefined ? "fault" : "hand-over"}`,
    body: html`<details>
      <summary>
        ${lines.length} lines, from a second before the fault until clients could write
        again${left > 0 && `; the first ${LINES_MAX} are shown`}
      </summary>
      ${wide(
        "Log lines",
        html`<table class="log">
          <caption>
            Log lines, seconds from the fault
          </caption>
          <thead>
            <tr>
              <th scope="col" class="number">Time</th>
              <th scope="col">Node</th>
              <th scope="col">Program</th>
              <th scope="col">Line</th>
            </tr>
          </thead>
          <tbody>
            ${shown.map(
              ({ tUs, seq, node, program, text }) =>
                html`<tr>
                  <td class="number">
                    <a class="event" href="#event-${seq}">${signedSeconds(tUs - zeroUs)}</a>
                  </td>
                  <td>${node}</td>
                  <td>${program}</td>
                  <td><code>${text}</code></td>
                </tr> `,
            )}
          </tbody>
        </table>`,
      )}
    </details>`,
  };
}
