/** Wall clock of the engine's kernel in microseconds; steps forward with the monotonic clock. */
export function nowUs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

/** Difference between the wall clock right now and the one we count on: moves when time is set. */
export function wallMinusMonotonicUs(): number {
  return Math.round(Date.now() * 1000 - performance.now() * 1000);
}
