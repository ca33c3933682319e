/** A long plan that is interrupted: what had ended by then is told and written all the same. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const MAIN = resolve(import.meta.dirname, "main.ts");
const SCRATCH = mkdtempSync(join(tmpdir(), "vipdrill-test-"));

afterAll(() => {
  rmSync(SCRATCH, { recursive: true, force: true });
});

/** More simulated runs than can end before the signal. */
const RUNS = 5000;

async function interrupted(signal: NodeJS.Signals, report: string) {
  const args = ["run", "dual-script/baseline", "--backend", "sim", "--repeat", String(RUNS)];
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", MAIN, ...args, "--reporter", `json=${report}`],
    { cwd: SCRATCH, stdio: ["ignore", "pipe", "pipe"] },
  );
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString("utf8");
    // The second line: something has ended, and something else is under way.
    if (/^\[2\//m.test(stdout)) child.kill(signal);
  });
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  const exitCode = await new Promise((done) => child.on("close", done));
  return { exitCode, stdout, stderr };
}

describe("a plan that is interrupted", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "by %s ends with the summary and the reports of what has ended",
    { timeout: 60_000 },
    async (signal, code) => {
      const report = join(SCRATCH, `${signal}.json`);
      const { exitCode, stdout, stderr } = await interrupted(signal, report);
      expect(exitCode).toBe(code);
      const told = [...stdout.matchAll(/^\[\d+\//gm)].length;
      expect(told).toBeLessThan(RUNS);
      expect(stdout).toMatch(new RegExp(`^${told} runs: ${told} as expected`, "m"));
      const rest = /of 5000 runs (\d+) ended, (\d+) were given up, (\d+) were not started/.exec(
        stderr,
      );
      const [ended = 0, givenUp = 0, missing = 0] = (rest ?? []).slice(1).map(Number);
      expect([ended, ended + givenUp + missing]).toEqual([told, RUNS]);
      expect(stderr).toContain(`interrupted by ${signal}`);
      expect(existsSync(report)).toBe(true);
      const { runs, cutShort } = JSON.parse(readFileSync(report, "utf8")) as {
        runs: unknown[];
        cutShort: unknown;
      };
      expect(cutShort).toEqual({ planned: RUNS, missing, by: "interrupt" });
      expect(runs.length).toBe(told);
    },
  );
});
