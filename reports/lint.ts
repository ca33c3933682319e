/** What the linter found, as text for people and as JSON for programs. */
import { formatLocation } from "../harness/keepalived/location.ts";
import type { Finding, LintSeverity } from "../harness/keepalived/lint/rule.ts";
import type { KeepalivedVersion } from "../harness/keepalived/versions.ts";
import { hang, painter, printable, type Paint, type Style } from "./layout.ts";
import { counted } from "./units.ts";

export interface LintReport {
  readonly tool: { readonly name: string; readonly version: string };
  readonly versions: readonly KeepalivedVersion[];
  readonly nodes: readonly { readonly name: string; readonly file: string }[];
  readonly findings: readonly Finding[];
}

const STYLES: Readonly<Record<LintSeverity, Style>> = {
  error: "bad",
  warning: "warn",
  info: "dim",
};

/** `hidden`: findings that are there and were left out as too slight. */
export function renderLintText(
  report: LintReport,
  { hidden = 0, colour = false }: { readonly hidden?: number; readonly colour?: boolean } = {},
): string {
  const paint = painter(colour);
  const explained = new Set<string>();
  const lines = filesOf(report).flatMap((file) => [
    paint("bold", printable(titleOf(report, file))),
    "",
    ...report.findings
      .filter((finding) => finding.at.file === file)
      .flatMap((finding) => [...findingLines(finding, explained, paint), ""]),
  ]);
  return `${[...lines, summaryOf(report, hidden)].join("\n")}\n`;
}

/** In the order of the nodes; scripts after them. */
function filesOf({ nodes, findings }: LintReport): string[] {
  const found = new Set(findings.map(({ at }) => at.file));
  const first = nodes.map(({ file }) => file).filter((file) => found.has(file));
  return [...new Set([...first, ...found])];
}

function titleOf({ nodes }: LintReport, file: string): string {
  const node = nodes.find((item) => item.file === file);
  return node === undefined || node.name === file ? file : `${file} (${node.name})`;
}

function findingLines(finding: Finding, explained: Set<string>, paint: Paint): string[] {
  const { severity, rule, name, code, at, title, versions } = finding;
  const holds = versions === undefined ? "" : ` [keepalived ${versions.join(", ")}]`;
  // The daemon's own diagnostics share four rules; their code says what it is about.
  const about = code !== undefined && name.startsWith("daemon-") ? code : title;
  const head = `${printable(formatLocation(at))} ${paint(STYLES[severity], severity)} ${rule} ${about}${holds}`;
  const key = `${rule} ${finding.why} ${finding.mend}`;
  // The same advice is given once; later findings of the rule say only what is special to them.
  const again = explained.has(key);
  explained.add(key);
  const label = code === undefined ? name : `${name}, ${code}`;
  return [
    head,
    ...hang("    ", finding.what),
    ...(again
      ? []
      : [
          ...hang("    why:  ", finding.why),
          ...hang("    mend: ", finding.mend),
          ...hang("    from: ", `${finding.source} (${label})`),
        ]),
    ...finding.related.flatMap((item) =>
      hang("    see:  ", `${formatLocation(item.at)} ${item.note}`),
    ),
  ];
}

export function summaryOf({ findings, versions, nodes }: LintReport, hidden: number): string {
  const count = (severity: LintSeverity): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const parts = [
    counted(count("error"), "error"),
    counted(count("warning"), "warning"),
    ...(count("info") > 0 ? [`${count("info")} of level info`] : []),
  ];
  const more = hidden > 0 ? `; ${hidden} more with --severity info` : "";
  return `${parts.join(", ")} in ${counted(nodes.length, "file")} for keepalived ${versions.join(", ")}${more}`;
}

export function renderLintJson({ tool, versions, nodes, findings }: LintReport): string {
  const count = (severity: LintSeverity): number =>
    findings.filter((finding) => finding.severity === severity).length;
  return `${JSON.stringify(
    {
      format: "vipdrill-lint 1",
      tool,
      keepalived: versions,
      nodes,
      summary: { errors: count("error"), warnings: count("warning"), infos: count("info") },
      findings,
    },
    undefined,
    2,
  )}\n`;
}
