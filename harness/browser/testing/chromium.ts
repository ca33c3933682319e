/**
 * A headless Chromium that is offline, and pages opened in it under watch: what a page asked for, and what went
 * wrong in it. `vipdrill test` says by VIPDRILL_CHROMIUM which program (setup/browser.sh finds or installs it).
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** What to run, if there is anything. */
export const chromiumPath: string | undefined =
  process.env["VIPDRILL_CHROMIUM"] ??
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => existsSync(path));

export async function launchChromium(): Promise<Browser> {
  // Root gets no sandbox from Chromium; setup/browser.sh says why that is no danger here.
  const root = process.getuid?.() === 0;
  return chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    headless: true,
    args: ["--disable-dev-shm-usage", ...(root ? ["--no-sandbox"] : [])],
  });
}

/** A bound and not a measurement: a page that is well is there in a fraction of it on a busy machine. */
const WAIT_MS_MAX = 20_000;

export interface Watched extends AsyncDisposable {
  readonly page: Page;
  /** Whatever the page asked for besides its own file; nothing of it was answered. */
  readonly requests: readonly string[];
  /** Errors and warnings of the console, and what was thrown and not caught. */
  readonly errors: readonly string[];
}

export async function openFile(
  browser: Browser,
  path: string,
  { hash = "", ...options }: BrowserContextOptions & { readonly hash?: string } = {},
): Promise<Watched> {
  const context = await browser.newContext({ ...options, offline: true });
  const url = pathToFileURL(path).href;
  const requests: string[] = [];
  const errors: string[] = [];
  await context.route("**/*", (route) => {
    const asked = route.request().url();
    if (asked.split("#")[0] === url) return route.continue();
    requests.push(asked);
    return route.abort();
  });
  context.setDefaultTimeout(WAIT_MS_MAX);
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(`${url}${hash}`);
  return { page, requests, errors, [Symbol.asyncDispose]: () => context.close() };
}

export interface PageFolder extends Disposable {
  write(name: string, text: string): string;
}

export function pageFolder(): PageFolder {
  const folder = mkdtempSync(join(tmpdir(), "vipdrill-browser-"));
  return {
    write: (name, text) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    },
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
