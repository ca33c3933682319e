/**
 * Virtual time: a queue of events in order of time, then of arrival. Nothing here ever waits; time
 * is what the event at the head of the queue says.
 */
import { HarnessError } from "../../core/errors.ts";
import type { Us } from "../../core/time.ts";

export interface Timer {
  cancel(): void;
}

/** What a part of the simulated world may do with time. */
export interface Clock {
  nowUs(): Us;
  /** Runs at that time; at once (after what is queued for now) when it is in the past. */
  at(tUs: Us, run: () => void): Timer;
  after(delayUs: Us, run: () => void): Timer;
}

class Entry implements Timer {
  readonly tUs: Us;
  readonly order: number;
  run: (() => void) | undefined;

  constructor(tUs: Us, order: number, run: () => void) {
    this.tUs = tUs;
    this.order = order;
    this.run = run;
  }

  cancel(): void {
    this.run = undefined;
  }
}

/** More events than this at one instant is a loop in the model, not a simulation. */
const EVENTS_AT_ONE_INSTANT_MAX = 100_000;

export class EventQueue implements Clock {
  private readonly heap: Entry[] = [];
  private now: Us = 0;
  private order = 0;
  private atThisInstant = 0;
  /** Called with the time of each event before it runs: what is computed in bulk catches up. */
  onAdvance: ((tUs: Us) => void) | undefined;

  nowUs(): Us {
    return this.now;
  }

  at(tUs: Us, run: () => void): Timer {
    this.order += 1;
    const entry = new Entry(Math.max(this.now, Math.round(tUs)), this.order, run);
    this.push(entry);
    return entry;
  }

  after(delayUs: Us, run: () => void): Timer {
    return this.at(this.now + delayUs, run);
  }

  /** Time of the next event, or nothing when none is left. */
  peekUs(): Us | undefined {
    while (this.heap[0]?.run === undefined && this.heap.length > 0) this.pop();
    return this.heap[0]?.tUs;
  }

  /** Runs the next event if it is due by then. False when there is none. */
  step(untilUs: Us): boolean {
    const tUs = this.peekUs();
    if (tUs === undefined || tUs > untilUs) return false;
    const entry = this.pop();
    const run = entry?.run;
    if (entry === undefined || run === undefined) return true;
    entry.run = undefined;
    this.advance(tUs);
    run();
    return true;
  }

  /** Runs everything that is due by then, and then it is then. */
  runUntil(tUs: Us): void {
    while (this.step(tUs)) continue;
    this.advance(tUs);
  }

  private advance(tUs: Us): void {
    if (tUs > this.now) {
      this.now = tUs;
      this.atThisInstant = 0;
    } else {
      this.atThisInstant += 1;
      if (this.atThisInstant > EVENTS_AT_ONE_INSTANT_MAX) {
        throw new HarnessError("SIM_LIVELOCK", `the model does not get past ${this.now} µs`);
      }
    }
    this.onAdvance?.(this.now);
  }

  private push(entry: Entry): void {
    const { heap } = this;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  private pop(): Entry | undefined {
    const { heap } = this;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      let least = left;
      if (right !== undefined && before(right, left)) {
        child += 1;
        least = right;
      }
      if (!before(least, last)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.tUs < b.tUs || (a.tUs === b.tUs && a.order < b.order);
}
