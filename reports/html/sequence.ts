/**
 * The hand-over as a sequence of messages: who said what to whom, from shortly before the fault until
 * clients could write again. What repeats itself is told once, with how often and how far apart.
 */
import type { Interval, Us } from "../../harness/core/time.ts";
import { only } from "../../harness/history/events.ts";
import { holdings, overlaps, type Holding } from "../../harness/history/queries.ts";
import { onlyRouter, type ResolvedTopology } from "../../harness/topology/resolve.ts";
import type { ReportedRun } from "../reported.ts";
import { firstFault, mainOutage } from "./answers.ts";
import { NETWORK } from "./sequence-messages.ts";
import { CLIENTS, draftsOf, type Draft, type SequenceRow } from "./sequence-rows.ts";

export interface Sequence {
  readonly zeroUs: Us;
  readonly participants: readonly string[];
  readonly rows: readonly SequenceRow[];
  /** Who had the VIP when. */
  readonly holdings: readonly Holding[];
  readonly span: Interval;
}

/** More than that nobody reads. */
export const ROWS_MAX = 40;

/** Absent where nothing was disturbed: adverts that go on as ever are no story. */
export function sequenceOf(run: ReportedRun): Sequence | undefined {
  const { topology } = run.record;
  const fault = firstFault(run);
  if (topology === undefined || fault === undefined) return undefined;
  const zeroUs = run.result.failover?.faultUs ?? fault.tUs;
  const span = windowOf(run, topology, zeroUs);
  const rows = limited(thinned(draftsOf(run, topology, span)));
  const shown = new Set(
    rows.flatMap((row) => [...(row.from === undefined ? [] : [row.from]), ...(row.to ?? [])]),
  );
  const nodes = topology.nodes.map((node) => node.name);
  const vip = onlyRouter(topology).vips[0]?.address ?? "";
  const held = holdings(run.events, vip).filter(
    (item) => item.startUs <= span.endUs && item.endUs >= span.startUs,
  );
  const holders = new Set(held.map((item) => item.node));
  return {
    zeroUs,
    participants: [
      ...nodes.filter((name) => shown.has(name) || holders.has(name)),
      ...[...shown].filter((name) => !nodes.includes(name) && name !== NETWORK && name !== CLIENTS),
      ...[NETWORK, CLIENTS].filter((name) => shown.has(name)),
    ],
    rows,
    holdings: held,
    span,
  };
}

/** One advert before the fault and one after the last thing that belongs to the hand-over. */
function windowOf(run: ReportedRun, topology: ResolvedTopology, zeroUs: Us): Interval {
  const { failover } = run.result;
  const { advertIntUs } = onlyRouter(topology);
  const outage = mainOutage(run);
  const stages = Object.values(failover?.stages ?? {}).map((mark) => mark.tUs);
  const together = overlaps(holdings(run.events, failover?.vip ?? "")).find(
    (item) => item.startUs === failover?.stages.address?.tUs,
  );
  const healed = only(run.events, "fault").find(
    (event) => event.action === "heal" && event.edge === "end" && event.tUs > zeroUs,
  );
  const ends = [
    ...stages,
    ...(outage !== undefined && outage.startUs <= zeroUs + advertIntUs ? [outage.endUs] : []),
    ...(together === undefined ? [] : [together.endUs]),
    ...(failover === undefined && healed !== undefined ? [healed.tUs] : []),
  ];
  const marginUs = 1.1 * advertIntUs;
  return { startUs: zeroUs - marginUs, endUs: Math.max(zeroUs, ...ends) + marginUs };
}

/** Two or more routine rows in a row become one. */
function thinned(drafts: readonly Draft[]): SequenceRow[] {
  const rows: SequenceRow[] = [];
  let run: Draft[] = [];
  const flush = (): void => {
    const [only_] = run;
    if (run.length === 1 && only_ !== undefined) rows.push(only_.row);
    if (run.length > 1) rows.push(...moreRows(run));
    run = [];
  };
  for (const draft of drafts) {
    if (draft.routine === undefined) {
      flush();
      rows.push(draft.row);
    } else {
      run.push(draft);
    }
  }
  flush();
  return rows;
}

/** One for each kind, beside whose it is. */
function moreRows(run: readonly Draft[]): SequenceRow[] {
  const kinds = Map.groupBy(run, (draft) => draft.routine?.noun ?? "");
  return [...kinds].flatMap(([noun, list]): SequenceRow[] => {
    const [first] = list;
    if (first === undefined) return [];
    if (list.length === 1) return [first.row];
    const times = list.map(({ row }) => row.tUs);
    const everyUs = (Math.max(...times) - Math.min(...times)) / (list.length - 1);
    const words = `… ${list.length} ${plural(noun, list.length)}, every ${(everyUs / 1e6).toFixed(1)} s`;
    const { tUs, seq, from } = first.row;
    return [{ tUs, seq, look: "more", words, ...(from === undefined ? {} : { from }) }];
  });
}

/** `VRRP advert of db1`: the noun ends before `of` or `by`. */
function plural(noun: string, count: number): string {
  return count === 1 ? noun : noun.replace(/^(.*?)( by| of)/, "$1s$2");
}

/** Of too many, states go first (addresses and adverts say the same); then the end is cut off, and that is said. */
function limited(rows: readonly SequenceRow[]): SequenceRow[] {
  if (rows.length <= ROWS_MAX) return [...rows];
  const fewer = rows.filter((row) => row.look !== "state");
  if (fewer.length <= ROWS_MAX) return fewer;
  const kept = fewer.slice(0, ROWS_MAX - 1);
  const next = fewer[ROWS_MAX - 1];
  const left = fewer.length - kept.length;
  const words = `… ${left} more until the end of this view; the time line has all`;
  return [...kept, { tUs: next?.tUs ?? 0, seq: next?.seq ?? 0, look: "more", words }];
}
