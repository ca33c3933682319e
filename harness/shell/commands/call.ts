/** One call of a command, and how it ends. */
import type { Us } from "../../core/time.ts";
import { PROCESS_US } from "../costs.ts";
import type { CommandContext, CommandEnd, HostView } from "../host.ts";

export interface Call {
  /** Without its folder. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly args: readonly string[];
  readonly stdin: string;
  readonly host: HostView;
  readonly context: CommandContext | undefined;
}

export type CommandBody = (call: Call) => CommandEnd;

export function ended(
  stdout: string,
  status = 0,
  stderr = "",
  durationUs: Us = PROCESS_US,
): CommandEnd {
  return { kind: "ended", stdout, stderr, status, durationUs };
}

export function unmodelled(why: string): CommandEnd {
  return { kind: "unmodelled", why };
}

/** Options of one letter and arguments; `valued` letters take a value, joined on or next. */
export interface Options {
  has(flag: string): boolean;
  value(flag: string): string | undefined;
  values(flag: string): readonly string[];
  /** Flags given that are neither in `flags` nor in `valued`. */
  readonly unknown: readonly string[];
  readonly rest: readonly string[];
}

/**
 * Reads options as getopt_long does. Long options are named by their letters in `long`
 * (`{"--count": "c"}`); one that ends with `=` takes a value.
 */
export function optionsOf(
  args: readonly string[],
  flags: string,
  valued: string,
  long: Readonly<Record<string, string>> = {},
): Options {
  const found = new Map<string, string[]>();
  const unknown: string[] = [];
  const rest: string[] = [];
  const put = (flag: string, value: string): void => {
    const values = found.get(flag);
    if (values === undefined) found.set(flag, [value]);
    else values.push(value);
  };
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (arg === "--") {
      rest.push(...args.slice(at + 1));
      break;
    }
    if (arg.startsWith("--")) {
      const equals = arg.indexOf("=");
      const name = equals < 0 ? arg : arg.slice(0, equals);
      const flag = long[name] ?? long[`${name}=`];
      if (flag === undefined) unknown.push(name);
      else if (equals >= 0) put(flag, arg.slice(equals + 1));
      else if (long[`${name}=`] === undefined) put(flag, "");
      else put(flag, args[(at += 1)] ?? "");
      continue;
    }
    if (!arg.startsWith("-") || arg === "-") {
      rest.push(arg);
      continue;
    }
    for (let letter = 1; letter < arg.length; letter += 1) {
      const flag = arg[letter] ?? "";
      if (valued.includes(flag)) {
        const joined = arg.slice(letter + 1);
        put(flag, joined === "" ? (args[(at += 1)] ?? "") : joined);
        break;
      }
      if (flags.includes(flag)) put(flag, "");
      else unknown.push(`-${flag}`);
    }
  }
  return {
    has: (flag) => found.has(flag),
    value: (flag) => found.get(flag)?.at(-1),
    values: (flag) => found.get(flag) ?? [],
    unknown,
    rest,
  };
}

/** Lines without their ends; a missing last end counts as there. */
export function linesOf(text: string): string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

export function textOf(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** The files named, or standard input; what cannot be read is in `errors`. */
export function inputsOf(
  call: Call,
  files: readonly string[],
): { readonly inputs: readonly { name: string; text: string }[]; readonly errors: string } {
  if (files.length === 0) return { inputs: [{ name: "-", text: call.stdin }], errors: "" };
  let errors = "";
  const inputs: { name: string; text: string }[] = [];
  for (const name of files) {
    const text = name === "-" || name === "/dev/stdin" ? call.stdin : readFile(call, name);
    if (text === undefined) errors += `${call.name}: ${name}: No such file or directory\n`;
    else inputs.push({ name, text });
  }
  return { inputs, errors };
}

function readFile(call: Call, name: string): string | undefined {
  return name === "/dev/null" ? "" : call.host.readFile(name);
}

/** Standard input or files as one text, for commands that do not tell them apart. */
export function joinedInput(
  call: Call,
  files: readonly string[],
): { text: string; errors: string } {
  if (files.length === 0) return { text: call.stdin, errors: "" };
  const { inputs, errors } = inputsOf(call, files);
  return { text: inputs.map((input) => input.text).join(""), errors };
}
