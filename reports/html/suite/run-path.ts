/** Where a run is kept, and a link to its page where it has one. */
import type { ReportedRun } from "../../reported.ts";
import { html, type Html } from "../html.ts";

/** Address of the run's own page, from the page that is being made; absent: it has none. */
export type LinkTo = (run: ReportedRun) => string | undefined;

export function runPath(run: ReportedRun, linkTo: LinkTo, style: string = ""): Html {
  const address = linkTo(run);
  const path = html`<code class="${style}">${run.path}</code>`;
  return address === undefined ? path : html`<a href="${address}">${path}</a>`;
}
