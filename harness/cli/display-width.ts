/**
 * How many columns of a terminal a text takes. Where terminals differ (joined emoji, the emoji variation
 * selector) the larger figure is taken: a line that is too short costs nothing, one that is too long wraps.
 */

/** East Asian Wide and Fullwidth (Unicode's EastAsianWidth.txt, 16.0), and what is an emoji by itself. */
const WIDE =
  /[\u1100-\u115F\u2329\u232A\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6B\uFF01-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18D08}\u{1AFF0}-\u{1B2FB}\u{1D300}-\u{1D376}\u{1F200}-\u{1F265}\u{20000}-\u{3FFFD}\p{Emoji_Presentation}]/u;

/** Combining marks and format characters are drawn on what stands before them. */
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11FF]/u;
const EMOJI_SELECTOR = "\uFE0F";

const ASCII = /^[\u0020-\u007E]*$/;

/** Of text without control characters. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const letter of text) width += letterWidth(letter);
  return width;
}

function letterWidth(letter: string): number {
  if (letter === EMOJI_SELECTOR) return 1;
  if (NO_WIDTH.test(letter)) return 0;
  return WIDE.test(letter) ? 2 : 1;
}

/** As much of the text as fits, and the rest. A mark stays with the letter it is drawn on. */
export function splitAt(text: string, columns: number): readonly [string, string] {
  if (ASCII.test(text)) return [text.slice(0, columns), text.slice(columns)];
  let width = 0;
  let end = 0;
  for (const letter of text) {
    width += letterWidth(letter);
    if (width > columns) break;
    end += letter.length;
  }
  return [text.slice(0, end), text.slice(end)];
}

/** Ends with an ellipsis where something had to go. */
export function truncated(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  return columns < 1 ? "" : `${splitAt(text, columns - 1)[0]}…`;
}
