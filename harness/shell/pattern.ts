/**
 * Shell patterns (`*`, `?`, `[...]`) and POSIX regular expressions as JavaScript ones, compiled once
 * for each text. A backslash in a shell pattern makes the next character plain: that is how quoting
 * arrives here.
 */
const CLASSES: Readonly<Record<string, string>> = {
  alpha: "a-zA-Z",
  digit: "0-9",
  alnum: "a-zA-Z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: "\\s",
  blank: " \\t",
  punct: "!-\\/:-@\\[-`{-~",
  xdigit: "0-9A-Fa-f",
  cntrl: "\\x00-\\x1f\\x7f",
  print: "\\x20-\\x7e",
  graph: "\\x21-\\x7e",
};
const KEPT = 2000;

export class PatternError extends Error {}

function keep<T>(store: Map<string, T>, key: string, make: () => T): T {
  const known = store.get(key);
  if (known !== undefined) return known;
  const made = make();
  if (store.size >= KEPT) store.clear();
  store.set(key, made);
  return made;
}

export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** A bracket expression from its `[`: the JavaScript class and where it ends, or nothing if it is open. */
function bracket(
  text: string,
  start: number,
  shell: boolean,
): { source: string; end: number } | undefined {
  let at = start + 1;
  let source = "[";
  if (text[at] === "^" || (shell && text[at] === "!")) {
    source += "^";
    at += 1;
  }
  const first = at;
  for (; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (char === "]" && at > first) {
      return { source: `${source}]`, end: at + 1 };
    }
    const named = char === "[" ? /^\[[:.=]([^\]]*?)[:.=]\]/.exec(text.slice(at, at + 16)) : null;
    if (named !== null) {
      source += CLASSES[named[1] ?? ""] ?? escapeRegExp(named[1] ?? "");
      at += named[0].length - 1;
    } else if (char === "\\" && shell) {
      at += 1;
      source += escapeRegExp(text[at] ?? "\\");
    } else if (char === "-") {
      source += at > first && text[at + 1] !== "]" ? "-" : "\\-";
    } else {
      source += escapeRegExp(char);
    }
  }
  return undefined;
}

function globSource(pattern: string, star: string): string {
  let source = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? "";
    if (char === "*") {
      source += star;
      while (pattern[at + 1] === "*") at += 1;
    } else if (char === "?") source += "[^]";
    else if (char === "\\") {
      at += 1;
      source += escapeRegExp(pattern[at] ?? "\\");
    } else if (char === "[") {
      const found = bracket(pattern, at, true);
      source += found?.source ?? "\\[";
      if (found !== undefined) at = found.end - 1;
    } else source += escapeRegExp(char);
  }
  return source;
}

function compile(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    throw new PatternError(`invalid regular expression: ${source}`);
  }
}

const globs = new Map<string, RegExp>();

/** For `case` and `[[ == ]]`: the whole text has to match. */
export function wholePattern(pattern: string): RegExp {
  return keep(globs, `w${pattern}`, () => compile(`^${globSource(pattern, "[^]*")}$`, ""));
}

/** For `${x#p}` and `${x%p}`. */
export function trimPattern(pattern: string, side: "prefix" | "suffix", longest: boolean): RegExp {
  return keep(globs, `${side}${String(longest)}${pattern}`, () => {
    if (side === "prefix")
      return compile(`^${globSource(pattern, longest ? "[^]*" : "[^]*?")}`, "");
    // A suffix is found by what stands before it: as much as possible for the shortest.
    return compile(`^(${longest ? "[^]*?" : "[^]*"})${globSource(pattern, "[^]*")}$`, "");
  });
}

/** For `${x/p/by}`. */
export function searchPattern(pattern: string, anchor: "" | "#" | "%", all: boolean): RegExp {
  return keep(globs, `s${anchor}${String(all)}${pattern}`, () => {
    const source = globSource(pattern, "[^]*");
    const anchored = anchor === "#" ? `^${source}` : anchor === "%" ? `${source}$` : source;
    return compile(anchored, all ? "g" : "");
  });
}

/** In basic expressions `\(` groups and `(` is a character; in extended ones the other way round. */
function posixSource(pattern: string, extended: boolean): string {
  let source = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? "";
    const next = pattern[at + 1] ?? "";
    if (char === "[") {
      const found = bracket(pattern, at, false);
      if (found === undefined) throw new PatternError("unmatched [");
      source += found.source;
      at = found.end - 1;
    } else if (char === "\\") {
      at += 1;
      source += escaped(next, extended);
    } else if (char === "*" && atStart(source)) source += "\\*";
    else if (!extended && "+?(){}|".includes(char)) source += `\\${char}`;
    else if (!extended && char === "^" && !atStart(source)) source += "\\^";
    else if (!extended && char === "$" && at + 1 < pattern.length && next !== "\\") source += "\\$";
    else if (extended && char === "{" && !/^\{\d*(?:,\d*)?\}/.test(pattern.slice(at)))
      source += "\\{";
    else source += char;
  }
  return source;
}

function atStart(source: string): boolean {
  return source === "" || source === "^" || /(?:[^\\]|^)(?:\(|\|)\^?$/.test(source);
}

function escaped(char: string, extended: boolean): string {
  if (char === "<") return "\\b(?=\\w)";
  if (char === ">") return "\\b(?<=\\w)";
  if (/[bBwWsSdnt]/.test(char)) return `\\${char}`;
  if (/[1-9]/.test(char)) return `\\${char}`;
  if (!extended && "+?(){}|".includes(char)) return char;
  return escapeRegExp(char);
}

const expressions = new Map<string, RegExp>();

export function posixPattern(
  pattern: string,
  options: { extended: boolean; flags?: string },
): RegExp {
  const flags = options.flags ?? "";
  return keep(expressions, `${String(options.extended)}${flags} ${pattern}`, () =>
    compile(posixSource(pattern, options.extended), flags),
  );
}

/** `-w`: no letter, digit or underscore on either side. */
export function grepPattern(
  pattern: string,
  how: {
    syntax: "basic" | "extended" | "fixed" | "perl";
    ignoreCase: boolean;
    words: boolean;
    lines: boolean;
  },
): RegExp {
  const key = `g${how.syntax}${String(how.ignoreCase)}${String(how.words)}${String(how.lines)} ${pattern}`;
  return keep(expressions, key, () => {
    // Several patterns may be given, one a line.
    const sources = pattern.split("\n").map((one) => {
      if (how.syntax === "fixed") return escapeRegExp(one);
      return how.syntax === "perl" ? one : posixSource(one, how.syntax === "extended");
    });
    let source =
      sources.length === 1 ? (sources[0] ?? "") : sources.map((one) => `(?:${one})`).join("|");
    if (how.words) source = `(?<!\\w)(?:${source})(?!\\w)`;
    if (how.lines) source = `^(?:${source})$`;
    return compile(source, how.ignoreCase ? "i" : "");
  });
}
