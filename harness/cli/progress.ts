/**
 * Live progress: on a terminal one line that says the phase, what is waited for and for how long, or,
 * where several runs go on at once, what each is at; elsewhere one plain line for each change.
 */
import ora, { type Ora } from "ora";

export interface Progress {
  update(text: string): void;
  /** Takes the live line away; what comes next can be printed. */
  stop(): void;
}

const REFRESH_MS = 200;

/** `alone`: nobody else shows progress at the same time, so that one line can say all of it. */
export function startProgress(label: string, alone = true): Progress {
  // A terminal that does not say how wide it is (0 columns) would be cleared without end.
  if (!process.stderr.isTTY || process.stderr.columns === 0) return plainLines(label);
  return alone ? liveLine(label) : partOfLine(label);
}

/** Output between two states of a live line that several runs share. */
export function printBeside(text: string): void {
  shared?.clear();
  process.stdout.write(text);
}

function liveLine(label: string): Progress {
  const spinner = ora({ text: label, discardStdin: false }).start();
  let text = "";
  let sinceMs = performance.now();
  const show = (): void => {
    const seconds = Math.floor((performance.now() - sinceMs) / 1000);
    spinner.text = fitting(`${label}  ${text}${seconds > 0 ? `  ${seconds} s` : ""}`);
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

let shared: Ora | undefined;
/** By label, what each run that goes on is at. */
const parts = new Map<string, string>();

/** Of a long text only the phase is of interest here: `[3/8] settle, [4/8] disturb`. */
function partOfLine(label: string): Progress {
  const show = (): void => {
    if (parts.size === 0) {
      shared?.stop();
      shared = undefined;
      return;
    }
    shared ??= ora({ discardStdin: false }).start();
    shared.text = fitting([...parts].map(([name, text]) => `${name} ${text}`).join(", "));
  };
  const place = label.split(" ")[0] ?? label;
  return {
    update: (text) => {
      parts.set(place, text.split(":")[0] ?? text);
      show();
    },
    stop: () => {
      parts.delete(place);
      show();
    },
  };
}

function fitting(text: string): string {
  return text.slice(0, process.stderr.columns - 4);
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
