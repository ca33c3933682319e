/**
 * Promise: at no time do two nodes hold the VIP longer than a hand-over permits.
 *
 * A hand-over permits one advert interval: two masters that hear each other end at the latest on the
 * other's next advert (RFC 3768 6.4.3; keepalived 2.2.7 `vrrp.c:vrrp_state_master_rx`), which the machine
 * may send a little late. Longer is split brain, and has grades, each with intervals of its own:
 *
 *   a  two nodes hold the address
 *   b  two nodes answer ARP for it, or announce it
 *   c  two nodes that hold it run a mysqld that accepts writes
 *   d  clients' writes through the VIP were acknowledged by two servers
 *
 * A host that is none of the cluster's has no netlink watcher; it shows itself by ARP. If it announces the
 * VIP or answers for it while a node has it, that is grade b (`foreign-claims.ts`), however short: no hand-over
 * explains it.
 *
 * A grade counts when its own interval is longer than a hand-over permits: a host that was cut off
 * and is back for half an advert interval held the address all along (a), and no more than that.
 */
import { compareText } from "../core/text.ts";
import type { Json } from "../core/json.ts";
import {
  durationUs,
  formatSeconds,
  intersect,
  milliseconds,
  type Interval,
  type Us,
} from "../core/time.ts";
import { only, type Event } from "../history/events.ts";
import { endOfWatch, holdings, judgedSpan, overlaps, type Overlap } from "../history/queries.ts";
import { serversOf } from "../timing/failover.ts";
import { isVipLane } from "../workload/workload.ts";
import { fail, inconclusive, pass, type Checker, type Judgement, type Subject } from "./checker.ts";
import { claimFacts, describeClaim, foreignClaims, type ForeignClaim } from "./foreign-claims.ts";
import { underNoise } from "./noise.ts";

/** Adverts came up to 29 ms after their interval, in 654 intervals of container runs on two busy cores. */
const LATE_US_MAX: Us = milliseconds(50);

/** Two masters that hear each other end on the next advert, which may be a little late. */
export function handOverUsMax({ advertIntUs }: { readonly advertIntUs: Us }): Us {
  return advertIntUs + LATE_US_MAX;
}

export type Grade = "none" | "a" | "b" | "c" | "d";

export const singleHolder: Checker = {
  name: "single-holder",
  promise: "two nodes never hold the VIP longer than a hand-over permits",
  judge: (subject) => {
    const span = judgedSpan(subject.events);
    if (span === undefined) return inconclusive("the run ended before anything could be judged");
    const found = subject.topology.routers.flatMap((router) =>
      router.vips.flatMap((vip) =>
        overlaps(holdings(subject.events, vip.address))
          .filter((overlap) => intersect(overlap, span) !== undefined)
          .map((overlap) => grade(subject, overlap, handOverUsMax(router))),
      ),
    );
    const foreign = foreignClaims(subject.events, subject.topology, span);
    const facts = factsOf(found, foreign);
    const split = found.filter((item) => !item.permitted);
    const lastedUs = ({ overlap }: Graded): Us => durationUs(overlap);
    const worst = split.toSorted(
      (a, b) => compareText(b.grade, a.grade) || lastedUs(b) - lastedUs(a),
    )[0];
    const claim = foreign[0];
    if (worst !== undefined) {
      const judgement = fail(
        `${describe(worst, subject.events)}${amongWords(worst, split)}`,
        [...new Set(split.flatMap((item) => item.evidence))],
        facts,
      );
      return claim === undefined ? unlessNoise(judgement, split, subject.events) : judgement;
    }
    if (claim !== undefined) return fail(describeClaim(claim), claim.evidence, facts);
    const longest = Math.max(0, ...found.map((item) => durationUs(item.overlap)));
    return pass(
      found.length === 0
        ? "no two nodes held the VIP at the same time"
        : `two nodes held the VIP only at hand-overs, ${formatSeconds(longest)} at most`,
      found.flatMap((item) => item.evidence),
      facts,
    );
  },
};

/** A hand-over that took a little too long on a machine that was late by as much is no proof of split brain. */
function unlessNoise(
  judgement: Judgement,
  split: readonly Graded[],
  events: readonly Event[],
): Judgement {
  const beyondUs = ({ overlap, permittedUs }: Graded): Us => durationUs(overlap) - permittedUs;
  const longest = split.toSorted((a, b) => beyondUs(b) - beyondUs(a))[0];
  if (longest === undefined) return judgement;
  const missedByUs = beyondUs(longest);
  const noisy = underNoise(judgement, { events, span: longest.overlap, missedByUs });
  return noisy.verdict === "inconclusive" ? noisy : judgement;
}

interface Graded {
  readonly overlap: Overlap;
  readonly permitted: boolean;
  readonly permittedUs: Us;
  readonly grade: Exclude<Grade, "none">;
  readonly bothAnswerArp?: Interval;
  readonly bothWritable?: Interval;
  readonly bothWritten?: Interval;
  readonly cutOff: readonly string[];
  readonly packets: readonly HolderPackets[];
  readonly evidence: readonly number[];
}

/** What a holder was seen to send for the VIP during the overlap. None is a fact as well. */
interface HolderPackets {
  readonly node: string;
  readonly adverts: number;
  readonly arp: number;
  readonly evidence: readonly number[];
}

function grade(subject: Subject, overlap: Overlap, permittedUs: Us): Graded {
  const arp = bothAnswerArp(subject.events, overlap);
  const writable = bothWritable(subject.events, overlap);
  const written = bothWritten(subject.events, overlap);
  const packets = [overlap.first.node, overlap.second.node].map((node) =>
    packetsOf(subject.events, overlap, node),
  );
  const lasting = (proof: Proof | undefined): boolean =>
    proof !== undefined && durationUs(proof.interval) > permittedUs;
  const worst = lasting(written) ? "d" : lasting(writable) ? "c" : lasting(arp) ? "b" : "a";
  return {
    overlap,
    permitted: durationUs(overlap) <= permittedUs,
    permittedUs,
    grade: worst,
    ...(arp === undefined ? {} : { bothAnswerArp: arp.interval }),
    ...(writable === undefined ? {} : { bothWritable: writable.interval }),
    ...(written === undefined ? {} : { bothWritten: written.interval }),
    cutOff: cutOffNodes(subject.events, overlap),
    packets,
    evidence: [
      ...overlap.first.evidence,
      ...overlap.second.evidence,
      ...(arp?.evidence ?? []),
      ...(writable?.evidence ?? []),
      ...(written?.evidence ?? []),
      ...packets.flatMap((item) => item.evidence),
    ],
  };
}

/**
 * Seen elsewhere than at the node itself, so that it was really on the wire. An advert to one peer (unicast) is seen at
 * that peer only: of the places the one counts that saw most, and no packet twice.
 */
function packetsOf(events: readonly Event[], overlap: Overlap, node: string): HolderPackets {
  const { address } = overlap.first;
  const adverts = fromBestPlace(
    only(events, "advert").filter(
      (event) =>
        event.sender === node &&
        event.seenAt !== node &&
        event.priority > 0 &&
        event.addresses.includes(address) &&
        within(event.tUs, overlap),
    ),
  );
  const arp = fromBestPlace(
    only(events, "arp").filter(
      (event) =>
        event.sender === node &&
        event.seenAt !== node &&
        event.senderAddress === address &&
        within(event.tUs, overlap),
    ),
  );
  const ends = [adverts[0], adverts.at(-1), arp[0], arp.at(-1)];
  return {
    node,
    adverts: adverts.length,
    arp: arp.length,
    evidence: [...new Set(ends.flatMap((event) => (event === undefined ? [] : [event.seq])))],
  };
}

/** The observer on the segment where it saw as many as any. */
function fromBestPlace<T extends { readonly seenAt: string }>(seen: readonly T[]): readonly T[] {
  const places = [...Map.groupBy(seen, ({ seenAt }) => seenAt)];
  const [best] = places.toSorted(
    ([a, one], [b, other]) =>
      other.length - one.length || Number(b === "segment") - Number(a === "segment"),
  );
  return best?.[1] ?? [];
}

interface Proof {
  readonly interval: Interval;
  readonly evidence: readonly number[];
}

/** From the moment both had been heard until one of them was heard for the last time. */
function bothAnswerArp(events: readonly Event[], overlap: Overlap): Proof | undefined {
  const heard = only(events, "arp").filter(
    (event) =>
      event.senderAddress === overlap.first.address &&
      event.sender !== undefined &&
      event.seenAt !== event.sender &&
      within(event.tUs, overlap),
  );
  return bothOf(heard, overlap, (event) => event.sender);
}

function bothWritten(events: readonly Event[], overlap: Overlap): Proof | undefined {
  const servers = serversOf(events);
  const writes = only(events, "complete").filter(
    (event) =>
      isVipLane(event.lane) &&
      event.action === "write" &&
      event.outcome === "ok" &&
      within(event.tUs, overlap),
  );
  return bothOf(writes, overlap, (event) => servers.get(event.server ?? ""));
}

function bothOf<E extends Event>(
  events: readonly E[],
  overlap: Overlap,
  nodeOf: (event: E) => string | undefined,
): Proof | undefined {
  const first = events.filter((event) => nodeOf(event) === overlap.first.node);
  const second = events.filter((event) => nodeOf(event) === overlap.second.node);
  const [firstOne, secondOne] = [first[0], second[0]];
  if (firstOne === undefined || secondOne === undefined) return undefined;
  const lasts = [first.at(-1) ?? firstOne, second.at(-1) ?? secondOne];
  return {
    interval: {
      startUs: Math.max(firstOne.tUs, secondOne.tUs),
      // Both, so it is over when the first of the two was heard for the last time.
      endUs: Math.min(...lasts.map((event) => event.tUs)),
    },
    evidence: [firstOne.seq, secondOne.seq, ...lasts.map((event) => event.seq)],
  };
}

/** The longest time in the overlap in which both holders' mysqld answer and accept writes. */
function bothWritable(events: readonly Event[], overlap: Overlap): Proof | undefined {
  const first = writableSpans(events, overlap.first.node);
  const second = writableSpans(events, overlap.second.node);
  const shared = first.flatMap((a) =>
    second.flatMap((b) => {
      const both = intersect(a, b);
      const interval = both === undefined ? undefined : intersect(both, overlap);
      return interval === undefined ? [] : [{ interval, evidence: [a.event, b.event] }];
    }),
  );
  return shared.toSorted((a, b) => durationUs(b.interval) - durationUs(a.interval))[0];
}

function writableSpans(
  events: readonly Event[],
  node: string,
): (Interval & { readonly event: number })[] {
  const changes = only(events, "mysqld").filter((event) => event.node === node);
  return changes.flatMap((event, index) => {
    if (event.state !== "up" || event.writable !== true) return [];
    const endUs = changes[index + 1]?.notBeforeUs ?? endOfWatch(events);
    return [{ startUs: event.tUs, endUs, event: event.seq }];
  });
}

/** Nodes that were cut off from the segment by a fault while the overlap lasted. */
function cutOffNodes(events: readonly Event[], overlap: Overlap): string[] {
  const nodes = [overlap.first.node, overlap.second.node];
  return nodes.filter((node) => {
    const cuts = only(events, "fault").filter(
      (event) => event.fault.kind === "cut" && event.node === node,
    );
    const began = cuts.find((event) => event.action === "inject" && event.edge === "end");
    const healed = cuts.find((event) => event.action === "heal" && event.edge === "begin");
    return (
      began !== undefined &&
      began.tUs <= overlap.endUs &&
      (healed === undefined || healed.tUs >= overlap.startUs)
    );
  });
}

function within(tUs: Us, interval: Interval): boolean {
  return tUs >= interval.startUs && tUs <= interval.endUs;
}

const GRADE_WORDS: Readonly<Record<Exclude<Grade, "none">, string>> = {
  a: "both had the address",
  b: "both answered ARP for it",
  c: "both would have accepted writes",
  d: "clients' writes were acknowledged by both",
};

function describe(item: Graded, events: readonly Event[]): string {
  const { overlap } = item;
  const nodes = `${overlap.first.node} and ${overlap.second.node}`;
  const spell = `from ${formatSeconds(overlap.startUs)} to ${formatSeconds(overlap.endUs)}`;
  const cut =
    item.cutOff.length === 0 ? "" : `; ${item.cutOff.join(" and ")} was cut off meanwhile`;
  const permitted = `a hand-over permits ${formatSeconds(item.permittedUs)}`;
  return (
    `${nodes} held ${overlap.first.address} together for ${formatSeconds(durationUs(overlap))} ` +
    `(${spell}; ${permitted}), grade ${item.grade}: ${GRADE_WORDS[item.grade]}${cut}. ` +
    `On the wire for it meanwhile: ${item.packets.map(packetWords).join(", ")}. ${endOf(overlap, events)}`
  );
}

/** Which one is told of: of the worst grade the longest. */
function amongWords(worst: Graded, split: readonly Graded[]): string {
  if (split.length === 1) return "";
  const longestUs = Math.max(...split.map(({ overlap }) => durationUs(overlap)));
  return durationUs(worst.overlap) === longestUs
    ? `. It is the longest of ${split.length} such times`
    : `. It is the worst of ${split.length} such times, of which the longest took ${formatSeconds(longestUs)}`;
}

function packetWords({ node, adverts, arp }: HolderPackets): string {
  const of = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`;
  return `${of(adverts, "advert")} and ${of(arp, "ARP packet")} of ${node}`;
}

/** Which node gave the address up, and when. */
function endOf(overlap: Overlap, events: readonly Event[]): string {
  const loser = [overlap.first, overlap.second].find(
    (item) => !item.open && item.endUs === overlap.endUs,
  );
  if (loser === undefined) return "It had not ended when watching stopped";
  const healed = only(events, "fault").findLast(
    (event) => event.action === "heal" && event.edge === "end" && event.tUs <= loser.endUs,
  );
  const afterHeal =
    healed === undefined
      ? ""
      : `, ${formatSeconds(loser.endUs - healed.tUs)} after ${healed.step} was healed`;
  return `It ended when ${loser.node} lost it at ${formatSeconds(loser.endUs)}${afterHeal}`;
}

function factsOf(
  found: readonly Graded[],
  foreign: readonly ForeignClaim[],
): { readonly [name: string]: Json } {
  const split = found.filter((item) => !item.permitted);
  const grades = [...split.map((item) => item.grade), ...foreign.map(() => "b")].sort();
  const interval = (value: Interval | undefined): Json =>
    value === undefined ? null : { startUs: value.startUs, endUs: value.endUs };
  return {
    worstGrade: grades.at(-1) ?? "none",
    splitBrainUs: split.reduce((sum, item) => sum + durationUs(item.overlap), 0),
    ended: found.every((item) => !(item.overlap.first.open && item.overlap.second.open)),
    ...(foreign.length === 0 ? {} : { foreign: foreign.map(claimFacts) }),
    overlaps: found.map((item) => ({
      nodes: [item.overlap.first.node, item.overlap.second.node],
      class: item.permitted ? "expected-overlap" : "split-brain",
      grade: item.grade,
      a: interval(item.overlap),
      b: interval(item.bothAnswerArp),
      c: interval(item.bothWritable),
      d: interval(item.bothWritten),
      permittedUs: item.permittedUs,
      cutOff: [...item.cutOff],
      packetsOnSegment: item.packets.map(({ node, adverts, arp }) => ({ node, adverts, arp })),
    })),
  };
}
