/**
 * Lines at the foot of the terminal that are drawn again and again, and other output above them.
 *
 * Both happen at the tick and not when something changes: a simulated run takes a tenth of a second or less,
 * and a terminal that is written to for each of its changes would take longer than the run. When the terminal is
 * made narrower while something is shown, those that break old lines anew may keep one of them above; to take it
 * away would eat finished lines on those that do not.
 */
import { createLogUpdate } from "log-update";
import type { Look } from "./live-view.ts";

/** Ten times a second, as fast as seconds and phases can be followed. */
const TICK_MS = 100;

export interface LiveTerminal {
  /** The lines go, what was to be printed is printed, the cursor is back. */
  close(): void;
}

type Output = typeof process.stdout | typeof process.stderr;

interface Open {
  print(text: string, output: Output): void;
}

let open: Open | undefined;

/** A terminal that does not say how wide it is (0 columns) would be cleared without end. */
export function isLive(): boolean {
  return process.stderr.isTTY && process.stderr.columns > 0;
}

/** What is printed while lines stand at the foot comes above them, at the next tick. */
export function printBeside(text: string, output: Output = process.stdout): void {
  if (open === undefined) output.write(text);
  else open.print(text, output);
}

/** There is one at a time; `render` is asked at every tick, and drawn when it says something new. */
export function openTerminal(render: (look: Look) => readonly string[]): LiveTerminal {
  const { stderr } = process;
  const draw = createLogUpdate(stderr);
  const colour = process.env["NO_COLOR"] === undefined;
  let pending: { readonly text: string; readonly output: Output }[] = [];
  const flush = (): void => {
    if (pending.length > 0) draw.clear();
    for (const { text, output } of pending) output.write(text);
    pending = [];
  };
  const tick = (): void => {
    flush();
    // Of the last column some terminals make a line break.
    const columns = Math.max(1, stderr.columns - 1);
    const lines = render({ columns, rows: stderr.rows, nowMs: performance.now(), colour });
    if (lines.length === 0) draw.clear();
    else draw(lines.join("\n"));
  };
  const timer = setInterval(tick, TICK_MS);
  const mine: Open = {
    print: (text, output) => {
      // What does not go to a terminal cannot come in between.
      if (output.isTTY) pending.push({ text, output });
      else output.write(text);
    },
  };
  const close = (): void => {
    clearInterval(timer);
    stderr.off("resize", tick);
    process.off("exit", close);
    draw.clear();
    flush();
    draw.done();
    if (open === mine) open = undefined;
  };
  open = mine;
  stderr.on("resize", tick);
  process.once("exit", close);
  return { close };
}
