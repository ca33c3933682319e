/**
 * The observer's programs with the packages they need, as files of a build context. Types are
 * taken off here, because Debian's Node cannot do it by itself.
 */
import { existsSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { present } from "../../../core/assert.ts";
import { filesUnder, type ContextFile } from "./context.ts";

/** Not needed to run, and a third of the bytes. */
const UNNEEDED = /(\.d\.ts|\.map|\.md|\.markdown|\.bnf)$|(^|\/)(test|tests|typings|docs?)\//;

/** Folders of `images/observer`. */
const PROGRAMS = ["client", "sink", "monitor"] as const;

/** What is TypeScript there goes into the context as JavaScript, and so not as it is. */
export function isProgramSource(path: string): boolean {
  return PROGRAMS.some((name) => path.startsWith(`${name}/`));
}

export function clientBundle(root: string): ContextFile[] {
  const packages = closure(root, "mysql2");
  return [
    ...PROGRAMS.flatMap((name) =>
      filesUnder(join(root, "images/observer", name), {
        place: `app/${name}`,
        skip: (path) => path.endsWith(".test.ts"),
      }).map(toJavaScript),
    ),
    { path: "app/package.json", mode: 0o644, content: Buffer.from('{ "type": "module" }\n') },
    ...packages.flatMap((name) =>
      filesUnder(join(root, "node_modules", name), {
        place: `app/node_modules/${name}`,
        skip: (path) => UNNEEDED.test(path),
      }),
    ),
  ];
}

function toJavaScript(file: ContextFile): ContextFile {
  const stripped = stripTypeScriptTypes(file.content.toString("utf8"));
  const code = stripped.replaceAll(/(from\s+"\.[^"]*)\.ts"/g, '$1.js"');
  return { ...file, path: file.path.replace(/\.ts$/, ".js"), content: Buffer.from(code) };
}

/** A package and everything it depends on, in name order. npm keeps them flat. */
function closure(root: string, first: string): string[] {
  const found = new Set<string>();
  const queue = [first];
  while (queue.length > 0) {
    const name = present(queue.pop(), "package name");
    if (found.has(name)) continue;
    found.add(name);
    queue.push(...dependenciesOf(root, name));
  }
  return [...found].sort();
}

function dependenciesOf(root: string, name: string): string[] {
  const file = join(root, "node_modules", name, "package.json");
  if (!existsSync(file)) return [];
  const manifest = JSON.parse(readFileSync(file, "utf8")) as {
    dependencies?: Record<string, string>;
  };
  return Object.keys(manifest.dependencies ?? {});
}
