/** Small filters: cat, wc, head, tail, cut, tr, sort, uniq, tee and the like. */
import type { CommandEnd } from "../host.ts";
import {
  ended,
  inputsOf,
  joinedInput,
  linesOf,
  optionsOf,
  textOf,
  unmodelled,
  type Call,
} from "./call.ts";

export function cat(call: Call): CommandEnd {
  const options = optionsOf(call.args, "nAbsTEuv", "");
  const { text, errors } = joinedInput(call, options.rest);
  const numbered = options.has("n")
    ? textOf(linesOf(text).map((line, at) => `${String(at + 1).padStart(6)}\t${line}`))
    : text;
  return ended(numbered, errors === "" ? 0 : 1, errors);
}

export function tac(call: Call): CommandEnd {
  const { text, errors } = joinedInput(call, call.args);
  return ended(textOf(linesOf(text).reverse()), errors === "" ? 0 : 1, errors);
}

export function wc(call: Call): CommandEnd {
  const options = optionsOf(call.args, "lwcmL", "", {
    "--lines": "l",
    "--words": "w",
    "--bytes": "c",
  });
  const { inputs, errors } = inputsOf(call, options.rest);
  const all = !["l", "w", "c", "m"].some((flag) => options.has(flag));
  const counts = inputs.map(({ name, text }) => {
    const figures: number[] = [];
    if (all || options.has("l")) figures.push(text.split("\n").length - 1);
    if (all || options.has("w"))
      figures.push(text.split(/\s+/).filter((word) => word !== "").length);
    if (options.has("m")) figures.push(Array.from(text).length);
    if (all || options.has("c")) figures.push(new TextEncoder().encode(text).length);
    return { name, figures };
  });
  const width = all && options.rest.length === 0 ? 7 : 1;
  const rows = counts.map(({ name, figures }) => {
    const numbers = figures.map((figure) => String(figure).padStart(width)).join(" ");
    return name === "-" && options.rest.length === 0 ? numbers : `${numbers} ${name}`;
  });
  if (counts.length > 1) {
    const totals = counts[0]?.figures.map((_, at) =>
      counts.reduce((sum, one) => sum + (one.figures[at] ?? 0), 0),
    );
    rows.push(`${(totals ?? []).join(" ")} total`);
  }
  return ended(textOf(rows), errors === "" ? 0 : 1, errors);
}

/** `head -1`, `tail -2`: a count as an option of its own. */
function withCount(args: readonly string[]): string[] {
  return args.map((arg) => arg.replace(/^-(\d+)$/, "-n$1"));
}

export function head(call: Call): CommandEnd {
  const options = optionsOf(withCount(call.args), "qv", "nc", { "--lines=": "n", "--bytes=": "c" });
  const { text, errors } = joinedInput(call, options.rest);
  const bytes = options.value("c");
  const status = errors === "" ? 0 : 1;
  if (bytes !== undefined) return ended(text.slice(0, Number(bytes)), status, errors);
  const count = Number(options.value("n") ?? 10);
  return ended(textOf(linesOf(text).slice(0, count)), status, errors);
}

export function tail(call: Call): CommandEnd {
  const options = optionsOf(withCount(call.args), "qvfF", "nc", {
    "--lines=": "n",
    "--bytes=": "c",
  });
  if (options.has("f") || options.has("F")) return { kind: "hangs" };
  const { text, errors } = joinedInput(call, options.rest);
  const status = errors === "" ? 0 : 1;
  const pick = <T>(items: readonly T[], count: string): readonly T[] =>
    count.startsWith("+")
      ? items.slice(Number(count) - 1)
      : items.slice(-Math.abs(Number(count)) || items.length);
  const bytes = options.value("c");
  if (bytes !== undefined) return ended(pick(Array.from(text), bytes).join(""), status, errors);
  return ended(textOf(pick(linesOf(text), options.value("n") ?? "10")), status, errors);
}

/** Ranges such as `1,3-5,7-` as a test of a position that counts from 1. */
function inRanges(list: string): (position: number) => boolean {
  const ranges = list.split(",").map((one) => {
    const match = /^(\d*)(-?)(\d*)$/.exec(one);
    const from = match?.[1] === "" ? 1 : Number(match?.[1]);
    const to = match?.[2] === "" ? from : match?.[3] === "" ? Infinity : Number(match?.[3]);
    return { from, to };
  });
  return (position) => ranges.some(({ from, to }) => from <= position && position <= to);
}

export function cut(call: Call): CommandEnd {
  const options = optionsOf(call.args, "sn", "dfcb", {
    "--delimiter=": "d",
    "--fields=": "f",
    "--characters=": "c",
    "--bytes=": "b",
    "--only-delimited": "s",
  });
  const { text, errors } = joinedInput(call, options.rest);
  const characters = options.value("c") ?? options.value("b");
  const fields = options.value("f");
  if (characters === undefined && fields === undefined) {
    return ended("", 1, "cut: you must specify a list of bytes, characters, or fields\n");
  }
  const wanted = inRanges(characters ?? fields ?? "1");
  const delimiter = options.value("d") ?? "\t";
  const lines = linesOf(text).flatMap((line) => {
    if (characters !== undefined)
      return [
        Array.from(line)
          .filter((_, at) => wanted(at + 1))
          .join(""),
      ];
    if (!line.includes(delimiter)) return options.has("s") ? [] : [line];
    return [
      line
        .split(delimiter)
        .filter((_, at) => wanted(at + 1))
        .join(delimiter),
    ];
  });
  return ended(textOf(lines), errors === "" ? 0 : 1, errors);
}

const CLASSES: Readonly<Record<string, string>> = {
  "[:upper:]": "A-Z",
  "[:lower:]": "a-z",
  "[:digit:]": "0-9",
  "[:alpha:]": "A-Za-z",
  "[:alnum:]": "A-Za-z0-9",
  "[:blank:]": " \t",
  "[:space:]": " \t\n\r\f\v",
  "[:punct:]": "!-/:-@\\[-`{-~",
};

/** The characters of a `tr` set, in order. */
function setOf(text: string): string[] {
  let plain = text;
  for (const [name, members] of Object.entries(CLASSES)) plain = plain.replaceAll(name, members);
  const chars = [...plain.matchAll(/\\([0-7]{1,3}|[^])|[^]/g)].map((match) => {
    const code = match[1];
    if (code === undefined) return { char: match[0], plain: match[0] !== "-" };
    if (/^[0-7]+$/.test(code))
      return { char: String.fromCharCode(Number.parseInt(code, 8)), plain: true };
    return { char: { n: "\n", t: "\t", r: "\r" }[code] ?? code, plain: true };
  });
  const set: string[] = [];
  for (let at = 0; at < chars.length; at += 1) {
    const to = chars[at + 2];
    const from = chars[at]?.char ?? "";
    if (chars[at + 1]?.plain !== false || to === undefined) {
      set.push(from);
      continue;
    }
    const last = to.char.charCodeAt(0);
    for (let code = from.charCodeAt(0); code <= last; code += 1)
      set.push(String.fromCharCode(code));
    at += 2;
  }
  return set;
}

export function tr(call: Call): CommandEnd {
  const options = optionsOf(call.args, "dscCt", "", {
    "--delete": "d",
    "--squeeze-repeats": "s",
    "--complement": "c",
  });
  const [one = "", two] = options.rest;
  const complement = options.has("c") || options.has("C");
  const from = setOf(one);
  const members = new Set(from);
  const inSet = (char: string): boolean => members.has(char) !== complement;
  const to = two === undefined ? [] : setOf(two);
  const position = new Map(from.map((char, at) => [char, at]));
  const squeezed = new Set(two === undefined ? from : to);
  let out = "";
  for (const char of call.stdin) {
    let made = char;
    if (inSet(char)) {
      if (options.has("d")) continue;
      if (two !== undefined)
        made = to[complement ? to.length - 1 : (position.get(char) ?? 0)] ?? to.at(-1) ?? "";
    }
    const squeezes = two === undefined ? inSet(made) : squeezed.has(made);
    if (options.has("s") && squeezes && out.endsWith(made)) continue;
    out += made;
  }
  return ended(out);
}

export function sort(call: Call): CommandEnd {
  const options = optionsOf(call.args, "nrufhVbMcs", "kt", {
    "--numeric-sort": "n",
    "--reverse": "r",
    "--unique": "u",
  });
  if (options.has("c") || options.has("M")) return unmodelled("sort -c, -M");
  const { text, errors } = joinedInput(call, options.rest);
  const key = /^(\d+)(?:,\d+)?([a-zA-Z]*)/.exec(options.value("k") ?? "");
  const separator = options.value("t");
  const keyOf = (line: string): string => {
    if (key === null) return line;
    const fields =
      separator === undefined ? line.trimStart().split(/[ \t]+/) : line.split(separator);
    return fields.slice(Number(key[1]) - 1).join(separator ?? " ");
  };
  const numeric = ["n", "h", "V"].some(
    (flag) => options.has(flag) || (key?.[2]?.includes(flag) ?? false),
  );
  const order = (a: string, b: string): number => {
    if (numeric) {
      const difference = (Number.parseFloat(keyOf(a)) || 0) - (Number.parseFloat(keyOf(b)) || 0);
      if (difference !== 0) return difference;
    }
    const [x, y] = options.has("f")
      ? [keyOf(a).toLowerCase(), keyOf(b).toLowerCase()]
      : [keyOf(a), keyOf(b)];
    return x < y ? -1 : Number(x > y);
  };
  let lines = linesOf(text).sort(order);
  if (options.has("r") || (key?.[2]?.includes("r") ?? false)) lines.reverse();
  if (options.has("u"))
    lines = lines.filter((line, at) => at === 0 || order(line, lines[at - 1] ?? "") !== 0);
  return ended(textOf(lines), errors === "" ? 0 : 2, errors);
}

export function uniq(call: Call): CommandEnd {
  const options = optionsOf(call.args, "cdui", "", {
    "--count": "c",
    "--repeated": "d",
    "--unique": "u",
  });
  const { text, errors } = joinedInput(call, options.rest.slice(0, 1));
  const groups: { line: string; count: number }[] = [];
  for (const line of linesOf(text)) {
    const last = groups.at(-1);
    if (last?.line === line) last.count += 1;
    else groups.push({ line, count: 1 });
  }
  const kept = groups.filter(
    ({ count }) => (!options.has("d") || count > 1) && (!options.has("u") || count === 1),
  );
  const rows = kept.map(({ line, count }) =>
    options.has("c") ? `${String(count).padStart(7)} ${line}` : line,
  );
  return ended(textOf(rows), errors === "" ? 0 : 1, errors);
}

export function tee(call: Call): CommandEnd {
  const options = optionsOf(call.args, "aip", "", { "--append": "a" });
  let errors = "";
  for (const file of options.rest) {
    if (file === "/dev/null") continue;
    if (!call.host.writeFile(file, call.stdin, options.has("a")))
      errors += `tee: ${file}: Permission denied\n`;
  }
  return ended(call.stdin, errors === "" ? 0 : 1, errors);
}

export function seq(call: Call): CommandEnd {
  const options = optionsOf(
    call.args.map((arg) => (/^-\d/.test(arg) ? ` ${arg}` : arg)),
    "w",
    "sf",
  );
  const numbers = options.rest.map(Number);
  if (numbers.length === 0 || numbers.some(Number.isNaN))
    return ended("", 1, "seq: invalid argument\n");
  const [first, step, last] =
    numbers.length === 1
      ? [1, 1, numbers[0]]
      : numbers.length === 2
        ? [numbers[0], 1, numbers[1]]
        : numbers;
  const items: string[] = [];
  const by = step ?? 1;
  if (by === 0) return ended("", 1, "seq: invalid Zero increment value: '0'\n");
  for (let value = first ?? 1; by > 0 ? value <= (last ?? 0) : value >= (last ?? 0); value += by) {
    items.push(String(value));
    if (items.length > 100_000) return unmodelled("seq of more than 100000 numbers");
  }
  const width = options.has("w") ? Math.max(...items.map((item) => item.length)) : 0;
  const separator = options.value("s") ?? "\n";
  const text = items.map((item) => item.padStart(width, "0")).join(separator);
  return ended(items.length === 0 ? "" : `${text}\n`);
}

export function basename(call: Call): CommandEnd {
  const [path = "", suffix = ""] = call.args.filter((arg) => arg !== "--" && arg !== "-a");
  const last = path.replace(/\/+$/, "").split("/").at(-1) ?? "";
  const name = last === "" && path !== "" ? "/" : last;
  return ended(
    `${suffix !== "" && suffix !== name && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name}\n`,
  );
}

export function dirname(call: Call): CommandEnd {
  const path = (call.args[0] ?? "").replace(/\/+$/, "");
  const slash = path.lastIndexOf("/");
  return ended(`${slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash)}\n`);
}

export function rev(call: Call): CommandEnd {
  const { text } = joinedInput(call, call.args);
  return ended(textOf(linesOf(text).map((line) => Array.from(line).reverse().join(""))));
}

export function paste(call: Call): CommandEnd {
  const options = optionsOf(call.args, "s", "d");
  if (!options.has("s")) return unmodelled("paste without -s");
  const { text } = joinedInput(call, options.rest);
  return ended(`${linesOf(text).join(options.value("d") ?? "\t")}\n`);
}
