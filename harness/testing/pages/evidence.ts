/** What runs on containers have shown so far, as `node bench/evidence.ts` gathers it from run directories. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

export interface Evidence {
  /** The last day of the runs. */
  readonly until: string;
  readonly scenarios: Readonly<Record<string, readonly ScenarioEvidence[]>>;
}

export interface ScenarioEvidence {
  readonly image: string;
  readonly keepalived: string;
  readonly mysqld: string;
  readonly asExpected: number;
  readonly unexpected: number;
  readonly inconclusive: number;
  readonly skipped: number;
}

const FILE = resolve(import.meta.dirname, "../../../docs/evidence.json");

export function readEvidence(): Evidence {
  return JSON.parse(readFileSync(FILE, "utf8")) as Evidence;
}

/** `sid 3 of 3, trixie 2 of 3 (1 inconclusive)`. */
export function evidenceWords(found: readonly ScenarioEvidence[] | undefined): string {
  if (found === undefined || found.length === 0) return "not run on containers yet";
  return found
    .map(({ image, asExpected, unexpected, inconclusive, skipped }) => {
      if (skipped > 0 && asExpected + unexpected + inconclusive === 0) return `${image}: skipped`;
      const unproven = inconclusive === 0 ? "" : ` (${inconclusive} inconclusive)`;
      return `${image} ${asExpected} of ${asExpected + unexpected + inconclusive}${unproven}`;
    })
    .join(", ");
}
