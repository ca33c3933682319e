/** What the watcher in a node with a kernel of its own prints when it woke up late. */

export interface LatenessLine {
  readonly epochUs: number;
  /** Worst within the span that ends there. */
  readonly lateUs: number;
  readonly spanUs: number;
}

/** `TIME LATE SPAN`, whole microseconds, the time since the epoch. */
export function parseLatenessLine(line: string): LatenessLine | undefined {
  const match = /^(\d{16}) (\d+) (\d+)$/.exec(line);
  if (match === null) return undefined;
  const [epochUs = 0, lateUs = 0, spanUs = 0] = match.slice(1).map(Number);
  return { epochUs, lateUs, spanUs };
}
