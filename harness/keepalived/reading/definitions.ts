/** `$NAME` and `${NAME}`: finding a use in a line, and what stands for it (parser.c:find_definition, :replace_param). */
import type { Location } from "../location.ts";
import type { Mapped } from "./mapped.ts";

export interface Definition {
  readonly name: string;
  /** One line, or several when the definition was continued with `\`. */
  readonly lines: readonly Mapped[];
  readonly multiline: boolean;
  /** Built-in: computed at each use. */
  readonly compute?: (use: Use) => string;
  readonly takesParameters?: boolean;
}

export interface Use {
  readonly at: Location;
  /** Digits and blanks after the name, within braces. */
  readonly parameters: string;
}

export interface FoundUse {
  readonly definition: Definition;
  /** Of the text from `$` on. */
  readonly length: number;
  readonly parameters: string;
}

/** `at` is where the `$` stands. */
export function findUse(
  text: string,
  at: number,
  definitions: ReadonlyMap<string, Definition>,
): FoundUse | undefined {
  const braces = text[at + 1] === "{";
  const from = at + (braces ? 2 : 1);
  const name = /^[A-Za-z_][A-Za-z0-9_]*/u.exec(text.slice(from, from + 1100))?.[0];
  if (name === undefined) return undefined;
  let end = from + name.length;
  let parameters = "";
  if (braces) {
    parameters = /^[ 0-9]*/u.exec(text.slice(end, end + 1100))?.[0] ?? "";
    end += parameters.length;
    // Parameters may not end with a blank.
    if (text[end] !== "}" || (/\d/u.test(parameters) && parameters.endsWith(" "))) return undefined;
    end++;
  } else if (end < text.length && !" \t,)".includes(text.charAt(end))) {
    return undefined;
  }
  const definition = definitions.get(name);
  if (definition === undefined) return undefined;
  // One of several lines has to end its line.
  if (definition.multiline && end !== text.length) return undefined;
  parameters = parameters.trim();
  if (parameters !== "" && definition.takesParameters !== true) return undefined;
  return { definition, length: end - at, parameters };
}

/** `$NAME=value`; absent when the line is none (parser.c:check_definition). */
export function parseDefinition(
  text: string,
): { readonly name: string; readonly valueAt: number } | undefined {
  const match = /^\$([A-Za-z_][A-Za-z0-9_]*)=[ \t]*/u.exec(text);
  return match === null ? undefined : { name: match[1] ?? "", valueAt: match[0].length };
}
