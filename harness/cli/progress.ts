/**
 * Live progress: on a terminal one line that says the phase, what is waited for and for how long;
 * elsewhere one plain line for each change.
 */
import ora from "ora";

export interface Progress {
  update(text: string): void;
  /** Takes the live line away; what comes next can be printed. */
  stop(): void;
}

const REFRESH_MS = 200;

/** `alone`: nobody else shows progress at the same time, so that one line can be kept up to date. */
export function startProgress(label: string, alone = true): Progress {
  return alone && process.stderr.isTTY ? liveLine(label) : plainLines(label);
}

function liveLine(label: string): Progress {
  const spinner = ora({ text: label, discardStdin: false }).start();
  let text = "";
  let sinceMs = performance.now();
  const show = (): void => {
    const seconds = Math.floor((performance.now() - sinceMs) / 1000);
    const columns = (process.stderr.columns || 80) - 4;
    spinner.text = `${label}  ${text}${seconds > 0 ? `  ${seconds} s` : ""}`.slice(0, columns);
  };
  const timer = setInterval(show, REFRESH_MS);
  return {
    update: (next) => {
      text = next;
      sinceMs = performance.now();
      show();
    },
    stop: () => {
      clearInterval(timer);
      spinner.stop();
    },
  };
}

function plainLines(label: string): Progress {
  const startMs = performance.now();
  let last = "";
  return {
    update: (text) => {
      if (text === last) return;
      last = text;
      const elapsed = ((performance.now() - startMs) / 1000).toFixed(1).padStart(6);
      process.stderr.write(`${elapsed} s  ${label}  ${text}\n`);
    },
    stop: () => undefined,
  };
}
