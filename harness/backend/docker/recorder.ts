/**
 * Collects the facts of a run as they arrive and wakes whoever waits for one of them. This is the
 * only place where the harness waits for the cluster: on an event, with a bound.
 */
import type { EventBody, TimedEvent, TimedEventOf } from "../../history/events.ts";
import type { Us } from "../../core/time.ts";

interface Waiter {
  readonly holds: () => boolean;
  readonly resolve: (met: boolean) => void;
}

export class Recorder {
  private readonly facts: TimedEvent[] = [];
  private readonly byKind = new Map<EventBody["kind"], TimedEvent[]>();
  private readonly waiters = new Set<Waiter>();
  private readonly onEvent: (event: TimedEvent) => void;

  /** `onEvent` sees every fact as it arrives, so that it can be kept should we be killed. */
  constructor(onEvent: (event: TimedEvent) => void = () => undefined) {
    this.onEvent = onEvent;
  }

  record(tUs: Us, body: EventBody): void {
    const event: TimedEvent = { ...body, tUs: Math.round(tUs) };
    this.facts.push(event);
    this.onEvent(event);
    const alike = this.byKind.get(body.kind);
    if (alike === undefined) this.byKind.set(body.kind, [event]);
    else alike.push(event);
    for (const waiter of this.waiters) {
      if (!waiter.holds()) continue;
      this.waiters.delete(waiter);
      waiter.resolve(true);
    }
  }

  events(): readonly TimedEvent[] {
    return this.facts;
  }

  /** Those of one kind only, without a walk through all the others. */
  eventsOf<K extends EventBody["kind"]>(kind: K): readonly TimedEventOf<K>[] {
    return (this.byKind.get(kind) ?? []) as TimedEventOf<K>[];
  }

  /** True as soon as the condition holds, false when the bound is over. */
  async until(holds: () => boolean, boundUs: Us): Promise<boolean> {
    if (holds()) return true;
    let timer: NodeJS.Timeout | undefined;
    const met = await new Promise<boolean>((resolve) => {
      const waiter: Waiter = { holds, resolve };
      this.waiters.add(waiter);
      timer = setTimeout(() => {
        this.waiters.delete(waiter);
        resolve(holds());
      }, boundUs / 1000);
    });
    clearTimeout(timer);
    return met;
  }
}
