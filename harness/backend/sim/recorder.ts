/** The facts of a simulated run, in order of arrival, by kind for whoever waits for one of them. */
import type { Us } from "../../core/time.ts";
import type { EventBody, TimedEvent, TimedEventOf } from "../../history/events.ts";

export class SimRecorder {
  private readonly facts: TimedEvent[] = [];
  private readonly byKind = new Map<EventBody["kind"], TimedEvent[]>();

  record(tUs: Us, body: EventBody): void {
    const event: TimedEvent = { ...body, tUs };
    this.facts.push(event);
    const alike = this.byKind.get(body.kind);
    if (alike === undefined) this.byKind.set(body.kind, [event]);
    else alike.push(event);
  }

  events(): readonly TimedEvent[] {
    return this.facts;
  }

  eventsOf<K extends EventBody["kind"]>(kind: K): readonly TimedEventOf<K>[] {
    return (this.byKind.get(kind) ?? []) as TimedEventOf<K>[];
  }
}
