/** The formats that reports are written in for other programs, by the name the user gives. */
import { renderJson } from "../../reports/json.ts";
import { renderJunit } from "../../reports/junit.ts";
import { renderMarkdown } from "../../reports/markdown.ts";
import type { ReportedRun } from "../../reports/reported.ts";

export type FileFormat = "json" | "junit" | "markdown";

const RENDERERS: Readonly<Record<FileFormat, (runs: readonly ReportedRun[]) => string>> = {
  json: renderJson,
  junit: renderJunit,
  markdown: renderMarkdown,
};

export const FILE_FORMATS: readonly string[] = Object.keys(RENDERERS);

export function isFileFormat(name: string): name is FileFormat {
  return FILE_FORMATS.includes(name);
}

export function renderAs(format: FileFormat, runs: readonly ReportedRun[]): string {
  return RENDERERS[format](runs);
}
