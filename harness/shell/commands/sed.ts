/**
 * sed: the commands s, p, d, q, =, y, a, i, c, n with line, last-line, step and pattern addresses, ranges
 * and `!`; options -n, -e, -E/-r, -i, -s. The hold space, branches and `{ }` are not modelled.
 */
import { PatternError, posixPattern } from "../pattern.ts";
import type { CommandEnd } from "../host.ts";
import { ended, inputsOf, linesOf, optionsOf, unmodelled, type Call } from "./call.ts";

class SedError extends Error {}

type Address =
  | { readonly kind: "line"; readonly line: number }
  | { readonly kind: "last" }
  | { readonly kind: "step"; readonly first: number; readonly step: number }
  | { readonly kind: "pattern"; readonly pattern: RegExp }
  | { readonly kind: "plus"; readonly count: number };

interface Command {
  readonly from: Address | undefined;
  readonly to: Address | undefined;
  readonly negated: boolean;
  readonly name: string;
  readonly pattern: RegExp | undefined;
  readonly text: string;
  readonly flags: string;
}

class Reader {
  readonly #text: string;
  readonly #extended: boolean;
  #at = 0;

  constructor(text: string, extended: boolean) {
    this.#text = text;
    this.#extended = extended;
  }

  commands(): Command[] {
    const commands: Command[] = [];
    for (;;) {
      this.#take(/[\s;]*/y);
      if (this.#at >= this.#text.length) return commands;
      commands.push(this.#command());
    }
  }

  #take(expression: RegExp): string {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#text);
    if (match === null) return "";
    this.#at += match[0].length;
    return match[0];
  }

  #command(): Command {
    const from = this.#address();
    this.#take(/ */y);
    const to = from !== undefined && this.#take(/,\s*/y) !== "" ? this.#address() : undefined;
    this.#take(/ */y);
    const negated = this.#take(/! */y) !== "";
    const name = this.#text[this.#at] ?? "";
    this.#at += 1;
    const common = { from, to, negated, name };
    if (name === "s" || name === "y") {
      const mark = this.#text[this.#at] ?? "";
      this.#at += 1;
      const source = this.#delimited(mark);
      const text = this.#delimited(mark);
      const flags = this.#take(/[gpiIMmw0-9]*/y);
      if (flags.includes("w")) throw new SedError("s///w");
      const options = { extended: this.#extended, flags: /i/i.test(flags) ? "i" : "" };
      const pattern = name === "s" ? posixPattern(source, options) : undefined;
      return { ...common, pattern, text: name === "y" ? `${source}\0${text}` : text, flags };
    }
    if ("aic".includes(name) && name !== "") {
      this.#take(/\\?\s*/y);
      return { ...common, pattern: undefined, text: this.#take(/[^\n]*/y), flags: "" };
    }
    if (!"pdq=nD".includes(name) || name === "") throw new SedError(`sed command "${name}"`);
    this.#take(/ *\d*/y);
    return { ...common, pattern: undefined, text: "", flags: "" };
  }

  #address(): Address | undefined {
    const plus = /^\+\d+/.exec(this.#text.slice(this.#at));
    if (plus !== null) {
      this.#at += plus[0].length;
      return { kind: "plus", count: Number(plus[0].slice(1)) };
    }
    const step = this.#take(/\d+~\d+/y);
    if (step !== "") {
      const [first, by] = step.split("~").map(Number);
      return { kind: "step", first: first ?? 0, step: by ?? 1 };
    }
    const line = this.#take(/\d+/y);
    if (line !== "") return { kind: "line", line: Number(line) };
    if (this.#take(/\$/y) !== "") return { kind: "last" };
    const mark = this.#take(/\/|\\[^\n]/y);
    if (mark === "") return undefined;
    const source = this.#delimited(mark.at(-1) ?? "/");
    const flags = this.#take(/I/y) === "" ? "" : "i";
    return { kind: "pattern", pattern: posixPattern(source, { extended: this.#extended, flags }) };
  }

  /** Up to the mark; `\` before the mark makes it plain. */
  #delimited(mark: string): string {
    let text = "";
    let bracket = false;
    for (; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#text[this.#at] ?? "";
      if (char === mark && !bracket) {
        this.#at += 1;
        return text;
      }
      if (char === "\\") {
        this.#at += 1;
        const next = this.#text[this.#at] ?? "";
        text += next === mark && !/[.*+?^$()[\]{}|]/.test(mark) ? mark : `\\${next}`;
        continue;
      }
      if (char === "[" && !bracket) bracket = /^\[\^?\]?[^\]]*\]/.test(this.#text.slice(this.#at));
      else if (char === "]") bracket = false;
      text += char;
    }
    throw new SedError("unterminated expression");
  }
}

function replacement(text: string, match: readonly string[]): string {
  return text.replace(/\\([0-9nt]|[^])|&/g, (whole, code?: string) => {
    if (whole === "&") return match[0] ?? "";
    if (code !== undefined && /\d/.test(code)) return match[Number(code)] ?? "";
    return { n: "\n", t: "\t" }[code ?? ""] ?? code ?? "";
  });
}

function substitute(line: string, command: Command): string | undefined {
  const { pattern } = command;
  if (pattern === undefined) return undefined;
  const nth = Number(/\d+/.exec(command.flags)?.[0] ?? 1);
  const all = command.flags.includes("g");
  const global = new RegExp(pattern.source, `${pattern.flags}g`);
  let seen = 0;
  let changed = false;
  const result = line.replace(global, (...args: unknown[]) => {
    seen += 1;
    const groups = args.slice(0, -2).map((arg) => (typeof arg === "string" ? arg : ""));
    if (seen < nth || (seen > nth && !all)) return groups[0] ?? "";
    changed = true;
    return replacement(command.text, groups);
  });
  return changed ? result : undefined;
}

class Program {
  readonly #commands: readonly Command[];
  readonly #quiet: boolean;
  /** For ranges that are open: the line after which they end, or Infinity. */
  readonly #open = new Map<Command, number>();

  constructor(commands: readonly Command[], quiet: boolean) {
    this.#commands = commands;
    this.#quiet = quiet;
  }

  run(text: string): string {
    const lines = linesOf(text);
    let out = "";
    for (let at = 0; at < lines.length; at += 1) {
      let line: string | undefined = lines[at] ?? "";
      let after = "";
      let over = false;
      for (const command of this.#commands) {
        if (!this.#selects(command, line, at + 1, lines.length)) continue;
        if (command.name === "s") {
          const changed = substitute(line, command);
          if (changed === undefined) continue;
          line = changed;
          if (command.flags.includes("p")) out += `${line}\n`;
        } else if (command.name === "y") line = transliterate(line, command.text);
        else if (command.name === "p") out += `${line}\n`;
        else if (command.name === "=") out += `${String(at + 1)}\n`;
        else if (command.name === "a") after += `${command.text}\n`;
        else if (command.name === "i") out += `${command.text}\n`;
        else if (command.name === "n") {
          if (!this.#quiet) out += `${line}\n`;
          at += 1;
          line = lines[at];
        } else if (command.name === "q") over = true;
        else {
          if (command.name === "c") out += `${command.text}\n`;
          line = undefined;
        }
        if (line === undefined || over) break;
      }
      if (line !== undefined && !this.#quiet) out += `${line}\n`;
      out += after;
      if (over) break;
    }
    return out;
  }

  #selects(command: Command, line: string, number: number, count: number): boolean {
    return this.#inAddress(command, line, number, count) !== command.negated;
  }

  #inAddress(command: Command, line: string, number: number, count: number): boolean {
    const { from, to } = command;
    if (from === undefined) return true;
    if (to === undefined) return hits(from, line, number, count);
    const until = this.#open.get(command);
    if (until === undefined) {
      if (!hits(from, line, number, count)) return false;
      const end = to.kind === "line" ? to.line : to.kind === "plus" ? number + to.count : Infinity;
      if (end > number) this.#open.set(command, end);
      return true;
    }
    const ends = until === Infinity ? hits(to, line, number, count) : number >= until;
    if (ends) this.#open.delete(command);
    return true;
  }
}

function transliterate(line: string, text: string): string {
  const [from = "", to = ""] = text.split("\0");
  return Array.from(line)
    .map((char) => (from.includes(char) ? (to[from.indexOf(char)] ?? char) : char))
    .join("");
}

function hits(address: Address, line: string, number: number, count: number): boolean {
  switch (address.kind) {
    case "line":
      return address.line === number;
    case "last":
      return number === count;
    case "step":
      return address.step === 0
        ? number === address.first
        : number >= address.first && (number - address.first) % address.step === 0;
    case "pattern":
      return address.pattern.test(line);
    case "plus":
      return false;
  }
}

export function sed(call: Call): CommandEnd {
  // `-i.bak` has its suffix joined on, so `-i` never takes the next argument.
  const inPlace = call.args.some((arg) => /^(?:-[nEr]*i|--in-place)/.test(arg));
  const args = call.args.map((arg) =>
    arg.replace(/^-([nEr]*)i.*$/, "-$1s").replace(/^--in-place.*$/, "-s"),
  );
  const options = optionsOf(args, "nErsu", "ef", {
    "--quiet": "n",
    "--silent": "n",
    "--regexp-extended": "E",
    "--expression=": "e",
  });
  if (options.unknown.length > 0 || options.has("f"))
    return unmodelled(`sed ${options.unknown.join(" ")}`);
  const given = options.values("e");
  const source = given.length > 0 ? given.join("\n") : (options.rest[0] ?? "");
  const files = given.length > 0 ? options.rest : options.rest.slice(1);
  let commands: Command[];
  try {
    commands = new Reader(source, options.has("E") || options.has("r")).commands();
  } catch (error) {
    if (error instanceof SedError) return unmodelled(error.message);
    if (error instanceof PatternError) return ended("", 1, `sed: ${error.message}\n`);
    throw error;
  }
  const quiet = options.has("n");
  const { inputs, errors } = inputsOf(call, files);
  const status = errors === "" ? 0 : 2;
  if (!inPlace) {
    const text = inputs.map((input) => input.text).join("");
    return ended(new Program(commands, quiet).run(text), status, errors);
  }
  for (const { name, text } of inputs)
    call.host.writeFile(name, new Program(commands, quiet).run(text), false);
  return ended("", status, errors);
}
