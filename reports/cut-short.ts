/** A command that ended before all of its runs were done: what is missing must not look like success. */

export interface CutShort {
  readonly planned: number;
  /** Planned, and without any result. */
  readonly missing: number;
  readonly by: "interrupt" | "error";
}

export function cutShortWords({ planned, missing, by }: CutShort): string {
  const these = `${missing} of ${planned} runs`;
  const were = missing === 1 && planned === 1 ? "was" : "were";
  return by === "interrupt"
    ? `interrupted: ${these} ${were} not started`
    : `ended by an error: ${these} ${were} not done`;
}
