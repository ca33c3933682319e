/** Where clients stopped getting writes through, and where they could again. */
import { formatSeconds } from "../harness/core/time.ts";
import { phaseSpan } from "../harness/history/queries.ts";
import { LANE_WORDS, outagesOf, type Outage } from "./clients.ts";
import type { ReportedRun } from "./reported.ts";
import type { Fact } from "./timeline-fact.ts";
import { counted } from "./units.ts";

export function clientEntries(run: ReportedRun): Fact[] {
  const disturb = phaseSpan(run.events, "disturb");
  const startSeq = run.events.find((event) => event.tUs === disturb?.startUs)?.seq ?? 0;
  return outagesOf(run).flatMap((outage) => [begin(outage, startSeq), ...end(outage)]);
}

function begin(outage: Outage, startSeq: number): Fact {
  const spell = formatSeconds(outage.endUs - outage.startUs);
  const until =
    outage.first === undefined ? `none until the load ended, ${spell}` : `none for ${spell}`;
  const text =
    outage.last === undefined
      ? `no write acknowledged yet; ${until}: ${troubles(outage)}`
      : `last acknowledged write${by(outage.last.node)}, then ${until}: ${troubles(outage)}`;
  const seq = outage.last?.seq ?? startSeq;
  return { tUs: outage.startUs, seq, lane: laneName(outage), text, tone: "bad" };
}

function end(outage: Outage): Fact[] {
  if (outage.first === undefined) return [];
  const { tUs, seq, node } = outage.first;
  const text = `writes acknowledged again${by(node)}, after ${formatSeconds(outage.endUs - outage.startUs)}`;
  return [{ tUs, seq, lane: laneName(outage), text, tone: "good" }];
}

function troubles({ failed, unknown }: Outage): string {
  const refused = `${counted(failed, "operation")} failed`;
  return unknown === 0 ? refused : `${refused}, ${unknown} with unknown outcome`;
}

function by(node: string | undefined): string {
  return node === undefined ? "" : ` by ${node}`;
}

/** Short enough for a column. */
function laneName({ lane }: Outage): string {
  return LANE_WORDS[lane];
}
