/** The page of a small suite, simulated: a few scenarios on three images, some repeated, one not as expected. */
import { findScenario } from "../harness/cli/catalogue.ts";
import { renderAs } from "../harness/cli/formats.ts";
import { passes, type Scenario } from "../harness/scenario/scenario.ts";
import { simulate } from "../harness/testing/simulated.ts";
import type { ReportedRun } from "../reports/reported.ts";

const IMAGES = ["sid", "trixie", "bookworm"] as const;

const ONCE = [
  "dual-script/keepalived-killed",
  "dual-script/check-sql-frozen",
  "dual-check/split-moves-it-back",
  "dual-check/cpu-starved",
  "lvs-dr/keepalived-stopped",
] as const;

const OFTEN = ["dual-script/mysqld-killed", "dual-script/keepalived-stopped"] as const;
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

/** As somebody writes it who has not thought of two holders. */
function surprised(): Scenario {
  const blocked = findScenario("dual-script/multicast-blocked");
  return {
    ...blocked,
    name: "sample/multicast-blocked",
    expect: blocked.expect.map(({ checker, with: settings }) => passes(checker, settings)),
  };
}

async function runOf(scenario: Scenario, image: string, seed: number): Promise<ReportedRun> {
  const { record, events, result } = await simulate(scenario, { image, seed });
  const path = `runs/${scenario.name.replace("/", "-")}-${image}-${seed}`;
  return { record: { ...record, replay: `./vipdrill replay ${path}` }, events, result, path };
}

/** The same bytes every time. */
export async function renderSuiteSample(): Promise<string> {
  const runs = [await runOf(surprised(), "sid", 7)];
  for (const image of IMAGES) {
    for (const name of ONCE) runs.push(await runOf(findScenario(name), image, 7));
    for (const name of OFTEN) {
      for (const seed of SEEDS) runs.push(await runOf(findScenario(name), image, seed));
    }
  }
  return renderAs("html", runs);
}
