/** Style and viewer of the HTML reports, put together once for each process. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import type { PageAssets } from "../../reports/html/document.ts";
import { HarnessError } from "../core/errors.ts";

const PAGES = join(import.meta.dirname, "../../reports/html");

let made: PageAssets | undefined;

export function pageAssets(): PageAssets {
  made ??= { css: styles(), script: bundled() };
  return made;
}

/** The whole design first; then those of parts that have one of their own, by name. */
function styles(): string {
  const parts = readdirSync(PAGES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  return ["", ...parts]
    .map((part) => join(PAGES, part, "style.css"))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
}

/** Browsers that can open the page at all have modules of this age. */
const TARGET = "es2022";

function bundled(): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(PAGES, "viewer/main.ts")],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: TARGET,
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
  });
  const text = outputFiles[0]?.text;
  if (text === undefined)
    throw new HarnessError("VIEWER", "the viewer of the report was not built");
  return text;
}
