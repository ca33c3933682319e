import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HarnessError } from "../../core/errors.ts";
import { EventQueue } from "./clock.ts";

describe("the queue of events", () => {
  it("runs them in order of time, those of one moment in order of arrival", () => {
    const queue = new EventQueue();
    const seen: string[] = [];
    for (const [tUs, name] of [
      [20, "c"],
      [10, "a"],
      [20, "d"],
      [10, "b"],
    ] as const) {
      queue.at(tUs, () => seen.push(`${name}@${queue.nowUs()}`));
    }
    queue.runUntil(20);
    expect(seen).toEqual(["a@10", "b@10", "c@20", "d@20"]);
  });

  it("runs what was put into the past at once, after what is queued for now", () => {
    const queue = new EventQueue();
    const seen: string[] = [];
    queue.at(10, () => {
      queue.at(3, () => seen.push(`late@${queue.nowUs()}`));
      seen.push("first");
    });
    queue.at(10, () => seen.push("second"));
    queue.runUntil(10);
    expect(seen).toEqual(["first", "second", "late@10"]);
  });

  it("does not run what was cancelled, nor takes its time for the next one", () => {
    const queue = new EventQueue();
    const timer = queue.at(5, () => expect.unreachable());
    queue.at(8, () => undefined);
    timer.cancel();
    expect(queue.peekUs()).toBe(8);
    queue.runUntil(5);
    expect(queue.nowUs()).toBe(5);
    timer.cancel();
  });

  it("is at the time that was asked for even when nothing happens then", () => {
    const queue = new EventQueue();
    queue.runUntil(1234);
    expect([queue.nowUs(), queue.peekUs(), queue.step(9999)]).toEqual([1234, undefined, false]);
  });

  it("tells of each moment before what happens in it", () => {
    const queue = new EventQueue();
    const seen: string[] = [];
    queue.onAdvance = (tUs) => seen.push(`to ${tUs}`);
    queue.at(7, () => seen.push("event"));
    queue.runUntil(9);
    expect(seen).toEqual(["to 7", "event", "to 9"]);
  });

  it("gives up on a model that does not let time pass", () => {
    const queue = new EventQueue();
    const again = (): void => {
      queue.after(0, again);
    };
    queue.at(42, again);
    expect(() => {
      queue.runUntil(100);
    }).toThrow(new HarnessError("SIM_LIVELOCK", "the model does not get past 42 µs"));
  });

  it("never goes back, and runs every event once, whatever is added or cancelled meanwhile", () => {
    const anyEvent = fc.record({
      tUs: fc.integer({ min: 0, max: 50 }),
      /** What it does when it runs: adds another one so much later, or cancels one. */
      adds: fc.option(fc.integer({ min: -5, max: 20 }), { nil: undefined }),
      cancels: fc.option(fc.nat({ max: 30 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (plan) => {
        const queue = new EventQueue();
        const runs: number[] = [];
        const cancelled = new Set<number>();
        const times: number[] = [];
        let extra = 0;
        let extraRuns = 0;
        const timers = plan.map(({ tUs, adds, cancels }, index) =>
          queue.at(tUs, () => {
            expect(queue.nowUs()).toBe(tUs);
            times.push(queue.nowUs());
            runs.push(index);
            if (adds !== undefined) {
              extra += 1;
              queue.after(adds, () => {
                extraRuns += 1;
                times.push(queue.nowUs());
              });
            }
            if (cancels === undefined || runs.includes(cancels)) return;
            timers[cancels]?.cancel();
            cancelled.add(cancels);
          }),
        );
        queue.runUntil(100);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(new Set(runs).size).toBe(runs.length);
        const expected = plan.map((_, index) => index).filter((index) => !cancelled.has(index));
        expect(runs.toSorted((a, b) => a - b)).toEqual(expected);
        expect(extraRuns).toBe(extra);
      }),
    );
  });
});
