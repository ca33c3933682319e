/** Runs side by side: only some of them drill at once. */
import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drillsAtOnce, makeTurns } from "./turns.ts";

const wait = (): void => undefined;

/** Lets everything that is due happen. */
const settled = (): Promise<void> => setTimeout(1);

describe("turns", () => {
  it("let half of the clusters drill, and one of one", () => {
    expect([1, 2, 3, 4].map(drillsAtOnce)).toEqual([1, 1, 2, 2]);
  });

  it("are given in the order of asking, and building needs none", async () => {
    const turns = makeTurns(1);
    const seats = [turns.seat(wait), turns.seat(wait), turns.seat(wait)];
    const order: number[] = [];
    await Promise.all(seats.map((seat) => seat.move("building")));
    seats.forEach((seat, index) => void seat.move("drilling").then(() => order.push(index)));
    await settled();
    expect(order).toEqual([0]);
    await seats[0]!.move("building");
    await settled();
    expect(order).toEqual([0, 1]);
    seats[1]!.leave();
    seats[1]!.leave();
    await settled();
    expect(order).toEqual([0, 1, 2]);
  });

  it("are never taken by more than so many, and all come to theirs", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.nat(3), { maxLength: 12 }),
        async (drills, delays) => {
          const turns = makeTurns(drills);
          let inside = 0;
          let most = 0;
          const drill = async (delay: number): Promise<void> => {
            const seat = turns.seat(wait);
            await seat.move("building");
            await seat.move("drilling");
            inside += 1;
            most = Math.max(most, inside);
            for (let tick = 0; tick < delay; tick += 1) await Promise.resolve();
            inside -= 1;
            await seat.move("building");
            seat.leave();
          };
          await Promise.all(delays.map(drill));
          expect(most).toBeLessThanOrEqual(drills);
          expect(inside).toBe(0);
        },
      ),
    );
  });
});
