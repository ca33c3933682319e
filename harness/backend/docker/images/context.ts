/** Build contexts: a list of files, its tar, and a hash of its content that names the image. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Readable } from "node:stream";
import tar from "tar-stream";

export interface ContextFile {
  readonly path: string;
  readonly mode: number;
  readonly content: Buffer;
}

/** Files of a folder, in name order; `place` puts them elsewhere in the context. */
export function filesUnder(
  folder: string,
  options: { readonly place?: string; readonly skip?: (path: string) => boolean } = {},
): ContextFile[] {
  return walk(folder)
    .map((path) => ({ path, name: relative(folder, path).split(sep).join("/") }))
    .filter(({ name }) => options.skip?.(name) !== true)
    .sort((a, b) => a.name.localeCompare(b.name))
    .map(({ path, name }) => ({
      path: options.place === undefined ? name : `${options.place}/${name}`,
      mode: (statSync(path).mode & 0o111) === 0 ? 0o644 : 0o755,
      content: readFileSync(path),
    }));
}

/** The same content gives the same hash on every machine: paths, executable bits, bytes, arguments. */
export function contentHash(files: readonly ContextFile[], extra: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) {
    hash.update(`${file.path}\0${file.mode}\0${file.content.length}\0`).update(file.content);
  }
  return hash.update(extra.join("\0")).digest("hex").slice(0, 12);
}

export function packContext(files: readonly ContextFile[]): Readable {
  const pack = tar.pack();
  for (const file of files) pack.entry({ name: file.path, mode: file.mode }, file.content);
  pack.finalize();
  return pack as unknown as Readable; // tar-stream's streams lack Node's typings
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() ? [path] : [];
  });
}
