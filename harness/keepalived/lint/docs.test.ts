/**
 * docs/lint.md says what the rules say, and docs/hazards.md names only rules that exist.
 * `npx vitest run --project unit harness/keepalived/lint/docs.test.ts --update` writes the generated parts.
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { format, resolveConfig } from "prettier";
import { describe, expect, it } from "vitest";
import { RULES } from "./rules.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const PAGE = join(ROOT, "docs/lint.md");
const HAZARDS = join(ROOT, "docs/hazards.md");

describe("docs/lint.md", () => {
  it("has every rule, as the code has it", async () => {
    const before = readFileSync(PAGE, "utf8");
    const text = replaceGenerated(
      replaceGenerated(before, "rules", ruleTable()),
      "rule-details",
      ruleDetails(),
    );
    const formatted = await format(text, { ...(await resolveConfig(PAGE)), filepath: PAGE });
    await expect(formatted).toMatchFileSnapshot(PAGE);
  });
});

describe("rules", () => {
  it("have ids and names of their own, in the order of the ids", () => {
    const ids = RULES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length);
    expect(ids).toEqual([...ids].sort());
    for (const { id, name } of RULES) {
      expect(id).toMatch(/^VD\d{3}$/);
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    }
  });

  it("speak for different diagnostics of the reader", () => {
    const codes = RULES.flatMap(({ speaksFor }) => speaksFor ?? []);
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });
});

describe("docs/hazards.md", () => {
  it("names rules that exist, and every rule but those on the tool itself", () => {
    const named = new Set(readFileSync(HAZARDS, "utf8").match(/VD\d{3}/g));
    const known = new Set(RULES.map(({ id }) => id));
    expect([...named].filter((id) => !known.has(id))).toEqual([]);
    const ofTheTool = ["VD001", "VD002", "VD003", "VD004", "VD390", "VD391", "VD501"];
    expect([...known].filter((id) => !named.has(id) && !ofTheTool.includes(id))).toEqual([]);
  });
});

function replaceGenerated(text: string, name: string, wanted: string): string {
  const [begin, end] = [`<!-- generated:${name} -->`, "<!-- /generated -->"];
  const [before, rest] = text.split(begin);
  const after = rest?.slice(rest.indexOf(end));
  return `${before ?? ""}${begin}\n\n${wanted}\n\n${after ?? `${end}\n`}`;
}

function ruleTable(): string {
  const rows = RULES.map(({ id, name, severity, title, acrossNodes }) => [
    `[${id}](#${id.toLowerCase()}-${name})`,
    `\`${name}\``,
    severity,
    `${cell(title)}${acrossNodes === true ? " (several nodes)" : ""}`,
  ]);
  const head = ["id", "name", "severity", "what it finds"];
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function ruleDetails(): string {
  return RULES.map(
    ({ id, name, why, mend, source }) =>
      `### ${id} ${name}\n\n${cell(why)}\n\nWhat to do: ${cell(mend)}\n\nKnown from: ${cell(source)}.`,
  ).join("\n\n");
}

function cell(text: string): string {
  return text.replaceAll(/([\\`*[\]<>|])/g, String.raw`\$1`);
}
