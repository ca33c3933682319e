/** Where the reports of an invocation go: to files, to standard output, into the run directories. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseReporters } from "./run.ts";

const MAIN = resolve(import.meta.dirname, "../main.ts");
const SCRATCH = mkdtempSync(join(tmpdir(), "vipdrill-test-"));

afterAll(() => {
  rmSync(SCRATCH, { recursive: true, force: true });
});

function run(...args: readonly string[]) {
  const command = ["--disable-warning=ExperimentalWarning", MAIN, "run", "dual-script/baseline"];
  const options = ["--backend", "sim", "--seed", "7", ...args];
  return spawnSync(process.execPath, [...command, ...options], { encoding: "utf8", cwd: SCRATCH });
}

describe("a reporter", () => {
  it.each(["json", "json=", "=file", "pdf=file", "toString=file"])("%s is refused", (text) => {
    expect(() => parseReporters([text])).toThrow(/expected KIND=FILE with KIND one of json, /);
  });

  it("has standard output for itself, or not at all", () => {
    expect(() => parseReporters(["json=-", "tap=-"])).toThrow(/only one can go to standard output/);
    expect(parseReporters(["json=-", `tap=${join(SCRATCH, "a=b")}`])).toHaveLength(2);
  });

  it("on standard output is all there is on it; the rest is said beside", () => {
    const { stdout, stderr, status } = run("--reporter", "json=-");
    expect(status).toBe(0);
    const { runs } = JSON.parse(stdout) as { runs: { scenario: string }[] };
    expect(runs.map(({ scenario }) => scenario)).toEqual(["dual-script/baseline"]);
    expect(stderr).toContain("dual-script/baseline: Nothing is disturbed");
  });

  it("writes the page, which each run has in its directory as well", () => {
    const page = join(SCRATCH, "page.html");
    const { stdout } = run("--reporter", `html=${page}`);
    const own = /^HTML report {4}(.+)$/m.exec(stdout)![1]!;
    expect(readFileSync(join(SCRATCH, own), "utf8")).toBe(readFileSync(page, "utf8"));
  });
});

describe("a suite of simulated runs", () => {
  it("goes without pages, and says how to have one", () => {
    const { stdout } = run("--repeat", "21", "--out", "many");
    expect(stdout).toMatch(/^HTML report {4}\.\/vipdrill report many --format html/m);
    expect(existsSync(join(SCRATCH, "many/latest/report.txt"))).toBe(true);
    expect(existsSync(join(SCRATCH, "many/latest/report.html"))).toBe(false);
  });
});
