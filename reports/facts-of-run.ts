/** Where and with what a run was made, in one line. */
import type { RunRecord } from "../harness/run/record.ts";

/** Versions by what they belong to; nodes that have the same are not told apart. */
export function versionWords(versions: RunRecord["versions"]): string[] {
  const found = new Map<string, Set<string>>();
  for (const [name, version] of Object.entries(versions).sort(([a], [b]) => a.localeCompare(b))) {
    const program = name.split(" ").at(-1) ?? name;
    found.set(program, (found.get(program) ?? new Set()).add(version));
  }
  return [...found].map(([program, values]) => `${program} ${[...values].join(" and ")}`);
}

export function madeWith(record: RunRecord): string {
  const where = record.simulated ? `simulator (${record.backend})` : record.backend;
  return [
    where,
    `image ${record.image}`,
    ...versionWords(record.versions),
    `seed ${record.seed}`,
    record.startedAt,
  ].join(", ");
}
