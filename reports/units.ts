/** Times as reports write them: a number never goes without its unit. */
import { formatSeconds, type Us } from "../harness/core/time.ts";

/** A point after (or before) the fault: `+2.631 s`. */
export function signedSeconds(us: Us): string {
  const text = formatSeconds(Math.abs(us));
  return Math.round(us / 1000) < 0 ? `-${text}` : `+${text}`;
}

/** A short span, with the digits that were measured: `613.5 ms`. */
export function formatMilliseconds(us: Us): string {
  return `${(us / 1000).toFixed(1)} ms`;
}

/** How exact a figure is: `1 µs`, `10 ms`. */
export function formatResolution(us: Us): string {
  if (us < 1000) return `${us} µs`;
  return us % 1000 === 0 ? `${us / 1000} ms` : formatMilliseconds(us);
}

/** One of several, in words: `1 write`, `3 writes`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
