/** `docs/hazards.md` names scenarios and tests; this keeps the names true. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../../scenarios/catalogue.ts";

const PAGE = resolve(import.meta.dirname, "../../../docs/hazards.md");

/** What stands before the colon in the titles of the tests beside this one. */
function testNames(): string[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => /^hazards-.*\.sim\.test\.ts$/.test(file))
    .flatMap((file) => {
      const text = readFileSync(join(import.meta.dirname, file), "utf8");
      return [...text.matchAll(/"([a-z]+\/[a-z0-9-]+): /g)].map((match) => match[1]!);
    });
}

/** The names in the column `simulator` of every table. */
export function namesOf(page: string): string[] {
  let column = -1;
  return page.split("\n").flatMap((line) => {
    if (!line.startsWith("|")) {
      column = -1;
      return [];
    }
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (cells.includes("simulator")) column = cells.indexOf("simulator");
    return [...(cells[column] ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
  });
}

describe("docs/hazards.md", () => {
  const known = [...testNames(), ...CATALOGUE.map(({ name }) => name)];

  it("names only what is there", () => {
    const named = namesOf(readFileSync(PAGE, "utf8"));
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  it("would be told of a name that is not", () => {
    const page = "| hazard | simulator |\n| --- | --- |\n| x | `roles/none` |\n\n`not/a-name`\n";
    expect(namesOf(page)).toEqual(["roles/none"]);
  });

  it("has no two tests of one name", () => {
    expect(new Set(testNames()).size).toBe(testNames().length);
  });
});
