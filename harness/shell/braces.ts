/** Brace expansion, `{a,b}` and `{1..3}`: text only, before all other expansions. */
import type { Part, Word } from "./ast.ts";
import { makeWord } from "./words.ts";

const MAX_WORDS = 1000;

/** The inside of a brace pair as its alternatives, or nothing when it is plain text. */
function alternatives(inner: string): string[] | undefined {
  const range = /^(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$/.exec(inner);
  if (range !== null) {
    const [from, to] = [Number(range[1]), Number(range[2])];
    const step = Math.max(1, Math.abs(Number(range[3] ?? 1)));
    const count = Math.floor(Math.abs(to - from) / step) + 1;
    if (count > MAX_WORDS) return undefined;
    const width = /^-?0\d/.test(range[1] ?? "") ? (range[1] ?? "").length : 0;
    return Array.from({ length: count }, (_, at) =>
      String(from + at * step * Math.sign(to - from)).padStart(width, "0"),
    );
  }
  const letters = /^([a-zA-Z])\.\.([a-zA-Z])$/.exec(inner);
  if (letters !== null) {
    const [from, to] = [(letters[1] ?? "").charCodeAt(0), (letters[2] ?? "").charCodeAt(0)];
    return Array.from({ length: Math.abs(to - from) + 1 }, (_, at) =>
      String.fromCharCode(from + at * Math.sign(to - from)),
    );
  }
  return splitAtCommas(inner);
}

function splitAtCommas(inner: string): string[] | undefined {
  const pieces: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < inner.length; at += 1) {
    if (inner[at] === "{") depth += 1;
    if (inner[at] === "}") depth -= 1;
    if (inner[at] !== "," || depth > 0) continue;
    pieces.push(inner.slice(start, at));
    start = at + 1;
  }
  return pieces.length === 0 ? undefined : [...pieces, inner.slice(start)];
}

function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === "{") depth += 1;
    if (text[at] === "}") depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

function expandText(text: string, budget: { left: number }): string[] {
  for (let open = text.indexOf("{"); open >= 0; open = text.indexOf("{", open + 1)) {
    const close = closingBrace(text, open);
    const choices = close < 0 ? undefined : alternatives(text.slice(open + 1, close));
    if (choices === undefined) continue;
    budget.left -= choices.length;
    if (budget.left < 0) return [text];
    const tails = expandText(text.slice(close + 1), budget);
    const heads = choices.flatMap((choice) => expandText(choice, budget));
    if (heads.length * tails.length > MAX_WORDS) return [text];
    return heads.flatMap((head) => tails.map((tail) => text.slice(0, open) + head + tail));
  }
  return [text];
}

/** The words that one word stands for. Braces that span a quotation or an expansion stay as they are. */
export function expandBraces(word: Word): readonly Word[] {
  const at = word.parts.findIndex(
    (part) => part.kind === "text" && !part.quoted && part.text.includes("{"),
  );
  const part = word.parts[at];
  if (part?.kind !== "text") return [word];
  const texts = expandText(part.text, { left: MAX_WORDS });
  if (texts.length === 1) return [word];
  return texts.map((text) => {
    const middle: Part[] = text === "" ? [] : [{ kind: "text", text, quoted: false }];
    return makeWord([...word.parts.slice(0, at), ...middle, ...word.parts.slice(at + 1)]);
  });
}
