/**
 * `node bench/samples.ts [--screenshots]`: writes reports/samples/, one folder for each of three simulated runs;
 * with `--screenshots` also the pictures in docs/images/, which need a Chromium (setup/browser.sh).
 *
 * The runs are fixed to the byte: seed, run id, time of the start and path are given here, and a simulated run
 * has no other inputs. reports/samples.test.ts makes them again and compares.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { findScenario } from "../harness/cli/catalogue.ts";
import { renderAs, type FileFormat } from "../harness/cli/formats.ts";
import { judgeRun } from "../harness/run/judge.ts";
import type { Scenario } from "../harness/scenario/scenario.ts";
import { simulate } from "../harness/testing/simulated.ts";
import { renderConsole } from "../reports/console.ts";
import type { ReportedRun } from "../reports/reported.ts";

const ROOT = resolve(import.meta.dirname, "..");
export const SAMPLES: string = join(ROOT, "reports/samples");
const IMAGES = join(ROOT, "docs/images");

interface Sample {
  readonly name: string;
  readonly scenario: Scenario;
}

/**
 * The void one is the canary of a kill that is announced and not carried out, without its declaration of being
 * one: a run that nobody prepared for says "void" and not "canary caught".
 */
function samples(): readonly Sample[] {
  const { canary: _declared, ...unconfirmed } = findScenario("canary/sabotaged-fault");
  return [
    { name: "as-expected", scenario: findScenario("dual-script/mysqld-killed") },
    { name: "split-brain", scenario: findScenario("dual-script/multicast-blocked") },
    { name: "inconclusive", scenario: { ...unconfirmed, name: "sample/fault-not-confirmed" } },
  ];
}

const SEED = 7;

const FILES: Readonly<Record<string, FileFormat>> = {
  "report.html": "html",
  "report.json": "json",
  "report.md": "markdown",
  "junit.xml": "junit",
};

async function sampleRun({ name, scenario }: Sample): Promise<ReportedRun> {
  const { record, events } = await simulate(scenario, { seed: SEED });
  const path = `runs/${name}`;
  const told = { ...record, runId: name, replay: `./vipdrill replay ${path}` };
  return { record: told, events, result: judgeRun(told, events), path };
}

/** By path below reports/samples/. */
export async function renderSamples(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const sample of samples()) {
    const run = await sampleRun(sample);
    for (const [file, format] of Object.entries(FILES)) {
      files.set(`${sample.name}/${file}`, renderAs(format, [run]));
    }
    files.set(`${sample.name}/report.txt`, renderConsole(run, { colour: false, advice: true }));
  }
  return files;
}

async function writeSamples(): Promise<void> {
  rmSync(SAMPLES, { recursive: true, force: true });
  for (const [path, text] of await renderSamples()) {
    mkdirSync(join(SAMPLES, path, ".."), { recursive: true });
    writeFileSync(join(SAMPLES, path), text);
    console.log(`reports/samples/${path}  ${Math.round(text.length / 1000)} kB`);
  }
}

if (import.meta.main) {
  await writeSamples();
  if (process.argv.includes("--screenshots")) {
    const { takeScreenshots } = await import("./screenshots.ts");
    await takeScreenshots(SAMPLES, IMAGES);
  }
}
