import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { movedRun } from "../../reports/testing/runs.ts";
import { linksFrom } from "./links.ts";

const SCRATCH = mkdtempSync(join(tmpdir(), "vipdrill-test-"));

afterAll(() => {
  rmSync(SCRATCH, { recursive: true, force: true });
});

it("leads from the file to the page of a run directory that has one, and nowhere else", () => {
  const [paged, without] = ["runs/a b#1", "runs/none"].map((name) => join(SCRATCH, name));
  for (const folder of [paged, without]) mkdirSync(folder!, { recursive: true });
  writeFileSync(join(paged!, "report.html"), "");
  const linkTo = linksFrom(join(SCRATCH, "pages/suite.html"));
  expect(linkTo(movedRun({ path: paged! }))).toBe("../runs/a%20b%231/report.html");
  expect(linkTo(movedRun({ path: without! }))).toBeUndefined();
});
