/** Findings run again on containers, one after the other, each with its runs kept. */
import { randomInt } from "node:crypto";
import { InputError } from "../../core/errors.ts";
import { confirm } from "../../explore/confirm.ts";
import type { Property } from "../../explore/property.ts";
import type { ExploreRecord, Reported } from "../../explore/record.ts";
import { confirmedWords } from "../../explore/report.ts";
import type { World } from "../../explore/runner.ts";
import { scenarioOfFinding } from "../../explore/scenario-file.ts";
import { createRunDirectory } from "../../run/store.ts";
import { chooseBackend } from "../backends.ts";
import { unlessLeaving } from "../interrupt.ts";
import { startProgress } from "../progress.ts";

interface Confirming {
  readonly world: World;
  readonly properties: readonly Property[];
  readonly times: number;
  /** Ids; empty: all. */
  readonly only: readonly string[];
  readonly out: string;
}

/** One finding after the other, on containers, with its runs kept below `--out`. */
export async function confirmed(
  record: ExploreRecord,
  { world, properties, times, only, out }: Confirming,
): Promise<ExploreRecord> {
  const chosen = await chooseBackend({ choice: "docker", images: [world.image], keep: false });
  const findings: Reported[] = [];
  for (const found of record.findings) {
    const property = properties.find(({ name }) => name === found.property);
    if (property === undefined || (only.length > 0 && !only.includes(found.id))) {
      findings.push(found);
      continue;
    }
    const { setting, seed } = world;
    const progress = startProgress(`confirm ${found.id}`);
    const confirmation = await confirm({
      scenario: scenarioOfFinding({ setting, found, id: found.id, seed, surface: "vipdrill" }),
      property,
      kind: found.kind,
      simulated: world,
      backend: chosen.backend,
      times,
      progress: (text) => {
        progress.update(text);
      },
      directoryOf: (attempt) => {
        const startedAt = new Date().toISOString();
        const stamp = startedAt.slice(0, 19).replaceAll(":", "-");
        const runId = randomInt(0x10000000, 0xffffffff).toString(16);
        const directory = createRunDirectory(out, `${stamp}-confirm-${found.id}-${attempt}`);
        return { directory, runId, startedAt };
      },
    });
    progress.stop();
    await unlessLeaving();
    process.stdout.write(`${found.id} ${found.kind}: ${confirmedWords(confirmation)}\n`);
    findings.push({ ...found, confirmed: confirmation });
  }
  await chosen.finish();
  return { ...record, findings };
}

/** An id that is misspelt would confirm nothing, and look like a finding that is gone. */
export function demandFound(only: readonly string[], { findings }: ExploreRecord): void {
  const unknown = only.filter((id) => !findings.some((found) => found.id === id));
  if (unknown.length === 0) return;
  const known = findings.map(({ id }) => id).join(", ");
  throw new InputError(
    "FINDING_UNKNOWN",
    `--only ${unknown.join(",")}: this search has no such finding; ${known === "" ? "it has none" : `there are ${known}`}`,
  );
}
