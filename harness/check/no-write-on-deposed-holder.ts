/**
 * Promise: no client's write through the VIP is acknowledged by a server whose node was the holder, once
 * another node has taken the VIP.
 *
 * It is what a kept connection to the old holder can do, or a client with a stale neighbour entry. A node is
 * deposed when another one takes the VIP, whether it still has the address or not (a killed keepalived leaves
 * it there), until it is the holder again (`queries.ts:tenures`). Writes that were under way at that moment
 * do not count: nobody could have known. Clients at the nodes' own addresses do not count either.
 */
import { compareText } from "../core/text.ts";
import { formatSeconds, milliseconds, type Us } from "../core/time.ts";
import { only, type Event, type EventOf } from "../history/events.ts";
import { judgedSpan, tenures, type Tenure } from "../history/queries.ts";
import { serversOf } from "../timing/failover.ts";
import { vipAddresses } from "../topology/resolve.ts";
import { onlyDirects } from "../topology/virtual-servers.ts";
import { isVipLane } from "../workload/workload.ts";
import { fail, inconclusive, pass, setting, type Checker } from "./checker.ts";
import { underNoise } from "./noise.ts";

/**
 * The moment of a move is known from netlink, which `witnesses-agree` holds to packets within 25 ms; the
 * first gratuitous ARP follows it by less than a millisecond. What is invoked in that time cannot be told
 * from what was invoked before.
 */
const GRACE_MS = 25;

export const noWriteOnDeposedHolder: Checker = {
  name: "no-write-on-deposed-holder",
  promise: "once another node has taken the VIP the old holder acknowledges no client's write",
  settings: { graceMs: "number" },
  judge: (subject) => {
    const { events, topology } = subject;
    const span = judgedSpan(events);
    if (span === undefined) return inconclusive("the run ended before anything could be judged");
    const vip = vipAddresses(topology)[0];
    const list = vip === undefined ? [] : tenures(events, vip);
    if (list.length === 0) return inconclusive("no node was seen with the VIP");
    if (list.every(({ node }) => onlyDirects(topology, node))) {
      return inconclusive(
        "the holders are directors: a real server's answer does not say which of them had sent the client there",
        list.map((tenure) => tenure.event),
      );
    }
    const graceUs = milliseconds(setting(subject, "graceMs", GRACE_MS));
    const acknowledged = writesOf(events).filter(({ end }) => end.tUs >= span.startUs);
    if (acknowledged.length === 0) return inconclusive("no write was acknowledged");
    const servers = serversOf(events);
    const unknown = acknowledged.find(({ end }) => !servers.has(end.server ?? ""));
    if (unknown !== undefined) {
      return inconclusive("a write was acknowledged by a server that is none of the nodes'", [
        unknown.end.seq,
      ]);
    }
    const late = acknowledged.flatMap(({ invokedUs, end }) => {
      const node = servers.get(end.server ?? "") ?? "";
      const since = deposedSince(list, node, invokedUs);
      if (since === undefined || invokedUs - since.startUs <= graceUs) return [];
      return [
        {
          node,
          since,
          end,
          lateUs: end.tUs - since.startUs,
          missedByUs: invokedUs - since.startUs - graceUs,
        },
      ];
    });
    const worst = late.toSorted((a, b) => b.lateUs - a.lateUs)[0];
    const facts = {
      graceUs,
      deposed: [...new Set(list.slice(0, -1).map((tenure) => tenure.node))].sort(compareText),
      writes: late.length,
      longestUs: worst?.lateUs ?? 0,
    };
    if (worst === undefined) {
      const moved = new Set(list.map((tenure) => tenure.node)).size > 1;
      const none = moved
        ? "no write on a node that had lost the VIP to another"
        : "no node lost the VIP to another";
      return pass(
        none,
        list.map((tenure) => tenure.event),
        facts,
      );
    }
    const { node, since } = worst;
    const judgement = fail(
      `${late.length} ${late.length === 1 ? "write was" : "writes were"} acknowledged by ${node} up to ` +
        `${formatSeconds(worst.lateUs)} after ${since.node} had taken the VIP at ${formatSeconds(since.startUs)} ` +
        `(lanes ${[...new Set(late.map(({ end }) => end.lane))].join(" and ")})`,
      [since.event, ...late.slice(0, CITED_MAX).map(({ end }) => end.seq), worst.end.seq],
      facts,
    );
    const missedByUs = Math.max(...late.map((item) => item.missedByUs));
    return underNoise(judgement, {
      events,
      span: { startUs: since.startUs, endUs: worst.end.tUs },
      missedByUs,
    });
  },
};

const CITED_MAX = 20;

/** The tenure that deposed the node, if at that time another one was the holder after it. */
function deposedSince(list: readonly Tenure[], node: string, tUs: Us): Tenure | undefined {
  const now = list.findLast((tenure) => tenure.startUs <= tUs);
  if (now === undefined || now.node === node || tUs > now.endUs) return undefined;
  const own = list.findLastIndex((tenure) => tenure.node === node && tenure.startUs <= tUs);
  return own === -1 ? undefined : list[own + 1];
}

function writesOf(
  events: readonly Event[],
): { readonly invokedUs: Us; readonly end: EventOf<"complete"> }[] {
  const invoked = new Map(only(events, "invoke").map((event) => [event.op, event.tUs]));
  return only(events, "complete").flatMap((end) => {
    const invokedUs = invoked.get(end.op);
    const counts = end.action === "write" && end.outcome === "ok" && isVipLane(end.lane);
    return counts && invokedUs !== undefined ? [{ invokedUs, end }] : [];
  });
}
