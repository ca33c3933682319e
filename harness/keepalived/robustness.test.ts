import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readText } from "./read.ts";
import { KEEPALIVED_VERSIONS } from "./versions.ts";

/** Words that lead deep into the tables, and characters that break lines apart. */
const piece = fc.constantFrom(
  ..."global_defs vrrp_instance V vrrp_script script interval weight virtual_ipaddress 10.0.0.1/24 dev eth0 priority 100 track_script c authentication auth_pass virtual_server 10.0.0.1 80 real_server TCP_CHECK HTTP_GET url path notify_master $A $A=b ${A} ~SEQ(A,1,3) ~LST(A,1) @x include".split(
    " ",
  ),
  "{",
  "}",
  "\n",
  '"',
  "'",
  "#",
  "!",
  "\\",
  "\\\n",
  " ",
  "\t",
  "\r\n",
  "\0",
  "é",
  "-1",
  "99999999999999999999",
);
const anyText = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(" "));
const anyVersion = fc.constantFrom(...KEEPALIVED_VERSIONS);

describe("any input", () => {
  it("is read without a crash, and always in the same way", () => {
    fc.assert(
      fc.property(anyText, anyVersion, (text, version) => {
        expect(readText(text, { version })).toEqual(readText(text, { version }));
      }),
      { numRuns: 300 },
    );
  });

  it("may be no text at all", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), anyVersion, (bytes, version) => {
        readText(bytes, { version });
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, string, string]>([
    ["~SEQ without end", "~SEQ(A, 1, 2000000000) x $A\n", "expansion-too-large"],
    [
      "~SEQ within ~SEQ",
      "~SEQ(A, 1, 9999) ~SEQ(B, 1, 9999) ~SEQ(C, 1, 9999) x\n",
      "expansion-too-large",
    ],
    ["a definition of itself", "$A=$A\nx $A\n", "definition-without-end"],
    ["two that grow", "$A=$B $B\n$B=$A $A\nx $A\n", "substitution-too-long"],
    ["many that grow", "$A=$B\n$B=$A $A\nx $A\n".repeat(300), "expansion-too-large"],
    ["deep nesting", "x {\n".repeat(100_000), "too-many-diagnostics"],
    ["instances within each other", "vrrp_instance V {\n".repeat(100_000), "missing-closing-brace"],
    ["a very long line", "x ".repeat(1_000_000), "unknown-keyword"],
    ["nothing but braces", "{".repeat(1_000_000), "file-too-large"],
    ["a string that does not end", `"${"x".repeat(100_000)}`, "unterminated-quote"],
  ])("%s is bounded and named", (_, text, code) => {
    const { diagnostics } = readText(text, { version: "2.2.7" });
    expect(diagnostics.map((each) => each.code)).toContain(code);
  });
});
