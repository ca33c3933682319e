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
  ["unit tests", ["vitest", "run", "--project", "unit"]],
  ["simulated scenarios", ["vitest", "run", "--project", "sim"]],
];

export async function testCommand(options: { readonly docker: boolean }): Promise<number> {
  for (const [what, command] of STATIC_CHECKS) {
    if (!passes(what, command)) return EXIT.unexpected;
  }
  if (!options.docker) return EXIT.asExpected;
  const engine = await readyEngine();
  await prepareImages(engine, LINES);
  return passes("container tests", ["vitest", "run", "--project", "docker"])
    ? EXIT.asExpected
    : EXIT.unexpected;
}

function passes(what: string, [program = "", ...args]: readonly string[]): boolean {
  process.stderr.write(`vipdrill: ${what}\n`);
  const { status } = spawnSync(process.execPath, [binary(program), ...args], {
    cwd: ROOT,
    stdio: "inherit",
  });
  if (status !== 0) process.stderr.write(`vipdrill: ${what} failed\n`);
  return status === 0;
}

/** The packages' own entry points, run by this very Node. */
function binary(program: string): string {
  return resolve(ROOT, "node_modules/.bin", program);
}
