/** Lines for the group [mysqld] of an option file, as the server reads them (MySQL manual 6.2.2.2). */

/** By name with underscores; the last line wins, and a name alone is `ON`. */
export function assignments(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(lines.flatMap(assignmentOf));
}

/** A whole number above 0; anything else counts as not given, 0 too, which stands for the default. */
export function countOf(found: ReadonlyMap<string, string>, name: string): number | undefined {
  const value = Number(found.get(name));
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

/** `name = value` or `name` alone, with dashes or underscores. */
function assignmentOf(line: string): [string, string][] {
  const match = /^\s*(?:loose[-_])?([A-Za-z][\w-]*)\s*(?:=\s*(.*?))?\s*$/.exec(
    line.replace(/#.*$/, ""),
  );
  const name = match?.[1]?.replaceAll("-", "_").toLowerCase();
  return name === undefined ? [] : [[name, match?.[2] ?? "ON"]];
}
