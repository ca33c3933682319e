/**
 * How late the machine is: a thread that does nothing but sleep 10 ms at a time, and reports how much longer
 * it took. It shares no event loop and no garbage collector with the clients, so that what it sees is the
 * machine, and not this program's own work. Used by `main.ts`; loaded a second time as the thread itself.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { nowUs } from "./clock.ts";
import { emit } from "./output.ts";

/** Time, the worst lateness in the span before it, the span. */
export type Lateness = readonly [number, number, number];

const SLEEP_US = 10_000;
const SECOND_US = 1_000_000;
/** Seconds that were not later are not worth a line (`harness/timing/noise.ts`: QUIET_US_MAX). */
const REPORTED_US_MIN = 20_000;
/** The thread is asked to end and answers at once, or the machine is too late to be waited for. */
const END_BOUND_MS = 2000;

export interface Meter {
  /** A sleep ended at `atUs` that was due at `dueUs`; gives a line when a second was late. */
  slept(dueUs: number, atUs: number): Lateness | undefined;
  /** The second under way, if it was late, and the worst of all. */
  end(atUs: number): Lateness[];
}

/** A sleep longer than a second makes its second longer, so that spans leave nothing out. */
export function meter(startUs: number): Meter {
  let worstUs = 0;
  let secondUs = 0;
  let since = startUs;
  const close = (atUs: number): Lateness | undefined => {
    const line: Lateness = [atUs, secondUs, atUs - since];
    const late = secondUs > REPORTED_US_MIN;
    since = atUs;
    secondUs = 0;
    return late ? line : undefined;
  };
  return {
    slept: (dueUs, atUs) => {
      const lateUs = Math.max(0, atUs - dueUs);
      worstUs = Math.max(worstUs, lateUs);
      secondUs = Math.max(secondUs, lateUs);
      return atUs - since >= SECOND_US ? close(atUs) : undefined;
    },
    end: (atUs) => {
      const last = close(atUs);
      return [...(last === undefined ? [] : [last]), [atUs, worstUs, atUs - startUs]];
    },
  };
}

export function startJitter(): { stop(): Promise<void> } {
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(new URL(import.meta.url), { workerData: signal });
  thread.on("message", (line: Lateness) => {
    emit(["j", ...line]);
  });
  // Without it nobody says that the machine was quiet, which is all that is lost.
  thread.on("error", (error) => {
    process.stderr.write(`jitter: ${error.message}\n`);
  });
  const ended = new Promise<void>((resolve) => {
    thread.once("exit", () => {
      resolve();
    });
  });
  return {
    stop: async () => {
      Atomics.store(signal, 0, 1);
      Atomics.notify(signal, 0);
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, END_BOUND_MS))]);
    },
  };
}

function sleepAndReport(signal: Int32Array, report: (line: Lateness) => void): void {
  const all = meter(nowUs());
  for (;;) {
    const beganUs = nowUs();
    const ending = Atomics.wait(signal, 0, 0, SLEEP_US / 1000) !== "timed-out";
    const atUs = nowUs();
    if (ending) {
      for (const line of all.end(atUs)) report(line);
      return;
    }
    const line = all.slept(beganUs + SLEEP_US, atUs);
    if (line !== undefined) report(line);
  }
}

if (!isMainThread && workerData instanceof Int32Array) {
  sleepAndReport(workerData, (line) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    parentPort?.postMessage(line);
  });
}
