import { describe, expect, it } from "vitest";
import { definitions, plainOf } from "../../harness/fault/facts.ts";
import { isFaultStep } from "../../harness/fault/schedule.ts";
import { CATALOGUE } from "../catalogue.ts";
import { ENTRIES } from "./entries.ts";

/** Kinds that mean nothing on a row, and why. */
const MEANINGLESS: Readonly<Record<string, readonly string[]>> = {
  // Nothing is checked there: there is no script to replace, and nothing stops keepalived that would have to be started.
  "dual-check": ["check-script-replaced", "service-started"],
  "dual-script": [],
};

describe.each(Object.keys(MEANINGLESS))("the row %s", (row) => {
  it("is drilled with every fault of the catalogue", () => {
    const drilled = new Set<string>(
      CATALOGUE.filter(({ name }) => name.startsWith(`${row}/`)).flatMap((scenario) =>
        [...scenario.disturb, ...scenario.recover]
          .filter(isFaultStep)
          .map(({ fault }) => plainOf(fault).kind),
      ),
    );
    const missing = definitions()
      .map(({ kind }) => kind)
      .filter((kind) => !drilled.has(kind) && MEANINGLESS[row]?.includes(kind) !== true);
    expect(missing).toEqual([]);
  });
});

describe("the entries of the matrix", () => {
  it("have a name each", () => {
    const names = ENTRIES.map(({ story }) => story);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});
