/**
 * Who may drill while several clusters are up on one machine: half of them.
 *
 * Measured with the clients' own timers (8 x dual-script/mysqld-killed, four clusters on two processors;
 * how late ticks were, mean and 90%): beside three that drill 10 ms and 28 ms, beside two that drill and
 * one that is built up 6 ms and 20 ms, beside one and two 5 ms and 11 ms, beside three that are built up
 * 7 ms and 15 ms; on its own 0.7 ms and 0.9 ms. The load of a drill disturbs more than the start of a
 * mysqld, so what waits for its turn is the load; clusters are built up and taken down meanwhile.
 */
import type { Stage } from "../run/run.ts";

/** The place of one run in the queue. */
export interface Seat {
  /** Resolves when the run may go on; what it did before is over. */
  move(stage: Stage): Promise<void>;
  leave(): void;
}

export interface Turns {
  /** `onWait` is called when a turn is not to be had at once. */
  seat(onWait: () => void): Seat;
}

/** So many drills go on at once, whatever else does. */
export function drillsAtOnce(jobs: number): number {
  return Math.ceil(jobs / 2);
}

/** First come, first served. A drill always ends, so nobody waits for ever. */
export function makeTurns(drills: number): Turns {
  let free = drills;
  const queue: (() => void)[] = [];
  const take = async (onWait: () => void): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return;
    }
    onWait();
    await new Promise<void>((resolve) => {
      queue.push(resolve);
    });
  };
  const giveBack = (): void => {
    const next = queue.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    seat: (onWait) => {
      let drilling = false;
      const leave = (): void => {
        if (drilling) giveBack();
        drilling = false;
      };
      return {
        leave,
        move: async (stage) => {
          if (stage === "building") leave();
          else if (!drilling) {
            await take(onWait);
            drilling = true;
          }
        },
      };
    },
  };
}
