/**
 * Packets told as messages: every capture point sees the same packet, and here it is one message with those
 * places to which it came. Only what was captured is told: that a packet came to a node's interface does not
 * mean that keepalived there was let to read it.
 */
import { milliseconds, type Us } from "../../harness/core/time.ts";
import { only, type Event, type EventOf } from "../../harness/history/events.ts";

/** The observer's own capture point. */
export const NETWORK = "network";

export const STRANGER = "stranger";

export interface Message {
  readonly tUs: Us;
  readonly seq: number;
  readonly from: string;
  /** Where it was captured, besides at its sender. */
  readonly to: readonly string[];
}

export interface AdvertMessage extends Message {
  readonly vrid: number;
  readonly priority: number;
}

export interface GarpMessage extends Message {
  readonly address: string;
}

interface Open {
  readonly tUs: Us;
  readonly seq: number;
  readonly from: string;
  readonly places: Set<string>;
}

/** Sightings within that share of an advert interval are of one advert: a delayed one is still that one. */
const SAME_ADVERT = 0.9;

export function advertMessages(
  events: readonly Event[],
  intervals: ReadonlyMap<number, Us>,
): AdvertMessage[] {
  const seen = only(events, "advert").filter((event) => intervals.has(event.vrid));
  return merged(seen, {
    key: (event) => `${event.vrid} ${event.source} ${event.priority}`,
    withinUs: (event) => SAME_ADVERT * (intervals.get(event.vrid) ?? 0),
  }).map(({ first, message }) => ({ ...message, vrid: first.vrid, priority: first.priority }));
}

const SAME_GARP_US = milliseconds(20);

export function garpMessages(events: readonly Event[], vips: ReadonlySet<string>): GarpMessage[] {
  const seen = only(events, "arp").filter(
    (event) => event.gratuitous && vips.has(event.senderAddress),
  );
  return merged(seen, {
    key: (event) => `${event.senderMac} ${event.senderAddress}`,
    withinUs: () => SAME_GARP_US,
  }).map(({ first, message }) => ({ ...message, address: first.senderAddress }));
}

type Sighting = EventOf<"advert"> | EventOf<"arp">;

interface Merging<E extends Sighting> {
  readonly key: (event: E) => string;
  readonly withinUs: (event: E) => Us;
}

/** A sighting belongs to the oldest message of its sender that has not been seen at that place yet. */
function merged<E extends Sighting>(
  sightings: readonly E[],
  { key, withinUs }: Merging<E>,
): { readonly first: E; readonly message: Message }[] {
  const found: { readonly first: E; readonly open: Open }[] = [];
  const recent = new Map<string, Open[]>();
  for (const event of sightings) {
    const name = key(event);
    const limitUs = event.tUs - withinUs(event);
    const still = (recent.get(name) ?? []).filter((item) => item.tUs >= limitUs);
    const known = still.find((item) => !item.places.has(event.seenAt));
    if (known === undefined) {
      const from = event.sender ?? STRANGER;
      const open = { tUs: event.tUs, seq: event.seq, from, places: new Set([event.seenAt]) };
      found.push({ first: event, open });
      recent.set(name, [...still, open]);
    } else {
      known.places.add(event.seenAt);
      recent.set(name, still);
    }
  }
  return found.map(({ first, open: { tUs, seq, from, places } }) => ({
    first,
    message: { tUs, seq, from, to: [...places].filter((place) => place !== from).map(placeName) },
  }));
}

function placeName(place: string): string {
  return place === "segment" ? NETWORK : place;
}
