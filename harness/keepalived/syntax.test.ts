import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linesOf, parseSyntax, printSyntax } from "./syntax.ts";

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .string({
      unit: fc.constantFrom(
        "a",
        " ",
        "\t",
        "\r",
        "\n",
        "\0",
        '"',
        "{",
        "}",
        "#",
        "!",
        "\\",
        "é",
        "\ufeff",
      ),
    })
    .map((text) => new TextEncoder().encode(text)),
);

describe("syntax", () => {
  it("prints what it has parsed, whatever the bytes", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect([...printSyntax(parseSyntax(bytes, "x"))]).toEqual([...bytes]);
      }),
    );
  });

  it("tells words, strings, comments and braces apart, with their places", () => {
    const [line] = [...linesOf(parseSyntax('  script "a b" {x} \\# y # é\r\n', "x"))];
    expect(line?.ending).toBe("\r\n");
    expect(
      line?.tokens
        .filter(({ kind }) => kind !== "space")
        .map(({ kind, text, column }) => [kind, text, column]),
    ).toEqual([
      ["word", "script", 3],
      ["string", '"a b"', 10],
      ["open", "{", 16],
      ["word", "x", 17],
      ["close", "}", 18],
      ["word", "\\#", 20],
      ["word", "y", 23],
      ["comment", "# \u00c3\u00a9", 25],
    ]);
  });

  it("counts characters, not bytes, where the line is UTF-8", () => {
    const [line] = [...linesOf(parseSyntax("é x", "x"))];
    expect(line?.tokens.at(-1)?.column).toBe(3);
  });
});
