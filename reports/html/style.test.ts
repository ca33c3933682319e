/** Colours that are read must be readable: WCAG 2.2, 1.4.3, in both themes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const CSS = readFileSync(join(import.meta.dirname, "style.css"), "utf8");

type Theme = ReadonlyMap<string, string>;

function properties(block: string): Theme {
  return new Map(
    [...block.matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6})/g)].map((m) => [m[1] ?? "", m[2] ?? ""]),
  );
}

const [LIGHT = "", DARK = ""] = [...CSS.matchAll(/:root \{([^}]*)\}/g)].map((match) => match[1]);
const THEMES = { light: properties(LIGHT), dark: properties(DARK) } as const;

/** Relative luminance, WCAG 2.2 glossary (sRGB). */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const AGREED = [
  "--bg",
  "--fg",
  "--dim",
  "--line",
  "--panel",
  "--good",
  "--bad",
  "--warn",
  "--info",
  "--accent",
  "--fault",
  ...[1, 2, 3, 4, 5, 6].map((n) => `--node-${n}`),
];

describe.each(["light", "dark"] as const)("the %s theme", (name) => {
  const theme = THEMES[name];

  it("has every colour that figures ask for", () => {
    expect(AGREED.filter((colour) => !theme.has(colour))).toEqual([]);
  });

  it("can be read: 4.5 to 1 on the page and on panels", () => {
    const grounds = ["--bg", "--panel"].map((ground) => theme.get(ground) ?? "");
    const weak = [...theme]
      .filter(([colour]) => !["--bg", "--panel", "--line"].includes(colour))
      .filter(([, value]) => grounds.some((ground) => contrast(value, ground) < 4.5))
      .map(([colour]) => colour);
    expect(weak).toEqual([]);
  });
});

describe("the measure itself", () => {
  it("gives black on white its 21 to 1", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 1);
  });
});
