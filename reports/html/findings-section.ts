/** What was demanded, what came, and the events that prove it. */
import { findingRows, type FindingRow, type Standing } from "../findings.ts";
import type { ReportedRun } from "../reported.ts";
import { sentence } from "./answers-safety.ts";
import type { Section } from "./document.ts";
import { html, type Html } from "./html.ts";
import { evidenceLinks, toneMark, wide, type Tone } from "./marks.ts";
import { promiseOf } from "./verdict.ts";

const STANDING_TONES: Readonly<Record<Standing, Tone>> = {
  fine: "good",
  declared: "info",
  unexpected: "bad",
  unclear: "unknown",
};

export function findingsSection(run: ReportedRun): Section | undefined {
  const rows = findingRows(run);
  if (rows.length === 0) return undefined;
  const preconditions = rows.filter((row) => row.role === "precondition");
  const broken = preconditions.filter((row) => row.standing !== "fine");
  const met = preconditions.filter((row) => row.standing === "fine");
  const expectations = rows.filter((row) => row.role === "expectation");
  const shown = [...broken, ...expectations];
  return {
    id: "findings",
    title: "Findings",
    body: html`${
      shown.length > 0 &&
      wide("Findings", table("What this drill demands, and what came of it", shown))
    }
    ${
      met.length > 0 &&
      html`<details>
        <summary>${met.length} preconditions are met: without them a run proves nothing</summary>
        ${wide("Preconditions", table("Preconditions", met))}
      </details>`
    }`,
  };
}

function table(caption: string, rows: readonly FindingRow[]): Html {
  return html`<table class="findings">
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">How it stands</th>
        <th scope="col">Demanded</th>
        <th scope="col">What came</th>
        <th scope="col">Proof</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            <th scope="row" class="nowrap">
              ${toneMark(STANDING_TONES[row.standing])} ${row.words}
            </th>
            <td>${demanded(row)}<br /><code class="dim">${row.checker}</code></td>
            <td>
              ${sentence(row.reason)}
              ${
                row.because !== undefined &&
                html`<br /><span class="dim">Declared, because: ${sentence(row.because)}</span>`
              }
            </td>
            <td>${evidenceLinks(row.evidence)}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;
}

function demanded({ checker, declared }: FindingRow): string {
  const promise = promiseOf(checker);
  return declared === "pass" ? promise : `That this does NOT hold: ${promise}`;
}
