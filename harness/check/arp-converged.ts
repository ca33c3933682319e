/**
 * Promise: after every change of holder the neighbours that are watched send to the new holder, or know
 * nobody, within the allowance, and go on doing so.
 *
 * A neighbour's entry is stale while it names a host that has not got the VIP although a node has it. While
 * nobody has the VIP there is nothing to be stale against; a node that has it itself does not ask its entry.
 * What hosts believe is told by their kernels (netlink); other hosts of the segment are not watched.
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
import { only, type Event, type EventOf } from "../history/events.ts";
import { gaps, holdings, judgedSpan, type Holding } from "../history/queries.ts";
import { vipAddresses } from "../topology/resolve.ts";
import { fail, inconclusive, pass, setting, type Checker } from "./checker.ts";

/** Announcements leave within a millisecond of the address; a lost one is repeated after `garp_master_delay`, 5 s. */
const WITHIN_MS = 1000;

/** RFC 3768, section 7.3: 00-00-5E-00-01-{VRID}, what `use_vmac` gives the VIP. */
const VIRTUAL_MAC = "00:00:5e:00:01:";

/** A node's name, or a host that is none of the topology's. */
const FOREIGN = "a foreign host";

interface Stale extends Interval {
  readonly at: string;
  readonly address: string;
  /** Whom the entry named, one after the other. */
  readonly named: readonly string[];
  readonly holders: readonly string[];
  readonly evidence: readonly number[];
}

export const arpConverged: Checker = {
  name: "arp-converged",
  promise: "watched neighbours send to the holder soon after it has the VIP, and go on doing so",
  settings: { withinMs: "number" },
  judge: (subject) => {
    const { events, topology } = subject;
    const span = judgedSpan(events);
    if (span === undefined) return inconclusive("the run ended before anything could be judged");
    const vips = vipAddresses(topology);
    const entries = only(events, "neighbour").filter(({ address }) => vips.includes(address));
    if (entries.length === 0) {
      return inconclusive("no neighbour's entry for the VIP was seen, so none can be judged");
    }
    if (entries.some(({ mac }) => mac?.toLowerCase().startsWith(VIRTUAL_MAC) === true)) {
      return inconclusive(
        "the VIP has a virtual MAC, which moves with it: entries do not say which node they mean",
      );
    }
    const places = [...new Set(entries.map(({ at }) => at))].sort(compareText);
    const withinUs = milliseconds(setting(subject, "withinMs", WITHIN_MS));
    const stale = vips
      .flatMap((vip) => places.flatMap((at) => staleSpans(events, at, vip, span)))
      .sort((a, b) => durationUs(b) - durationUs(a));
    const longest = stale[0];
    const facts = factsOf(stale, places, withinUs);
    if (longest === undefined) {
      return pass(`${places.join(" and ")} always sent to the holder`, [], facts);
    }
    return durationUs(longest) <= withinUs
      ? pass(
          `stale for ${formatSeconds(durationUs(longest))} at most, at ${longest.at}; ${formatSeconds(withinUs)} is allowed`,
          longest.evidence,
          facts,
        )
      : fail(describe(longest, withinUs), longest.evidence, facts);
  },
};

function describe(stale: Stale, withinUs: Us): string {
  const { at, address, named, holders, startUs, endUs } = stale;
  return (
    `stale for ${formatSeconds(durationUs(stale))} at ${at}: its entry for ${address} named ` +
    `${named.join(", then ")} from ${formatSeconds(startUs)} to ${formatSeconds(endUs)}, while ` +
    `${holders.join(" and ")} had it (${formatSeconds(withinUs)} is allowed)`
  );
}

interface Entry extends Interval {
  readonly named: string;
  readonly seq: number;
}

/** What one place believed, as spans; while it knew nobody there is none. */
function entriesAt(events: readonly Event[], at: string, address: string, endUs: Us): Entry[] {
  const changes = only(events, "neighbour").filter(
    (event) => event.at === at && event.address === address,
  );
  return changes.flatMap((event, index) => {
    const named = nameOf(event);
    if (named === undefined) return [];
    const until = changes[index + 1]?.tUs ?? endUs;
    return [{ startUs: event.tUs, endUs: Math.max(until, event.tUs), named, seq: event.seq }];
  });
}

function nameOf({ mac, node }: EventOf<"neighbour">): string | undefined {
  return mac === undefined ? undefined : (node ?? FOREIGN);
}

function staleSpans(
  events: readonly Event[],
  at: string,
  address: string,
  span: Interval,
): Stale[] {
  const held = holdings(events, address);
  const pieces = entriesAt(events, at, address, span.endUs).flatMap((entry) => {
    const judged = intersect(entry, span);
    if (judged === undefined) return [];
    const right = held.filter(({ node }) => node === entry.named || node === at);
    return gaps(right, judged).flatMap((wrong) => heldWithin(held, wrong, entry, at, address));
  });
  return joined(pieces.sort((a, b) => a.startUs - b.startUs));
}

/** The parts of the span in which some node has the address. */
function heldWithin(
  held: readonly Holding[],
  wrong: Interval,
  entry: Entry,
  at: string,
  address: string,
): Stale[] {
  return held.flatMap((holding) => {
    const part = intersect(holding, wrong);
    if (part === undefined) return [];
    const evidence = [entry.seq, ...holding.evidence];
    return [{ ...part, at, address, named: [entry.named], holders: [holding.node], evidence }];
  });
}

/** Spans that touch or overlap are one: the neighbour was wrong all along. */
function joined(pieces: readonly Stale[]): Stale[] {
  const found: Stale[] = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    if (last === undefined || piece.startUs > last.endUs) found.push(piece);
    else found[found.length - 1] = merge(last, piece);
  }
  return found;
}

function merge(a: Stale, b: Stale): Stale {
  const union = <T>(one: readonly T[], other: readonly T[]): T[] => [
    ...new Set([...one, ...other]),
  ];
  return {
    ...a,
    endUs: Math.max(a.endUs, b.endUs),
    named: union(a.named, b.named),
    holders: union(a.holders, b.holders),
    evidence: union(a.evidence, b.evidence),
  };
}

function factsOf(
  stale: readonly Stale[],
  places: readonly string[],
  withinUs: Us,
): { readonly [name: string]: Json } {
  const longest = stale[0];
  return {
    watched: [...places],
    withinUs,
    longestStaleUs: longest === undefined ? 0 : durationUs(longest),
    stale: stale.map(({ at, startUs, endUs, named, holders }) => ({
      at,
      startUs,
      endUs,
      named: [...named],
      holders: [...holders],
    })),
  };
}
