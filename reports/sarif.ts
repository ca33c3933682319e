/**
 * Findings as SARIF 2.1.0 (OASIS), for code scanning in CI. Every rule that fired is described with its
 * help; findings across nodes carry the other places as related locations.
 */
import type { Location } from "../harness/keepalived/location.ts";
import type { Finding, LintSeverity, Rule } from "../harness/keepalived/lint/rule.ts";
import { RULES } from "../harness/keepalived/lint/rules.ts";
import type { LintReport } from "./lint.ts";

const LEVELS: Readonly<Record<LintSeverity, "error" | "warning" | "note">> = {
  error: "error",
  warning: "warning",
  info: "note",
};

export function renderSarif({ tool, findings, versions }: LintReport): string {
  const rules = RULES.filter(({ id }) => findings.some(({ rule }) => rule === id));
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: tool.name,
            semanticVersion: tool.version,
            rules: rules.map(describe),
          },
        },
        columnKind: "unicodeCodePoints",
        properties: { keepalived: versions },
        results: findings.map((finding) => resultOf(finding, rules)),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function describe({ id, name, severity, title, why, mend, source }: Rule): object {
  return {
    id,
    name: pascalCase(name),
    shortDescription: { text: capital(title) },
    fullDescription: { text: why },
    help: {
      text: `${why}\n\nWhat to do: ${mend}\n\nKnown from: ${source}`,
      markdown: `${escapeMarkdown(why)}\n\n**What to do:** ${escapeMarkdown(mend)}\n\n**Known from:** ${escapeMarkdown(source)}`,
    },
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

function resultOf(finding: Finding, rules: readonly Rule[]): object {
  const { rule, severity, what, title, at, related, node, code, versions, mend } = finding;
  return {
    ruleId: rule,
    ruleIndex: rules.findIndex(({ id }) => id === rule),
    level: LEVELS[severity],
    message: { text: `${capital(title)}. ${what} ${mend}`.trim() },
    locations: [{ physicalLocation: physical(at) }],
    ...(related.length === 0
      ? {}
      : {
          relatedLocations: related.map((item, index) => ({
            id: index + 1,
            message: { text: item.note },
            physicalLocation: physical(item.at),
          })),
        }),
    // Lines move; the rule, the node and the words of the finding stay.
    partialFingerprints: { "finding/v1": [rule, code ?? "", node, what].join("|") },
    properties: {
      node,
      ...(code === undefined ? {} : { code }),
      ...(versions === undefined ? {} : { keepalived: versions }),
    },
  };
}

function physical({ file, line, column }: Location): object {
  return {
    artifactLocation: { uri: uriOf(file) },
    region: { startLine: Math.max(1, line), startColumn: Math.max(1, column) },
  };
}

/** Relative paths stay relative, to the root of the checkout as code scanning wants them. */
function uriOf(file: string): string {
  const path = file
    .replaceAll("\\", "/")
    .replace(/^(?:\.\/)+/, "")
    .split("/")
    .map(encodeURIComponent)
    .join("/");
  return path.startsWith("/") ? `file://${path}` : path;
}

function pascalCase(name: string): string {
  return name.split("-").map(capital).join("");
}

function capital(text: string): string {
  const [first = "", ...rest] = text;
  return first.toUpperCase() + rest.join("");
}

function escapeMarkdown(text: string): string {
  return text.replaceAll(/([\\`*_{}[\]<>#|])/g, String.raw`\$1`);
}
