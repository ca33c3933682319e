import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { figuresOf, RECIPES } from "../bench/recipes.ts";
import { MICROSECONDS_PER_SECOND } from "../harness/core/time.ts";

const PAGE = readFileSync("docs/recipes.md", "utf8");
/** Of the 200 that the page's figures are of. */
const SEEDS = 3;

/** Cells of the table between the page's marks, by the recipe's name. */
function tableOf(image: string): ReadonlyMap<string, readonly string[]> {
  const part = PAGE.split(`<!-- recipes:${image} -->`)[1]?.split("<!-- /recipes -->")[0] ?? "";
  const lines = part.split("\n").filter((line) => line.startsWith("| "));
  return new Map(
    lines.map((line) => {
      const [, name = "", ...cells] = line.split("|").map((cell) => cell.trim());
      return [name, cells] as const;
    }),
  );
}

/** `9.7 / 10.8 / 11.7 s`; nothing for `not in 60.000 s`. */
function rangeOf(cell: string): readonly [number, number] | undefined {
  const found = /^([\d.]+) \/ [\d.]+ \/ ([\d.]+) s$/.exec(cell);
  return found === null ? undefined : [Number(found[1]), Number(found[2])];
}

/** Rounding to a tenth. */
const HALF_A_TENTH = 0.051;

function outside(
  values: readonly number[],
  range: readonly [number, number] | undefined,
): number[] {
  const inSeconds = values.map((us) => us / MICROSECONDS_PER_SECOND);
  if (range === undefined) return inSeconds;
  const [least, most] = range;
  return inSeconds.filter((at) => at < least - HALF_A_TENTH || at > most + HALF_A_TENTH);
}

describe.each(["sid", "bookworm"])("the table of docs/recipes.md for %s", (image) => {
  const rows = tableOf(image);

  it.each(RECIPES.map(({ name, topology }) => [name, topology] as const))(
    "%s",
    async (name, topology) => {
      const [killed = "", frozen = "", ...shares] = rows.get(name) ?? [];
      const figures = await figuresOf(topology, SEEDS, image);
      expect(outside(figures.movedUs, rangeOf(killed))).toEqual([]);
      expect(outside(figures.frozenUs, rangeOf(frozen))).toEqual([]);
      const counts = [...figures.falseAlarms, figures.stopped, figures.home];
      // What happens always or never in 200 runs does so in these.
      const decided = shares
        .map((share, index) => [share, counts[index]] as const)
        .filter(([share]) => share === "0 %" || share === "100 %");
      expect(decided.map(([, count]) => count)).toEqual(
        decided.map(([share]) => (share === "0 %" ? 0 : SEEDS)),
      );
      expect(rangeOf(killed)).toBeDefined();
    },
  );
});
