/**
 * Live progress: on a terminal lines at its foot (live-view.ts) that say the phase of each run, what it waits
 * for and for how long; elsewhere one plain line for each change.
 */
import type { Phase } from "../history/events.ts";
import type { Outcome } from "../run/judge.ts";
import { isLive, openTerminal, type LiveTerminal } from "./live-terminal.ts";
import { renderActivity, renderLive, type Lane } from "./live-view.ts";

export { printBeside } from "./live-terminal.ts";

export interface Progress {
  update(text: string): void;
  /** Takes the live line away; what comes next can be printed. */
  stop(): void;
}

/** Of something that is no run, and goes on alone. */
export function startProgress(label: string): Progress {
  if (!isLive()) {
    const update = plainLines(label);
    return { update, stop: () => undefined };
  }
  let text = "";
  let sinceMs = performance.now();
  const terminal = openTerminal((look) => renderActivity({ label, text, sinceMs }, look));
  return {
    update: (next) => {
      if (next === text) return;
      text = next;
      sinceMs = performance.now();
    },
    stop: () => {
      terminal.close();
    },
  };
}

export interface BoardPlan {
  readonly planned: number;
  readonly jobs: number;
  readonly simulated: boolean;
  /** Whether there is more than one, so that it has to be said. */
  readonly severalImages: boolean;
}

export interface RunProgress {
  update(phase: Phase, text: string): void;
  /** The run is over; without an outcome it does not count. */
  stop(outcome?: Outcome): void;
}

/** All runs of one invocation. */
export interface Board {
  lane(run: { number: number; scenario: string; image: string }): RunProgress;
  /** Whatever still goes on is no longer shown. */
  close(): void;
}

export function startBoard(plan: BoardPlan): Board {
  return isLive() ? liveBoard(plan) : plainBoard(plan);
}

function placeOf(number: number, { planned }: BoardPlan): string {
  return planned === 1 ? "" : `[${number}/${planned}]`;
}

function plainBoard(plan: BoardPlan): Board {
  return {
    lane: ({ number, scenario, image }) => {
      const place = placeOf(number, plan);
      const name = `${scenario}${plan.severalImages ? ` on ${image}` : ""}`;
      const say = plainLines(place === "" ? name : `${place} ${name}`);
      return {
        update: (phase, text) => {
          say(`${phase}: ${text}`);
        },
        stop: () => undefined,
      };
    },
    close: () => undefined,
  };
}

function liveBoard(plan: BoardPlan): Board {
  const lanes = new Map<number, Lane>();
  const ended: Record<Outcome, number> = {
    "as-expected": 0,
    unexpected: 0,
    inconclusive: 0,
    skipped: 0,
    error: 0,
  };
  let ranMs = 0;
  let terminal: LiveTerminal | undefined = openTerminal((look) =>
    renderLive({ ...plan, lanes: [...lanes.values()], ended, ranMs }, look),
  );
  const close = (): void => {
    terminal?.close();
    terminal = undefined;
  };
  return {
    close,
    lane: ({ number, scenario, image }) => {
      const place = placeOf(number, plan);
      const startedMs = performance.now();
      const start = { place, scenario, image, startedMs };
      lanes.set(number, { ...start, phase: "prepare", waitsFor: "", waitsSinceMs: startedMs });
      return {
        update: (phase, waitsFor) => {
          const waitsSinceMs = performance.now();
          lanes.set(number, { ...start, phase, waitsFor, waitsSinceMs });
        },
        stop: (outcome) => {
          if (!lanes.delete(number) || outcome === undefined) return;
          ended[outcome] += 1;
          if (outcome !== "skipped") ranMs += performance.now() - startedMs;
        },
      };
    },
  };
}

function plainLines(label: string): (text: string) => void {
  const startMs = performance.now();
  let last = "";
  return (text) => {
    if (text === last) return;
    last = text;
    const elapsed = ((performance.now() - startMs) / 1000).toFixed(1).padStart(6);
    process.stderr.write(`${elapsed} s  ${label}  ${text}\n`);
  };
}
