/** The failover as a table of stages, with what the timers allow in words below it. */
import { formatSeconds, type Us } from "../../harness/core/time.ts";
import { formatMilliseconds, formatResolution, signedSeconds } from "../units.ts";
import type { Waterfall } from "../waterfall.ts";
import { html, type Html } from "./html.ts";

/** The figure's bars in figures. */
export function stageTable(waterfall: Waterfall): Html {
  const { rows, faultTookUs, fault, faultEvent, oldHolder, from, outage } = waterfall;
  const took = faultTookUs === undefined ? "" : formatMilliseconds(faultTookUs);
  return html`<table>
    <caption>
      The same in figures: when each stage was reached, and what proves it
    </caption>
    <thead>
      <tr>
        <th scope="col">Stage</th>
        <th scope="col" class="number">After the fault</th>
        <th scope="col" class="number">Step</th>
        <th scope="col" class="number">Good to</th>
        <th scope="col">Seen by</th>
      </tr>
    </thead>
    <tbody>
      ${tableRow("fault", formatSeconds(0), "", took, fault, faultEvent)}
      ${rows.map((row) =>
        row.atUs === undefined
          ? tableRow(row.label, "not seen", "", "", "", undefined)
          : tableRow(
              row.label,
              signedSeconds(row.atUs),
              stepWords(row.stepUs ?? 0),
              formatResolution(row.resolutionUs),
              row.proof,
              row.event,
            ),
      )}
      ${oldHolder.map((row) =>
        tableRow(
          `${from}: ${row.label}`,
          row.atUs === undefined ? "not seen" : signedSeconds(row.atUs),
          "",
          "",
          row.note ?? "",
          row.event,
        ),
      )}
      ${
        outage !== undefined &&
        tableRow(
          "pause at the move",
          formatSeconds(outage.durationUs),
          "",
          formatResolution(outage.resolutionUs),
          `last at ${signedSeconds(outage.lastOkUs)}, next at ${signedSeconds(outage.firstOkUs)}`,
          undefined,
        )
      }
    </tbody>
  </table>`;
}

/** The address and its announcement may come in either order; a tenth of a millisecond is no order. */
function stepWords(stepUs: Us): string {
  return formatMilliseconds(stepUs).replace(/^-(0\.0 )/, "$1");
}

function tableRow(
  label: string,
  at: string,
  step: string,
  goodTo: string,
  proof: string,
  event: number | undefined,
): Html {
  const link = event !== undefined && html` <a class="event" href="#event-${event}">#${event}</a>`;
  return html`<tr>
    <th scope="row">${label}</th>
    <td class="number">${at}</td>
    <td class="number">${step}</td>
    <td class="number">${goodTo}</td>
    <td>${proof}${link}</td>
  </tr> `;
}

export function predictedWords({ predicted }: Waterfall): Html {
  if (predicted === undefined) {
    return html`<p class="dim">
      There is no formula for this kind of failure: nothing is predicted.
    </p>`;
  }
  const said =
    predicted.movedUs === undefined
      ? "the VIP was not seen on the new holder"
      : `${formatSeconds(predicted.movedUs)} is ${predicted.inside === true ? "inside" : "OUTSIDE"}`;
  return html`<p>
    <strong>Predicted</strong> from the settings alone: VIP added ${formatSeconds(predicted.minUs)}
    to ${formatSeconds(predicted.maxUs)} after the fault; ${said}.
    <span class="dim">= ${[predicted.formula, ...predicted.legend].join("; ")}</span>
  </p>`;
}
