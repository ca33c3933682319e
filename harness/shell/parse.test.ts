import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ShellSyntaxError } from "./errors.ts";
import { parseShell, readShell } from "./parse.ts";

const PIECES = [
  ..."$( $(( ` ${ } ) )) (( ( { if then fi for in do done case esac ;; | && || & ; <<EOF EOF [[ ]] =~".split(
    " ",
  ),
  ..."! # [ ] < > 2>&1 * ? :- // function () while $' <<< {a,b} {1..9} ' \" \\ $ x a=".split(" "),
  " ",
  "\n",
];

const anyScript = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 200 }).map((pieces) => pieces.join("")),
  fc
    .tuple(
      fc.constantFrom(...PIECES),
      fc.constantFrom(...PIECES),
      fc.integer({ min: 1, max: 2000 }),
    )
    .map(([one, other, count]) => (one + other).repeat(count)),
);

function problemOf(text: string): string {
  try {
    parseShell(text);
    return "none";
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    return `${String(error.line)}:${String(error.column)} ${error.message.replace(/^.*?: /, "")}`;
  }
}

describe("reading a script", () => {
  it("throws nothing but a syntax error, whatever the text, and is soon done", () => {
    fc.assert(
      fc.property(anyScript, (text) => {
        problemOf(text);
      }),
      { numRuns: 500, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true },
    );
  });

  it("says where and what a shell would not take", () => {
    expect({
      openIf: problemOf("if true; then\n  echo a\n"),
      strayDone: problemOf("echo a\ndone\n"),
      openQuote: problemOf("echo 'a\nb"),
      openSubstitution: problemOf("x=$(date"),
      emptyThen: problemOf("if true; then fi"),
      twoSemicolons: problemOf("echo a;; echo b"),
      tooDeep: problemOf("(".repeat(500)),
    }).toMatchInlineSnapshot(`
      {
        "emptyThen": "1:15 unexpected "fi"",
        "openIf": "3:1 unexpected end of file, looking for "fi"",
        "openQuote": "1:7 unexpected end of file, looking for '",
        "openSubstitution": "1:9 unexpected end of file, looking for ")"",
        "strayDone": "2:1 unexpected "done"",
        "tooDeep": "1:51 nested deeper than 50 levels",
        "twoSemicolons": "1:7 unexpected ";;"",
      }
    `);
  });

  it("takes a carriage return for a letter, as shells do: `then` with one is no `then`", () => {
    expect(problemOf("if true\r\nthen\r\n  echo a\r\nfi\r\n")).toContain('looking for "then"');
  });

  it("keeps the complete lines before an error: a shell has run them by then", () => {
    const script = readShell("echo one\necho two\nif true; then\n");
    expect([script.body.length, script.error?.line]).toEqual([2, 4]);
  });
});
