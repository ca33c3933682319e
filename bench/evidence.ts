/**
 * `node bench/evidence.ts RUNS...`: how often each scenario came out as declared on containers, by image, from
 * run directories; every run is judged again. Prints the text of docs/evidence.json.
 */
import { runsBelow, readRun } from "../harness/run/store.ts";
import { judgeRun } from "../harness/run/judge.ts";
import { actualVersions } from "../harness/scenario/versions.ts";

interface Count {
  image: string;
  keepalived: string;
  mysqld: string;
  asExpected: number;
  unexpected: number;
  inconclusive: number;
  skipped: number;
}

const scenarios: Record<string, Record<string, Count>> = {};
let until = "";
for (const folder of process.argv.slice(2)) {
  for (const path of runsBelow(folder)) {
    const { record, history } = readRun(path);
    if (record.simulated) continue;
    const { outcome } = judgeRun(record, history.events);
    // Given up, or the machine failed: nothing is said about failover.
    if (outcome === "error") continue;
    const { keepalived } = actualVersions(record.versions);
    const mysqld = Object.entries(record.versions).find(([name]) => name.endsWith(" mysqld"))?.[1];
    const counts = (scenarios[record.scenario.name] ??= {});
    const count = (counts[record.image] ??= {
      image: record.image,
      keepalived,
      mysqld: mysqld ?? "",
      asExpected: 0,
      unexpected: 0,
      inconclusive: 0,
      skipped: 0,
    });
    if (outcome === "as-expected") count.asExpected += 1;
    else if (outcome === "inconclusive") count.inconclusive += 1;
    else if (outcome === "skipped") count.skipped += 1;
    else count.unexpected += 1;
    const day = record.startedAt.slice(0, 10);
    if (day > until) until = day;
  }
}
const sorted = Object.keys(scenarios)
  .toSorted()
  .map((name) => {
    const counts = scenarios[name] ?? {};
    return [
      name,
      Object.keys(counts)
        .toSorted()
        .map((image) => counts[image]),
    ] as const;
  });
process.stdout.write(
  `${JSON.stringify({ until, scenarios: Object.fromEntries(sorted) }, null, 2)}\n`,
);
