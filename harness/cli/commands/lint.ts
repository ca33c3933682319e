/** `lint`: what is wrong with the configurations of one cluster, before anything runs. */
import manifest from "../../../package.json" with { type: "json" };
import { writeFileSync } from "node:fs";
import { renderLintJson, renderLintText, type LintReport } from "../../../reports/lint.ts";
import { renderSarif } from "../../../reports/sarif.ts";
import { InputError } from "../../core/errors.ts";
import type { Us } from "../../core/time.ts";
import { lintVersions } from "../../keepalived/lint/engine.ts";
import { severityRank, SEVERITIES, type LintSeverity } from "../../keepalived/lint/rule.ts";
import {
  DEFAULT_VERSION,
  isKeepalivedVersion,
  KEEPALIVED_VERSIONS,
  type KeepalivedVersion,
} from "../../keepalived/versions.ts";
import { demandFile, loadNode, nodeNames } from "../config-files.ts";
import { EXIT } from "../exit-codes.ts";
import { demandFolder } from "../files.ts";

export const LINT_FORMATS = ["text", "json", "sarif"] as const;

export type LintFormat = (typeof LINT_FORMATS)[number];

export type FailOn = LintSeverity | "never";

export interface LintOptions {
  readonly format?: LintFormat;
  readonly output?: string;
  /** Versions of keepalived, several with commas between or as a list. */
  readonly keepalived?: string | readonly string[];
  /** The least severe that is shown. */
  readonly severity?: LintSeverity;
  /** What makes the exit code 1. */
  readonly failOn?: FailOn;
  /** The time in which the VIP has to have moved. */
  readonly failoverWithin?: Us;
  /** Whether the nodes have ip_vs; absent: not known. */
  readonly ipvs?: boolean;
}

export function lintCommand(files: readonly string[], options: LintOptions = {}): number {
  const { format = "text", severity = "warning", failOn = "error" } = options;
  if (!LINT_FORMATS.includes(format)) {
    throw new InputError("UNKNOWN_FORMAT", `--format ${format}: text, json or sarif`);
  }
  demandSeverity("--severity", severity);
  if (failOn !== "never") demandSeverity("--fail-on", failOn);
  if (options.output !== undefined) demandFolder(options.output);
  const report = lintFiles(files, options);
  const text = render(report, format, severity);
  if (options.output === undefined) process.stdout.write(text);
  else writeFileSync(options.output, text);
  const serious =
    failOn !== "never" &&
    report.findings.some((finding) => severityRank(finding.severity) >= severityRank(failOn));
  return serious ? EXIT.unexpected : EXIT.asExpected;
}

/** The same without writing anything. */
export function lintFiles(files: readonly string[], options: LintOptions = {}): LintReport {
  if (files.length === 0) {
    throw new InputError("NO_FILES", "lint needs the keepalived.conf of every node of one cluster");
  }
  for (const file of files) demandFile(file);
  const versions = versionsOf([options.keepalived ?? []].flat());
  const names = nodeNames(files);
  const findings = lintVersions(
    versions,
    (version) => files.map((file, index) => loadNode(file, names[index] ?? file, version)),
    {
      ...(options.failoverWithin === undefined ? {} : { failoverWithinUs: options.failoverWithin }),
      ...(options.ipvs === undefined ? {} : { ipvs: options.ipvs }),
    },
  );
  return {
    tool: { name: "vipdrill", version: manifest.version },
    versions,
    nodes: files.map((file, index) => ({ file, name: names[index] ?? file })),
    findings,
  };
}

function render(report: LintReport, format: LintFormat, lowest: LintSeverity): string {
  const shown = {
    ...report,
    findings: report.findings.filter(
      (finding) => severityRank(finding.severity) >= severityRank(lowest),
    ),
  };
  switch (format) {
    case "text":
      return renderLintText(shown, {
        hidden: report.findings.length - shown.findings.length,
        colour: process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
      });
    case "json":
      return renderLintJson(shown);
    case "sarif":
      return renderSarif(shown);
  }
}

function demandSeverity(option: string, value: string): void {
  if (SEVERITIES.some((severity) => severity === value)) return;
  const more = option === "--fail-on" ? ", or never" : "";
  throw new InputError("UNKNOWN_SEVERITY", `${option} ${value}: error, warning or info${more}`);
}

function versionsOf(wanted: readonly string[]): readonly KeepalivedVersion[] {
  const names = wanted.flatMap((text) => text.split(",")).map((text) => text.trim());
  const versions = names.map((name) => {
    if (isKeepalivedVersion(name)) return name;
    throw new InputError(
      "UNKNOWN_VERSION",
      `keepalived ${name} is not known here; there are ${KEEPALIVED_VERSIONS.join(", ")}`,
    );
  });
  return versions.length === 0 ? [DEFAULT_VERSION] : [...new Set(versions)];
}
