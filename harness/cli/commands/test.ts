/** `test`: everything that has to pass, in the order in which it fails fastest. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { EXIT } from "../exit-codes.ts";
import { readyEngine } from "../engine.ts";
import { LINES } from "../../backend/docker/images/images.ts";
import { prepareImages } from "../images.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

const STATIC_CHECKS: readonly (readonly [string, readonly string[]])[] = [
  ["format", ["prettier", "--check", "."]],
  ["lint", ["oxlint", "--type-aware", "--deny-warnings"]],
  ["types", ["tsc", "--noEmit"]],
  ["types of the reports' viewer", ["tsc", "--noEmit", "-p", "reports/html/viewer"]],
  ["unit tests", ["vitest", "run", "--project", "unit"]],
  ["simulated scenarios", ["vitest", "run", "--project", "sim"]],
];

export async function testCommand(options: { readonly docker: boolean }): Promise<number> {
  for (const [what, command] of STATIC_CHECKS) {
    if (!passes(what, command)) return EXIT.unexpected;
  }
  const chromium = findChromium();
  if (chromium !== undefined && !passes("browser tests", BROWSER_TESTS, chromium)) {
    return EXIT.unexpected;
  }
  if (options.docker) {
    const engine = await readyEngine();
    await prepareImages(engine, LINES);
    const command = ["vitest", "run", "--project", "docker"];
    if (!passes("container tests", command)) return EXIT.unexpected;
  }
  // Last, where it is read.
  if (chromium === undefined) say("browser tests skipped: no Chromium (see above)");
  if (!options.docker) say("container tests skipped: --no-docker");
  return EXIT.asExpected;
}

const BROWSER_TESTS = ["vitest", "run", "--project", "browser"];

/** Installed first where that is ours to do; why there is none the script has said. */
function findChromium(): NodeJS.ProcessEnv | undefined {
  const { status, stdout } = spawnSync("sh", [resolve(ROOT, "setup/browser.sh")], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return status === 0 ? { VIPDRILL_CHROMIUM: stdout.trimEnd() } : undefined;
}

function say(text: string): void {
  process.stderr.write(`vipdrill: ${text}\n`);
}

function passes(
  what: string,
  [program = "", ...args]: readonly string[],
  env: NodeJS.ProcessEnv = {},
): boolean {
  say(what);
  const { status } = spawnSync(process.execPath, [binary(program), ...args], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (status !== 0) say(`${what} failed`);
  return status === 0;
}

/** The packages' own entry points, run by this very Node. */
function binary(program: string): string {
  return resolve(ROOT, "node_modules/.bin", program);
}
