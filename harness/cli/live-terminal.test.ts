/** The live view on a pseudo terminal, by what its screen shows in the end. Where `script` is missing: skipped. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { screenAfter } from "./testing/screen.ts";

const DEMO = resolve(import.meta.dirname, "testing/board-demo.ts");
/** Low enough that lines scroll away. */
const ROWS = 12;

/** util-linux; the `script` of BSD and macOS has other options. */
const hasScript = String(spawnSync("script", ["--version"]).stdout).includes("util-linux");

interface Shown {
  readonly output: string;
  readonly status: number | null;
}

function onTerminal(columns: number, event: string, redirect = ""): Shown {
  const node = `${process.execPath} --disable-warning=ExperimentalWarning ${DEMO} ${event}`;
  const command = `stty cols ${columns} rows ${ROWS}; ${node} ${redirect}`;
  const { stdout, status } = spawnSync("script", ["-qec", command, "/dev/null"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return { output: stdout, status };
}

const ended = (number: number): string => `[${number}/6] has ended`;

describe.skipIf(!hasScript)("the live view on a terminal", () => {
  it.each([100, 40, 20])(
    "of %i columns leaves what was printed, and nothing of itself",
    (columns) => {
      const { output, status } = onTerminal(columns, "");
      expect(status).toBe(0);
      expect(stripVTControlCharacters(output)).toMatch(/^0 of 6 ended\r?$/m);
      const { lines, cursorShown } = screenAfter(output, { columns, rows: ROWS });
      expect(lines.slice(0, -1).toSorted()).toEqual([1, 2, 3, 4, 5, 6].map(ended));
      expect(lines.at(-1)).toBe("summary");
      expect(cursorShown).toBe(true);
    },
  );

  it("that is made narrow on the way loses no line of what has ended", () => {
    const { output } = onTerminal(100, "narrow");
    const { lines, cursorShown } = screenAfter(output, { columns: 100, rows: ROWS });
    expect(lines.slice(0, -1).toSorted()).toEqual([1, 2, 3, 4, 5, 6].map(ended));
    expect(cursorShown).toBe(true);
  });

  it("that is interrupted is clean, with the cursor back", () => {
    const { output, status } = onTerminal(100, "interrupted");
    expect(status).toBe(130);
    const { lines, cursorShown } = screenAfter(output, { columns: 100, rows: ROWS });
    expect(lines.filter((line) => line !== "")).toEqual([
      ...lines.filter((line) => line.endsWith("has ended")),
      "given up",
      "vipdrill: interrupted by SIGINT",
    ]);
    expect(cursorShown).toBe(true);
  });

  it("stands on standard error only: what is printed can go to a file meanwhile", () => {
    const { output } = onTerminal(100, "", "| cat >/dev/null");
    const { lines } = screenAfter(output, { columns: 100, rows: ROWS });
    expect(stripVTControlCharacters(output)).toContain("phase 3/7 disturb");
    expect(lines).toEqual([]);
  });

  it("is plain lines where standard error is no terminal", () => {
    const { output } = onTerminal(100, "", "2>&1 | cat");
    expect(output).toMatch(
      /^ +0\.\d s {2}\[1\/6\] dual-script\/mysqld-killed {2}settle: waiting for one holder/m,
    );
    expect(output).not.toContain("\u001B");
  });
});
