import { expect, test } from "vitest";
import { seconds, type Us } from "../../../core/time.ts";
import { EventQueue, type Clock, type Timer } from "../clock.ts";
import { Loop } from "./loop.ts";

/** Counts what is put into the queue. */
function counted(): { queue: EventQueue; clock: Clock; pushes: () => number } {
  const queue = new EventQueue();
  let pushes = 0;
  const at = (tUs: Us, run: () => void): Timer => {
    pushes += 1;
    return queue.at(tUs, run);
  };
  const clock: Clock = {
    nowUs: () => queue.nowUs(),
    at,
    after: (delayUs, run) => at(queue.nowUs() + delayUs, run),
  };
  return { queue, clock, pushes: () => pushes };
}

test("an alarm that is put off again and again fires once, and costs two entries", () => {
  const { queue, clock, pushes } = counted();
  const fired: Us[] = [];
  const alarm = new Loop(clock).alarm(() => fired.push(queue.nowUs()));
  for (let tUs = 0; tUs < seconds(3); tUs += 1000) {
    queue.runUntil(tUs);
    alarm.set(tUs + seconds(3));
  }
  queue.runUntil(seconds(20));
  expect(fired).toEqual([seconds(3) - 1000 + seconds(3)]);
  expect(pushes()).toBe(2);
});

test("an earlier deadline, off, and the end of the process", () => {
  const { queue, clock } = counted();
  const fired: string[] = [];
  const loop = new Loop(clock);
  const early = loop.alarm(() => fired.push(`early ${queue.nowUs()}`));
  early.set(100);
  early.set(50);
  const off = loop.alarm(() => fired.push("off"));
  off.set(60);
  off.off();
  loop.after(200, () => fired.push("dead"));
  queue.runUntil(150);
  loop.end();
  queue.runUntil(1000);
  expect(fired).toEqual(["early 50"]);
});

test("what falls due while stopped waits, in its order; what is put off meanwhile waits longer", () => {
  const { queue, clock } = counted();
  const fired: string[] = [];
  const loop = new Loop(clock);
  const put = loop.alarm(() => fired.push(`put off ${queue.nowUs()}`));
  loop.after(20, () => fired.push("second"));
  loop.after(10, () => fired.push("first"));
  put.set(30);
  loop.frozen = true;
  queue.runUntil(100);
  expect([fired, loop.overdueUs()]).toEqual([[], 90]);
  put.set(150);
  loop.thaw();
  expect(fired).toEqual(["first", "second"]);
  queue.runUntil(200);
  expect(fired).toEqual(["first", "second", "put off 150"]);
});
