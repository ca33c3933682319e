/** Who did not learn in time that the VIP had moved: clients with a kept connection, neighbours with a stale entry. */
import {
  durationUs,
  formatSeconds,
  milliseconds,
  seconds,
  type Interval,
  type Us,
} from "../harness/core/time.ts";
import { only } from "../harness/history/events.ts";
import { holdings, overlaps } from "../harness/history/queries.ts";
import type { Weighed } from "./advice.ts";
import { instanceOf, judged, settingOf, type AdviceContext } from "./advice-context.ts";
import { WEIGHT } from "./advice-weight.ts";
import { freshOutages, lengthOf, longestFirst, outagesOf } from "./clients.ts";

/** Kept connections that wait so much longer than new ones do not know that their server is gone. */
const HANG_US_MIN = seconds(2);

export function keptConnections(context: AdviceContext): Weighed[] {
  const { run } = context;
  const [held] = outagesOf(run)
    .filter(({ lane }) => lane === "held")
    .toSorted(longestFirst);
  const [fresh] = freshOutages(run).toSorted(longestFirst);
  const [heldUs, freshUs] = [lengthOf(held), lengthOf(fresh)];
  const { failover } = run.result;
  if (held === undefined || failover === undefined || heldUs - freshUs < HANG_US_MIN) return [];
  const end = held.first === undefined ? " (until the load ended)" : "";
  const events = [held.last?.seq, failover.faultEvent, held.first?.seq];
  return [
    {
      weight: WEIGHT.time + heldUs - freshUs,
      advice: {
        id: "kept-connections",
        title: `A kept connection was without writes for ${formatSeconds(heldUs)}${end}, new ones for ${formatSeconds(freshUs)}`,
        costUs: { minUs: heldUs - freshUs, maxUs: heldUs - freshUs, ofUs: heldUs },
        because: {
          words:
            "nobody closes the connections to a node that has lost the VIP: their packets go to the other node, or nowhere, until the client gives up",
          events: events.filter((event) => event !== undefined),
        },
        suggestion: `time limits in the clients (connect, read and write), well below ${formatSeconds(heldUs)}, and a pool that tests a connection before it hands it out`,
        price: "a statement that takes longer than the limit is cut off",
        standing: context.seen,
      },
    },
  ];
}

const STALE_US_MIN = seconds(1);
/** A burst is sent within that of its time on a quiet machine. */
const BURST_US = milliseconds(100);

/** Stale entries that ended with a repeated announcement: they waited for its delay. */
export function staleNeighbours(context: AdviceContext): Weighed[] {
  const { run } = context;
  const judgement = judged(context, "arp-converged");
  const stale = spansOf(judgement?.facts["stale"])
    .filter((span) => durationUs(span) >= STALE_US_MIN)
    .toSorted(longestFirst)[0];
  const ended = only(run.events, "arp").find(
    ({ gratuitous, tUs }) =>
      gratuitous && stale !== undefined && Math.abs(stale.endUs - tUs) < BURST_US,
  );
  const { sender, senderAddress: vip } = ended ?? {};
  const instance = instanceOf(context, sender, vip);
  if (stale === undefined || ended === undefined || sender === undefined) return [];
  if (instance === undefined || judgement === undefined) return [];
  const { masterDelayUs, lowerPrioDelayUs } = instance.garp;
  const burst = [
    { keyword: "garp_master_delay", delayUs: masterDelayUs, since: gains(run, vip, sender) },
    { keyword: "garp_lower_prio_delay", delayUs: lowerPrioDelayUs, since: reunions(run, vip) },
  ].find(
    ({ delayUs, since }) =>
      delayUs > ONE && since.some((tUs) => Math.abs(tUs + delayUs - ended.tUs) < BURST_US),
  );
  if (burst === undefined) return [];
  const { keyword, delayUs } = burst;
  const setting = settingOf(context, sender, instance, keyword);
  const staleUs = durationUs(stale);
  return [
    {
      weight: WEIGHT.service + staleUs,
      advice: {
        id: keyword,
        title: `Neighbours sent to the old holder for ${formatSeconds(staleUs)}, until ${sender} announced the VIP again, ${keyword} ${formatSeconds(delayUs)} after the first time`,
        ...(setting === undefined ? {} : { setting }),
        because: {
          words: `${judgement.reason}; the first announcement did not reach them`,
          events: [...judgement.evidence.slice(0, 8), ended.seq],
        },
        suggestion: "repeat the announcements after 1 s",
        price:
          "announcements that are lost for longer than 1 s are then not repeated, unless garp_master_refresh does so",
        whatIf: {
          change: [`${keyword}=1`],
          of: "first announcement to the second",
          before: { minUs: delayUs, meanUs: delayUs, maxUs: delayUs },
          after: { minUs: ONE, meanUs: ONE, maxUs: ONE },
          basis: "formula",
        },
        standing: context.seen,
      },
    },
  ];
}

const ONE = seconds(1);

/** When a node got the address. */
function gains({ events }: AdviceContext["run"], vip: string | undefined, node: string): Us[] {
  return holdings(events, vip ?? "")
    .filter((item) => item.node === node)
    .map(({ startUs }) => startUs);
}

/** When two holders became one again. */
function reunions({ events }: AdviceContext["run"], vip: string | undefined): Us[] {
  return overlaps(holdings(events, vip ?? "")).map(({ endUs }) => endUs);
}

function spansOf(value: unknown): Interval[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    const { startUs, endUs } = item as { startUs?: unknown; endUs?: unknown };
    return typeof startUs === "number" && typeof endUs === "number" ? [{ startUs, endUs }] : [];
  });
}
