/** Text that remembers where each part of it was written, through cutting and substitution. */
import type { Location } from "../location.ts";

interface Piece {
  readonly start: number;
  readonly at: Location;
  /** All of it stands for one place, such as the value of a `$VAR` for its use. */
  readonly fixed: boolean;
}

export interface Mapped {
  readonly text: string;
  /** By rising start, the first at 0. */
  readonly pieces: readonly Piece[];
}

export function mapped(text: string, at: Location): Mapped {
  return { text, pieces: [{ start: 0, at, fixed: false }] };
}

/** All characters stand for one place. */
export function pinned(text: string, at: Location): Mapped {
  return { text, pieces: [{ start: 0, at, fixed: true }] };
}

export function locate({ pieces }: Mapped, index: number): Location {
  let piece = pieces[0];
  for (const next of pieces) {
    if (next.start > index) break;
    piece = next;
  }
  if (piece === undefined) return { file: "", line: 1, column: 1 };
  return shifted(piece, index - piece.start);
}

export function slice(source: Mapped, from: number, to: number = source.text.length): Mapped {
  const text = source.text.slice(from, to);
  const only = source.pieces[0];
  if (source.pieces.length === 1 && only !== undefined) {
    return { text, pieces: [{ ...only, start: 0, at: shifted(only, from) }] };
  }
  const pieces: Piece[] = [];
  source.pieces.forEach((piece, index) => {
    const end = source.pieces[index + 1]?.start ?? Number.POSITIVE_INFINITY;
    if (end <= from || piece.start >= Math.max(to, from + 1)) return;
    const skipped = Math.max(0, from - piece.start);
    pieces.push({ ...piece, start: Math.max(0, piece.start - from), at: shifted(piece, skipped) });
  });
  return pieces.length > 0 ? { text, pieces } : pinned(text, locate(source, from));
}

export function concat(parts: readonly Mapped[]): Mapped {
  let text = "";
  const pieces: Piece[] = [];
  for (const part of parts) {
    if (part.text === "") continue;
    for (const piece of part.pieces) pieces.push({ ...piece, start: piece.start + text.length });
    text += part.text;
  }
  return pieces.length > 0 ? { text, pieces } : (parts[0] ?? { text: "", pieces: [] });
}

/** Where the text ends without trailing blanks and tabs. */
export function endOfText(text: string, least = 0): number {
  let end = text.length;
  while (end > least && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  return end;
}

function shifted({ at, fixed }: Piece, by: number): Location {
  return fixed || by === 0 ? at : { file: at.file, line: at.line, column: at.column + by };
}
