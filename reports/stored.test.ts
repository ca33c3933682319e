/** Reports are made from run directories: what is on disk has to say what memory said. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { judgeRun } from "../harness/run/judge.ts";
import { createRunDirectory, readRun } from "../harness/run/store.ts";
import { renderConsole, renderSummary } from "./console.ts";
import { renderJson } from "./json.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import type { ReportedRun } from "./reported.ts";
import { brokenRun, movedRun, skippedRun, stuckRun, voidRun } from "./testing/runs.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vipdrill-reports-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function storedAndRead(run: ReportedRun, name: string): ReportedRun {
  const directory = createRunDirectory(folder, name);
  directory.writeRecord(run.record);
  if (run.events.length > 0) directory.writeHistory(1_795_244_414_262_325, run.events);
  const { record, history } = readRun(directory.path);
  const { events } = history;
  return { record, events, result: judgeRun(record, events), path: run.path };
}

it("makes the same reports from disk as from memory", () => {
  const runs = [movedRun(), stuckRun(), voidRun(), brokenRun("odd \u0007 & <b>"), skippedRun()];
  const stored = runs.map((run, index) => storedAndRead(run, `run-${index}`));
  const reports = (all: readonly ReportedRun[]): readonly string[] => [
    ...all.map((run) => renderConsole(run, { colour: true })),
    renderSummary(all, { colour: true }),
    renderMarkdown(all),
    renderJunit(all),
    renderJson(all),
  ];
  expect(reports(stored)).toEqual(reports(runs));
});
