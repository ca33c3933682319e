/**
 * Editing a configuration as text, and taking an edit back later although others may have edited it
 * since. Pure: where the text comes from and goes to is a backend's business.
 */
import { z } from "zod";

export interface Edit {
  /** Has to occur exactly once. */
  readonly find: string;
  readonly replace: string;
}

export const editSchema: z.ZodType<Edit> = z.strictObject({
  find: z.string().min(1),
  replace: z.string(),
});

export type Edited =
  | { readonly kind: "edited"; readonly text: string }
  /** A sentence without a full stop. */
  | { readonly kind: "refused"; readonly why: string };

/** One after the other, each on what the one before it made. */
export function applyEdits(text: string, edits: readonly Edit[]): Edited {
  let changed = text;
  for (const { find, replace } of edits) {
    const parts = changed.split(find);
    if (parts.length !== 2) return refused(`${quoted(find)} ${occurrences(parts.length - 1)}`);
    changed = parts.join(replace);
  }
  return changed === text ? refused("the edits change nothing") : { kind: "edited", text: changed };
}

export function refused(why: string): Edited {
  return { kind: "refused", why };
}

function occurrences(count: number): string {
  return count === 0 ? "does not occur in it" : `occurs ${count} times in it, not once`;
}

const QUOTED_LENGTH_MAX = 40;

/** On one line, for messages. */
export function quoted(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  return line.length > QUOTED_LENGTH_MAX
    ? `\`${line.slice(0, QUOTED_LENGTH_MAX)}...\``
    : `\`${line}\``;
}

/** Where two texts differ: from `start` to `end` of the first, everything around it being equal. */
interface Difference {
  readonly start: number;
  readonly end: number;
  readonly put: string;
}

function difference(from: string, to: string): Difference {
  const shorter = Math.min(from.length, to.length);
  let start = 0;
  while (start < shorter && from.charAt(start) === to.charAt(start)) start += 1;
  let tail = 0;
  while (
    tail < shorter - start &&
    from.charAt(from.length - 1 - tail) === to.charAt(to.length - 1 - tail)
  ) {
    tail += 1;
  }
  return { start, end: from.length - tail, put: to.slice(start, to.length - tail) };
}

/**
 * `current` without the change that made `written` of `earlier`. Changes that others made elsewhere stay;
 * nothing when they touch the same place, because what is wanted there is then not known.
 */
export function restored(current: string, written: string, earlier: string): string | undefined {
  if (current === written) return earlier;
  if (current === earlier) return earlier; // somebody has put it back already
  const own = difference(written, earlier);
  const other = difference(written, current);
  if (own.start <= other.end && other.start <= own.end) return undefined;
  const [first, second] = own.start < other.start ? [own, other] : [other, own];
  return (
    written.slice(0, first.start) +
    first.put +
    written.slice(first.end, second.start) +
    second.put +
    written.slice(second.end)
  );
}
