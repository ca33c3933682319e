/**
 * The text behind a script line: a file beside the configuration, or the line itself where it is a
 * command such as `killall -0 mysqld`. Text patterns are for what running a script cannot show.
 */
import type { ScriptCommand } from "../config.ts";
import type { Location } from "../location.ts";
import type { KeepalivedVersion } from "../versions.ts";
import type { LintNode } from "./rule.ts";

export interface ScriptText {
  /** `inline`: the line of the configuration is the script. */
  readonly kind: "file" | "inline";
  /** As the configuration names it. */
  readonly path: string;
  /** The file that was read; the configuration for an inline command. */
  readonly file: string;
  readonly text: string;
  /** Arguments of the script. */
  readonly args: readonly string[];
  /** keepalived executes the file itself, so its first line matters. */
  readonly direct: boolean;
}

const SHELLS = new Set(["sh", "bash", "dash", "ash"]);

export function readScript(node: LintNode, { argv, at }: ScriptCommand): ScriptText | undefined {
  const [program = "", ...args] = argv;
  if (SHELLS.has(baseName(program))) {
    const [first = "", second = ""] = args;
    if (/^-\w*c$/.test(first)) return inline(program, second, at, args.slice(2));
    return fileText(node, first, { args: args.slice(1), direct: false });
  }
  return (
    fileText(node, program, { args, direct: true }) ??
    (isCommand(program) ? inline(program, argv.map(quoteWord).join(" "), at, []) : undefined)
  );
}

function fileText(
  node: LintNode,
  path: string,
  how: Pick<ScriptText, "args" | "direct">,
): ScriptText | undefined {
  const text = node.scripts(path);
  if (text === undefined) return undefined;
  return { kind: "file", path, file: node.scriptFile?.(path) ?? path, text, ...how };
}

function inline(path: string, text: string, at: Location, args: readonly string[]): ScriptText {
  return { kind: "inline", path, file: at.file, text, args, direct: false };
}

/** A program of the system rather than a script of the operator's. */
function isCommand(program: string): boolean {
  if (/\.(sh|bash|py|pl|php|rb)$/.test(program)) return false;
  return !program.includes("/") || /^(\/usr)?(\/local)?\/s?bin\//.test(program);
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function quoteWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

export function firstLine({ text }: ScriptText): string {
  return text.slice(0, text.indexOf("\n") === -1 ? text.length : text.indexOf("\n"));
}

/** `bash` of `#!/usr/bin/env bash -e`; absent without such a line. */
export function interpreterOf(script: ScriptText): string | undefined {
  const match = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(firstLine(script));
  if (match === null) return undefined;
  const [, program = "", argument = ""] = match;
  return baseName(baseName(program) === "env" ? argument : program);
}

export function isShellScript(script: ScriptText): boolean {
  if (script.kind === "inline" || !script.direct) return true;
  const interpreter = interpreterOf(script);
  return interpreter === undefined || SHELLS.has(interpreter);
}

/**
 * keepalived executes the file itself from 2.0 on; before, /bin/sh reads a text without `#!` (lib/notify.c
 * system_call_script). A carriage return in the first line fails everywhere.
 */
export function canBeExecuted(script: ScriptText, version: KeepalivedVersion): boolean {
  if (script.kind === "inline" || !script.direct) return true;
  if (firstLine(script).endsWith("\r")) return false;
  return /^(#!|\u007FELF)/.test(script.text) || version.startsWith("1.");
}

export interface CodeLine {
  /** From 1. */
  readonly line: number;
  /** Without the comment. */
  readonly code: string;
}

/** Lines without comments; quotes over several lines and here documents are not followed. */
export function codeLines({ text }: ScriptText): CodeLine[] {
  return text
    .split("\n")
    .map((raw, index) => ({ line: index + 1, code: withoutComment(raw.replace(/\r$/, "")) }))
    .filter(({ code }) => code.trim() !== "");
}

function withoutComment(line: string): string {
  let quote = "";
  for (let index = 0; index < line.length; index++) {
    const char = line[index] ?? "";
    if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === "'" || char === '"') quote = char;
    else if (char === "#" && (index === 0 || /[\s;(]/.test(line[index - 1] ?? ""))) {
      return line.slice(0, index);
    }
  }
  return line;
}

/** Where a line of a script is; an inline command is where the configuration has it. */
export function placeIn(script: ScriptText, command: ScriptCommand, line = 1): Location {
  return script.kind === "inline" ? command.at : { file: script.file, line, column: 1 };
}

/** Does the script look after MySQL at all? Others cannot be judged by what mysqld does. */
export function concernsMysql({ text, path }: ScriptText): boolean {
  return /mysql|mariadb|\b3306\b|percona|galera|wsrep/i.test(`${baseName(path)}\n${text}`);
}

/** Values of `NAME=literal` assignments, with simple variables filled in. */
export function literals(script: ScriptText): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const { code } of codeLines(script)) {
    for (const match of code.matchAll(/(?:^|[\s;])([A-Za-z_]\w*)=("[^"]*"|'[^']*'|[^\s;|&]*)/g)) {
      const [, name = "", value = ""] = match;
      values.set(name, fillIn(value.replace(/^(["'])(.*)\1$/, "$2"), values));
    }
  }
  return values;
}

export function fillIn(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (whole, braced?: string, plain?: string) => values.get(braced ?? plain ?? "") ?? whole,
  );
}
