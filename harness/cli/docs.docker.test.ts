/** The example in the documentation, run as a reader would run it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const EXAMPLE = "docs/examples/standby-mysqld-killed.ts";

it("the example of a scenario file comes out as it declares", () => {
  const out = mkdtempSync(join(tmpdir(), "vipdrill-test-"));
  const main = resolve(import.meta.dirname, "main.ts");
  const args = ["--disable-warning=ExperimentalWarning", main, "run", EXAMPLE, "--out", out];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: expect.stringMatching(/^as expected {2}pair\/standby-mysqld-killed/) as string,
  });
});
