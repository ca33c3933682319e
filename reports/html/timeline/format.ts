/** Times as the pages write them. Pure; shared with the viewer. */

/** To the microsecond, in groups of three that stay on one line: `+2.018 431 s`. */
export function exactSeconds(us: number): string {
  const whole = Math.round(us);
  const [seconds, fraction] = (Math.abs(whole) / 1e6).toFixed(6).split(".") as [string, string];
  const sign = whole < 0 ? "\u2212" : "+";
  return `${sign}${seconds}.${fraction.slice(0, 3)}\u00A0${fraction.slice(3)}\u00A0s`;
}

/** A span: microseconds while they are few, then milliseconds, then seconds. */
export function spanWords(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(us < 10_000 ? 2 : 1)} ms`;
  return `${(us / 1e6).toFixed(3)} s`;
}

/** As many decimals as the step between two ticks needs. */
export function tickWords(us: number, stepUs: number): string {
  const decimals = Math.min(6, Math.max(0, Math.ceil(6 - Math.log10(stepUs) - 1e-9)));
  const value = us / 1e6;
  const text = Math.abs(value).toFixed(decimals);
  return `${value < 0 ? "\u2212" : ""}${text} s`;
}

/** 1, 2 or 5 times a power of ten, so that there are about as many ticks as wanted. */
export function tickStep(spanUs: number, count: number): number {
  const raw = Math.max(1, spanUs / Math.max(1, count));
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= raw - 1e-9) ?? 10;
  return Math.max(1, step * power);
}

/** Multiples of the step within a range, counted from zero. */
export function ticksWithin(startUs: number, endUs: number, stepUs: number): number[] {
  const found: number[] = [];
  for (let at = Math.ceil(startUs / stepUs) * stepUs; at <= endUs; at += stepUs) {
    found.push(Math.round(at) + 0);
  }
  return found;
}
