/** Comparison and timing as a user calls them: formats, exit codes, one clear error. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../../core/errors.ts";
import { reportCommand, type ReportOptions } from "./stored.ts";
import { timingCommand, type TimingFormat } from "./timing.ts";
import { renderTimingJson } from "../../../reports/timing-json.ts";
import { timedRuns } from "../../../reports/testing/timed.ts";

const MAIN = resolve(import.meta.dirname, "../main.ts");
const STORED = resolve(import.meta.dirname, "../../testing/fixtures/run-mysqld-killed");
const SCRATCH = mkdtempSync(join(tmpdir(), "vipdrill-compare-"));

afterAll(() => {
  rmSync(SCRATCH, { recursive: true, force: true });
});

/** What the command writes and ends with, without a process of its own: those are slow to start. */
function report(path: string, options: Partial<ReportOptions>): { code: number; text: string } {
  return written((output) => reportCommand([path], { format: "console", ...options, output }));
}

function timing(path: string, format: TimingFormat): { code: number; text: string } {
  return written((output) => timingCommand([path], { format, output }));
}

function written(command: (output: string) => number): { code: number; text: string } {
  const output = join(SCRATCH, "output");
  const code = command(output);
  return { code, text: readFileSync(output, "utf8") };
}

function file(name: string, text: string): string {
  const path = join(SCRATCH, name);
  writeFileSync(path, text);
  return path;
}

const before = file("before.json", renderTimingJson(timedRuns(30)));
const slower = file("slower.json", renderTimingJson(timedRuns(30, { from: 1.65 })));
const simulated = file("sim.json", renderTimingJson(timedRuns(30, { simulated: true })));
const other = file("other.json", renderTimingJson(timedRuns(2, { image: "trixie" })));
const empty = join(SCRATCH, "empty");
mkdirSync(empty);
mkdirSync(join(SCRATCH, "folder"));
cpSync(STORED, join(SCRATCH, "folder/one"), { recursive: true });

const failing = { failOn: "regression" } as const;

describe("report --compare", () => {
  it("ends with 1 for a regression only when asked to", () => {
    const worse = report(slower, { compare: [before], ...failing });
    expect(worse.code).toBe(1);
    expect(worse.text).toMatch(/^REGRESSION: 1 scenario got slower/);
    expect(report(slower, { compare: [before] }).code).toBe(0);
    expect(report(before, { compare: [before], ...failing }).code).toBe(0);
  });

  it("ends with 2 when no run has a verdict on both sides, and somebody asks", () => {
    const unjudged = timedRuns(30, { outcome: "inconclusive" });
    const path = file("unjudged.json", renderTimingJson(unjudged));
    expect(report(path, { compare: [path], ...failing }).code).toBe(2);
    expect(report(path, { compare: [before], ...failing }).code).toBe(2);
    expect(report(path, { compare: [path] }).code).toBe(0);
  });

  it("lets a threshold decide, in time or in parts of the baseline", () => {
    const asked = { compare: [before], ...failing };
    expect(report(slower, { ...asked, threshold: "p50=2s,p95=2s" }).code).toBe(0);
    expect(report(slower, { ...asked, threshold: "p50=500%,p95=200ms" }).code).toBe(1);
  });

  it("compares run directories, and folders of them, from where they are stored", () => {
    const { code, text } = report(join(SCRATCH, "folder"), { compare: [STORED] });
    expect(code).toBe(0);
    expect(text.replaceAll(/\s+/g, " ")).toMatch(/n = 1 against 1: too few/);
  });

  it("writes a page that loads nothing", () => {
    const { text } = report(slower, { compare: [before], format: "html" });
    expect(text).toContain("REGRESSION");
    expect(text).not.toMatch(/(?:src|href)="https?:/);
  });

  it.each([
    [slower, { compare: ["nowhere"] }, /nowhere is not a run directory/],
    ["nowhere", { compare: [before] }, /nowhere is not a run directory/],
    [slower, { compare: [empty] }, /empty is not a run directory and holds none/],
    [slower, { compare: [simulated] }, /one side is simulated and the other measured/],
    [
      other,
      { compare: [before] },
      /here dual-script\/mysqld-killed, trixie, docker, in the baseline dual-script\/mysqld-killed, sid, docker/,
    ],
    [slower, { compare: [before], threshold: "p99=1s" }, /--threshold p99=1s/],
    [slower, { compare: [before], threshold: "p50=1s,p50=2s" }, /each quantile once/],
    [slower, { compare: [before], threshold: "p50=soon" }, /Expected p50=200ms/],
    [slower, { compare: [before], format: "junit" }, /cannot be written as junit/],
    [STORED, { failOn: "regression" }, /need --compare BASELINE/],
    [STORED, { threshold: "p50=1s" }, /need --compare BASELINE/],
  ] as const)("%s %j is refused", (path, options, message) => {
    expect(() => report(path, options)).toThrow(InputError);
    expect(() => report(path, options)).toThrow(message);
  });

  it("a user gets one line, and 64", () => {
    const args = ["--disable-warning=ExperimentalWarning", MAIN, "report", slower];
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...args, "--compare", simulated, "--fail-on", "regression"],
      { encoding: "utf8", cwd: SCRATCH },
    );
    expect({ status, stdout, lines: stderr.trim().split("\n").length }).toEqual({
      status: 64,
      stdout: "",
      lines: 1,
    });
  });
});

describe("timing", () => {
  it.each([
    ["console", /VIP moved +1 /],
    ["markdown", /^## Failover times/],
    ["csv", /^scenario,topology,fault,/],
    ["json", /"format": "vipdrill-timing"/],
    ["html", /^<!doctype html>/],
  ] as const)("%s", (format, beginning) => {
    expect(timing(join(SCRATCH, "folder"), format)).toEqual({
      code: 0,
      text: expect.stringMatching(beginning),
    });
  });

  it("reads back what it wrote", () => {
    const { text } = timing(STORED, "json");
    expect(timing(file("again.json", text), "json").text).toBe(text);
  });

  it("says that a history is torn, and not that nothing moved", () => {
    const torn = join(SCRATCH, "torn");
    cpSync(STORED, torn, { recursive: true });
    const lines = readFileSync(join(torn, "history.jsonl"), "utf8");
    writeFileSync(join(torn, "history.jsonl"), lines.slice(0, Math.floor(lines.length / 3)));
    const { text } = timing(torn, "console");
    expect(text).toContain("1 run: no verdict: history is torn");
    expect(text).not.toContain("The VIP moved in none");
  });

  it("refuses what is no run", () => {
    expect(() => timing("nowhere", "csv")).toThrow(/nowhere is not a run directory/);
    expect(() => timing(MAIN, "csv")).toThrow(/is not JSON/);
  });
});
