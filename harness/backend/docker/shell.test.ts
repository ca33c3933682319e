import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandText } from "./shell.ts";

const MARK = "mark-of-this-test";

/** What a shell makes of one command after the other, as they are written to it. */
function inOneShell(...texts: readonly string[]): { stdout: string; stderr: string } {
  const { stdout, stderr } = spawnSync("sh", { input: texts.join(""), encoding: "utf8" });
  return { stdout, stderr };
}

describe("a command as it is written to an open shell", () => {
  it("keeps its words apart, whatever is in them", () => {
    const word = fc
      .string({ unit: "binary", minLength: 1 })
      .filter((text) => !/[\0\ud800-\udfff]/.test(text));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
        const { stdout } = inOneShell(commandText(["printf", "%s|", ...words], MARK));
        expect(stdout).toBe(`${words.map((text) => `${text}|`).join("")}${MARK}0;`);
      }),
      { numRuns: 30 },
    );
  });

  it("gets its input to the letter", () => {
    const input = "a 'quoted' $HOME `id` \\ line\n\nand <<'another'\n";
    const { stdout } = inOneShell(commandText(["cat"], MARK, input));
    expect(stdout).toBe(`${input}${MARK}0;`);
  });

  it("has an input that is empty when none is given, and does not read the next command", () => {
    const { stdout } = inOneShell(commandText(["cat"], MARK), commandText(["echo", "next"], MARK));
    expect(stdout).toBe(`${MARK}0;next\n${MARK}0;`);
  });

  it("tells its exit code, and keeps what it says apart", () => {
    const failing = ["sh", "-c", "echo out; echo err >&2; exit 7"];
    const { stdout, stderr } = inOneShell(commandText(failing, MARK));
    expect([stdout, stderr]).toEqual([`out\n${MARK}7;`, `err\n${MARK}`]);
  });

  it("is a child of the shell, which outlives it", () => {
    const killed = commandText(["sh", "-c", "kill -KILL $$"], MARK);
    const { stdout } = inOneShell(killed, commandText(["echo", "still here"], MARK));
    expect(stdout).toBe(`${MARK}137;still here\n${MARK}0;`);
  });
});
