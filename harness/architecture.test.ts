/**
 * Imports go down these rows, never up, and never sideways unless the table says so. The table is
 * that of docs/architecture.md; this test is what keeps it true.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");

/** Folder to the folders it may import from, besides itself. `*` stands for all rows below. */
const ROWS: readonly (readonly string[])[] = [
  ["harness/core"],
  ["harness/shell", "harness/mysql"],
  ["harness/keepalived"],
  ["harness/topology"],
  ["harness/fault", "harness/workload"],
  ["harness/history"],
  ["harness/predict"],
  ["harness/timing", "harness/observe"],
  ["harness/check"],
  ["harness/scenario"],
  ["harness/backend"],
  ["harness/run", "harness/backend/docker", "harness/backend/sim"],
  ["harness/fidelity"],
  ["harness/explore"],
  ["reports", "scenarios"],
  ["harness/cli"],
];

/** Exceptions to "everything below": scenarios see the authoring surface only. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  scenarios: ["harness/scenario"],
};

/** Everything below the runner, the simulator and the reports touch no clock, file, socket or container. */
const PURE = ROWS.slice(
  0,
  ROWS.findIndex((row) => row.includes("harness/run")),
)
  .flat()
  .concat(["harness/backend/sim", "harness/fidelity", "reports", "scenarios"]);
const EFFECTS =
  /^((node:)?(fs|net|http|https|dgram|child_process|worker_threads|timers|os|crypto)(\/|$)|dockerode|testcontainers|mysql2)/;

function folderOf(file: string): string | undefined {
  const path = relative(ROOT, file).split(sep).join("/");
  return ROWS.flat()
    .filter((folder) => path.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  const restricted = ONLY[from];
  if (restricted !== undefined) return restricted.includes(to);
  const row = (folder: string): number => ROWS.findIndex((folders) => folders.includes(folder));
  return row(to) < row(from);
}

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return name.endsWith(".ts") ? [path] : [];
  });
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
}

/** Tests and the builders that only tests use may see everything. */
function isForTests(path: string): boolean {
  return path.endsWith(".test.ts") || path.includes(`${sep}testing${sep}`);
}

/** One line for each import that breaks the table. */
export function offences(files: readonly { path: string; text: string }[]): string[] {
  return files.flatMap(({ path, text }) => {
    const from = folderOf(path);
    if (from === undefined || isForTests(path)) return [];
    return importsOf(text).flatMap((specifier) => {
      const where = relative(ROOT, path);
      if (PURE.includes(from) && EFFECTS.test(specifier)) return [`${where} touches ${specifier}`];
      if (!specifier.startsWith(".")) return [];
      const to = folderOf(resolve(dirname(path), specifier));
      return to === undefined || mayImport(from, to) ? [] : [`${where} imports ${to}`];
    });
  });
}

describe("the import table", () => {
  it("holds for every source file", () => {
    const files = ["harness", "reports", "scenarios"]
      .flatMap((folder) => sources(join(ROOT, folder)))
      .map((path) => ({ path, text: readFileSync(path, "utf8") }));
    expect(offences(files)).toEqual([]);
  });

  it("keeps what is for tests out of everything else", () => {
    const users = ["harness", "reports", "scenarios"]
      .flatMap((folder) => sources(join(ROOT, folder)))
      .filter((path) => !isForTests(path))
      .filter((path) =>
        importsOf(readFileSync(path, "utf8")).some((name) => name.includes("/testing/")),
      );
    expect(users).toEqual([]);
  });

  it("names a planted offence in either direction", () => {
    const planted = (path: string, text: string): string[] =>
      offences([{ path: join(ROOT, path), text }]);
    expect(planted("harness/core/x.ts", 'import { a } from "../check/check.ts";')).toEqual([
      "harness/core/x.ts imports harness/check",
    ]);
    expect(planted("harness/timing/x.ts", 'import { readFile } from "node:fs/promises";')).toEqual([
      "harness/timing/x.ts touches node:fs/promises",
    ]);
    expect(
      planted("scenarios/x.ts", 'import { a } from "../harness/topology/topology.ts";'),
    ).toEqual(["scenarios/x.ts imports harness/topology"]);
  });
});
