/**
 * Configurations and their scripts from disk. Pure readers get a `FileSource`; what cannot be read is
 * said before anything is read.
 *
 * Scripts are looked for under the directory of the configuration only: a configuration is often looked
 * at on another machine, where a file of the same path is another file.
 */
import { globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve, sep } from "node:path";
import { InputError, messageOf } from "../core/errors.ts";
import type { LintNode } from "../keepalived/lint/rule.ts";
import { readConfig, type FileSource, type ReadResult } from "../keepalived/read.ts";
import type { KeepalivedVersion } from "../keepalived/versions.ts";

export const diskFiles: FileSource = {
  read(path) {
    try {
      return statSync(path).isFile() ? readFileSync(path) : undefined;
    } catch {
      return undefined; // the daemon too goes on without an include that it cannot read
    }
  },
  list: (pattern) => globSync(pattern).sort(),
};

/** Throws an `InputError` when the file itself is not there; includes that are missing are diagnostics. */
export function readNode(path: string, version: KeepalivedVersion): ReadResult {
  demandFile(path);
  return readConfig(path, { version, files: diskFiles });
}

export function demandFile(path: string): void {
  let isFile: boolean;
  try {
    isFile = statSync(path).isFile();
  } catch (error) {
    throw new InputError("NO_SUCH_FILE", `${path} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (!isFile) {
    throw new InputError("NOT_A_FILE", `${path} is not a file; name a keepalived.conf`);
  }
}

/** A node with its scripts, as the rules take it. */
export function loadNode(path: string, name: string, version: KeepalivedVersion): LintNode {
  const scripts = scriptsBeside(path);
  return { name, file: path, read: readNode(path, version), ...scripts };
}

/** What to call the nodes: file names, or directories where the files are all called the same. */
export function nodeNames(paths: readonly string[]): string[] {
  const candidates = [
    (path: string): string => basename(path, extname(path)),
    (path: string): string => basename(dirname(resolve(path))),
    (path: string): string => path,
  ];
  const names = candidates
    .map((nameOf) => paths.map(nameOf))
    .find((list) => new Set(list).size === list.length);
  return names ?? paths.map((path, index) => `${path}#${index + 1}`);
}

/** A script is small; what is larger is something else. */
const SCRIPT_BYTES_MAX = 1_000_000;
/** A folder of configurations is small as well; a home directory is not searched through. */
const ENTRIES_MAX = 2000;
const DEPTH_MAX = 4;

export interface ScriptFinder {
  readonly scripts: (path: string) => string | undefined;
  readonly scriptFile: (path: string) => string | undefined;
}

export function scriptsBeside(config: string): ScriptFinder {
  const folder = dirname(config);
  const stem = basename(config, extname(config));
  let tree: readonly string[] | undefined;
  const found = new Map<string, { file: string; text: string } | undefined>();
  const find = (path: string): { file: string; text: string } | undefined => {
    if (!found.has(path)) {
      const exact = exactPlaces(config, path);
      tree ??= filesUnder(folder);
      const byName = preferring(
        stem,
        tree.filter((file) => basename(file) === basename(path)),
      );
      found.set(path, firstText([...exact, ...byName]));
    }
    return found.get(path);
  };
  return { scripts: (path) => find(path)?.text, scriptFile: (path) => find(path)?.file };
}

/** The path as it would be under the root that the configuration's own place shows. */
function exactPlaces(config: string, path: string): string[] {
  if (path === "" || basename(path) === "") return [];
  const folder = resolve(dirname(config));
  const root = folder.endsWith(`${sep}etc${sep}keepalived`) ? dirname(dirname(folder)) : undefined;
  // The machine's own root would make it the path itself, and `..` could lead anywhere.
  const tops = [root, folder].filter((top) => top !== undefined && top !== sep);
  const wanted = path.startsWith("/") ? tops : [folder];
  return wanted.flatMap((top = folder) => {
    const place = join(top, path);
    return place.startsWith(`${top}${sep}`) ? [place] : [];
  });
}

/** Copies for this node (`scripts-node1/`, `node1.d/`) before others. */
function preferring(stem: string, files: readonly string[]): string[] {
  const own = (file: string): boolean => dirname(file).includes(stem);
  return [...files.filter(own), ...files.filter((file) => !own(file))];
}

function filesUnder(folder: string): string[] {
  const files: string[] = [];
  const open = [{ path: folder, depth: 0 }];
  let entries = 0;
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    for (const entry of listed(next.path)) {
      entries++;
      if (entries > ENTRIES_MAX) return files;
      const path = join(next.path, entry.name);
      if (entry.isFile()) files.push(path);
      else if (
        entry.isDirectory() &&
        next.depth < DEPTH_MAX &&
        !/^(\.git|node_modules)$/.test(entry.name)
      )
        open.push({ path, depth: next.depth + 1 });
    }
  }
  return files;
}

function listed(folder: string): { name: string; isFile(): boolean; isDirectory(): boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return []; // a folder that may not be looked into holds no script for us
  }
}

function firstText(files: readonly string[]): { file: string; text: string } | undefined {
  for (const file of files) {
    try {
      const stat = statSync(file);
      if (!stat.isFile() || stat.size > SCRIPT_BYTES_MAX) continue;
      return { file, text: readFileSync(file, "utf8") };
    } catch {
      continue; // not there: the next place
    }
  }
  return undefined;
}
