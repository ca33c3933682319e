import { describe, expect, it } from "vitest";
import { contentHash, type ContextFile } from "./context.ts";

const file = (path: string, text: string, mode = 0o644): ContextFile => ({
  path,
  mode,
  content: Buffer.from(text),
});

describe("the hash that names an image", () => {
  const files = [file("Dockerfile", "FROM x"), file("etc/a", "1")];
  const name = contentHash(files, ["sid"]);

  it("is the same for the same content", () => {
    expect(contentHash([...files], ["sid"])).toBe(name);
  });

  it.each([
    ["a byte", [file("Dockerfile", "FROM y"), file("etc/a", "1")], ["sid"]],
    ["a path", [file("Dockerfile", "FROM x"), file("etc/b", "1")], ["sid"]],
    ["an executable bit", [file("Dockerfile", "FROM x"), file("etc/a", "1", 0o755)], ["sid"]],
    ["a file", [file("Dockerfile", "FROM x")], ["sid"]],
    ["where one file ends", [file("Dockerfile", "FROM x1"), file("etc/a", "")], ["sid"]],
    ["the suite", files, ["trixie"]],
  ])("changes with %s", (_what, changed, extra) => {
    expect(contentHash(changed, extra)).not.toBe(name);
  });
});
