/** Comments, escaped comment characters and outer blanks, as parser.c:decomment takes them off. */
import { concat, endOfText, slice, type Mapped } from "./mapped.ts";

export interface Decommented {
  readonly line: Mapped;
  readonly unterminatedQuote: boolean;
}

export function decomment(source: Mapped): Decommented {
  const start = /^[ \t]*/u.exec(source.text)?.[0].length ?? 0;
  const { text } = source;
  if (!/[!#"\\]/u.test(text)) {
    return { line: trimmed(source, start, text.length), unterminatedQuote: false };
  }
  const parts: Mapped[] = [];
  let from = start;
  let end = text.length;
  let quote = false;
  let continued = false;
  let comment = false;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === "\\" && at + 1 >= text.length) {
      // A backslash that ends the line survives a comment: the next line still belongs to a definition.
      continued = true;
      if (!comment) end = at;
    } else if (char === "\\") {
      const next = text[at + 1];
      if (!quote && !comment && (next === "#" || next === "!")) {
        parts.push(slice(source, from, at));
        from = at + 1;
      }
      at++;
    } else if (char === '"' && !comment) {
      quote = !quote;
    } else if ((char === "!" || char === "#") && !quote && !comment) {
      comment = true;
      end = at;
    }
  }
  parts.push(slice(source, from, Math.max(from, end)));
  const whole = parts.length === 1 ? parts[0] : concat(parts);
  const line = trimmed(whole ?? source, 0, (whole ?? source).text.length);
  return {
    line: continued ? concat([line, slice(source, text.length - 1)]) : line,
    unterminatedQuote: quote,
  };
}

/** 1.2.13 takes ! and # for a comment only where a word would begin (parser.c:alloc_strvec, 1.2.13). */
export function decommentPlainly(source: Mapped): Decommented {
  const comment = /(?:^|[ \t\f\v"])[!#]/u.exec(source.text);
  const start = /^[ \t]*/u.exec(source.text)?.[0].length ?? 0;
  return {
    line: trimmed(source, start, comment?.index ?? source.text.length),
    unterminatedQuote: false,
  };
}

function trimmed(source: Mapped, from: number, to: number): Mapped {
  const end = endOfText(source.text.slice(0, to), from);
  return from === 0 && end === source.text.length ? source : slice(source, from, end);
}
