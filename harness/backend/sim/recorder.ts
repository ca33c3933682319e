/** The facts of a simulated run, in order of arrival; by kind for whoever waits for one of them. */
import type { Us } from "../../core/time.ts";
import type { EventBody, TimedEvent, TimedEventOf } from "../../history/events.ts";

export class SimRecorder {
  private readonly facts: TimedEvent[] = [];
  /** Sorted by kind when somebody asks, and only as far as needed: most facts are never waited for. */
  private readonly byKind = new Map<EventBody["kind"], TimedEvent[]>();
  private sorted = 0;

  record(tUs: Us, body: EventBody): void {
    this.facts.push({ ...body, tUs });
  }

  events(): readonly TimedEvent[] {
    return this.facts;
  }

  eventsOf<K extends EventBody["kind"]>(kind: K): readonly TimedEventOf<K>[] {
    const { facts, byKind } = this;
    for (; this.sorted < facts.length; this.sorted += 1) {
      const event = facts[this.sorted];
      if (event !== undefined) put(byKind, event);
    }
    return listOf(byKind, kind) as TimedEventOf<K>[];
  }
}

/**
 * Facts of one kind from two sources, in order of time. Asked again, it adds what has come since;
 * whoever looks every few milliseconds need not go through all of them.
 */
export class Merged {
  private readonly events: TimedEvent[] = [];
  private taken: readonly [number, number] = [0, 0];

  with(recorded: readonly TimedEvent[], computed: readonly TimedEvent[]): readonly TimedEvent[] {
    const { events, taken } = this;
    const fresh = [...recorded.slice(taken[0]), ...computed.slice(taken[1])];
    this.taken = [recorded.length, computed.length];
    fresh.sort(byTime);
    const isLate = (fresh[0]?.tUs ?? Number.POSITIVE_INFINITY) < (events.at(-1)?.tUs ?? 0);
    for (const event of fresh) events.push(event);
    if (isLate) events.sort(byTime);
    return events;
  }
}

export function put(byKind: Map<EventBody["kind"], TimedEvent[]>, event: TimedEvent): void {
  listOf(byKind, event.kind).push(event);
}

export function listOf(
  byKind: Map<EventBody["kind"], TimedEvent[]>,
  kind: EventBody["kind"],
): TimedEvent[] {
  let list = byKind.get(kind);
  if (list === undefined) {
    list = [];
    byKind.set(kind, list);
  }
  return list;
}

function byTime(a: TimedEvent, b: TimedEvent): number {
  return a.tUs - b.tUs;
}
