/** The formats that reports are written in for other programs, by the name the user gives. */
import { renderAnnotations } from "../../reports/annotations.ts";
import { renderHtml } from "../../reports/html/page.ts";
import { renderJson } from "../../reports/json.ts";
import { renderJunit } from "../../reports/junit.ts";
import { renderMarkdown } from "../../reports/markdown.ts";
import type { SuiteOptions } from "../../reports/html/suite/page.ts";
import type { ReportedRun } from "../../reports/reported.ts";
import { renderTap } from "../../reports/tap.ts";
import { pageAssets } from "./page-assets.ts";

export type FileFormat = "json" | "junit" | "markdown" | "tap" | "github" | "html";

const RENDERERS: Readonly<
  Record<FileFormat, (runs: readonly ReportedRun[], options: SuiteOptions) => string>
> = {
  json: (runs, { cutShort }) => renderJson(runs, cutShort),
  junit: (runs, { cutShort }) => renderJunit(runs, cutShort),
  markdown: (runs, { cutShort }) => renderMarkdown(runs, { cutShort }),
  tap: (runs, { cutShort }) => renderTap(runs, cutShort),
  github: (runs, { cutShort }) => renderAnnotations(runs, cutShort),
  html: (runs, options) => renderHtml(runs, pageAssets(), options),
};

export const FILE_FORMATS: readonly string[] = Object.keys(RENDERERS);

export function isFileFormat(name: string): name is FileFormat {
  return FILE_FORMATS.includes(name);
}

export function renderAs(
  format: FileFormat,
  runs: readonly ReportedRun[],
  options: SuiteOptions = {},
): string {
  return RENDERERS[format](runs, options);
}
