/**
 * Runs the rules. One cluster, one version: `lintCluster`. Several versions: each is read and judged
 * on its own, and findings that are not the same in all say for which they hold.
 */
import { compareText } from "../../core/text.ts";
import type { Severity } from "../diagnostic.ts";
import { formatLocation, type Location } from "../location.ts";
import { profileOf, type KeepalivedVersion } from "../versions.ts";
import { daemonRule } from "./rules/daemon.ts";
import {
  severityRank,
  type Finding,
  type LintNode,
  type LintOptions,
  type NodeDiagnostic,
  type Problem,
  type Related,
  type Rule,
  type RuleContext,
} from "./rule.ts";
import { matchRouters } from "./routers.ts";
import { RULES } from "./rules.ts";
import { scriptUses } from "./script-use.ts";

/** All nodes have to be read for the same version. */
export function lintCluster(
  nodes: readonly LintNode[],
  options: LintOptions = {},
  rules: readonly Rule[] = RULES,
): Finding[] {
  const context = contextOf(nodes, options);
  const speakers = new Map(
    rules.flatMap((rule) => (rule.speaksFor ?? []).map((code) => [code, rule])),
  );
  const own = rules
    .filter((rule) => rule.acrossNodes !== true || nodes.length > 1)
    .flatMap((rule) =>
      [...rule.check(context)].map((problem) => ({
        rule,
        finding: findingOf(rule, problem),
        places: [problem.at, ...(problem.covers ?? [])],
      })),
    );
  const told = diagnosticsOf(nodes)
    .map((item) => fromDiagnostic(item, speakers.get(item.diagnostic.code)))
    .filter((finding) => !own.some((other) => hasSpokenOf(other, finding)));
  const configs = new Set(nodes.flatMap(({ read }) => read.files.map(({ file }) => file)));
  const all = [...own.map(({ finding }) => finding), ...told];
  return sortFindings(withoutRepeats(all, configs));
}

function contextOf(nodes: readonly LintNode[], options: LintOptions): RuleContext {
  const version = nodes[0]?.read.config.version ?? "2.3.4";
  return {
    nodes,
    version,
    profile: profileOf(version),
    options,
    routers: matchRouters(nodes),
    scripts: nodes.flatMap((node) => scriptUses(node)),
  };
}

function findingOf(rule: Rule, problem: Problem): Finding {
  return {
    rule: rule.id,
    name: rule.name,
    severity: problem.severity ?? rule.severity,
    title: rule.title,
    ...(problem.code === undefined ? {} : { code: problem.code }),
    node: problem.node.name,
    at: problem.at,
    related: problem.related ?? [],
    what: problem.what.replace(/^the /, "The "),
    why: problem.why ?? rule.why,
    mend: problem.mend ?? rule.mend,
    source: problem.source ?? rule.source,
  };
}

function diagnosticsOf(nodes: readonly LintNode[]): NodeDiagnostic[] {
  return nodes.flatMap((node) => node.read.diagnostics.map((diagnostic) => ({ node, diagnostic })));
}

/** A rule that knows more takes it over; otherwise the family of the daemon's own words has it. */
function fromDiagnostic({ node, diagnostic }: NodeDiagnostic, speaker: Rule | undefined): Finding {
  const { code, at, message, effect, source } = diagnostic;
  const rule = speaker ?? daemonRule(code === "deprecated-keyword" ? "info" : diagnostic.severity);
  return findingOf(rule, {
    node,
    at,
    code,
    source,
    what: effect === "" ? sentence(message) : `${sentence(message)} ${sentence(effect)}`,
    severity: speaker === undefined ? rule.severity : speakerSeverity(speaker, diagnostic.severity),
  });
}

/** What the daemon only remarks on is no error of ours; what ends the daemon is one. */
function speakerSeverity(rule: Rule, told: Severity): Finding["severity"] {
  return told === "fatal" ? "error" : rule.severity;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  const closed = /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  // A keyword or a name at the beginning keeps its letters.
  return /^(a|an|the|there|this|it|only|in|no|without|one|nothing|they) /.test(closed)
    ? `${closed[0]?.toUpperCase() ?? ""}${closed.slice(1)}`
    : closed;
}

interface Own {
  readonly rule: Rule;
  readonly finding: Finding;
  readonly places: readonly Location[];
}

/** The rule has spoken of that line already. */
function hasSpokenOf({ rule, finding: own, places }: Own, told: Finding): boolean {
  return (
    (own.rule === told.rule || (rule.hides ?? []).includes(told.code ?? "")) &&
    own.node === told.node &&
    places.some(({ file, line }) => file === told.at.file && line === told.at.line)
  );
}

function keyOf({ rule, code, node, at, what }: Finding): string {
  return [rule, code ?? "", node, formatLocation(at), what].join("\0");
}

/** A script that several nodes share is spoken of once, with every place that names it. */
function withoutRepeats(findings: readonly Finding[], configs: ReadonlySet<string>): Finding[] {
  const kept = new Map<string, Finding>();
  for (const finding of findings) {
    const isShared = !configs.has(finding.at.file);
    const key = keyOf(isShared ? { ...finding, node: "" } : finding);
    const before = kept.get(key);
    kept.set(key, before === undefined ? finding : { ...before, related: joined(before, finding) });
  }
  return [...kept.values()];
}

function joined(first: Finding, second: Finding): readonly Related[] {
  const known = new Set(first.related.map(({ at }) => formatLocation(at)));
  return [...first.related, ...second.related.filter(({ at }) => !known.has(formatLocation(at)))];
}

/** By file and place, the worst first where several share one. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      compareText(a.at.file, b.at.file) ||
      a.at.line - b.at.line ||
      severityRank(b.severity) - severityRank(a.severity) ||
      a.at.column - b.at.column ||
      compareText(a.rule, b.rule) ||
      compareText(a.what, b.what),
  );
}

/** What holds for all versions is said once; the rest says for which it holds. */
export function lintVersions(
  versions: readonly KeepalivedVersion[],
  read: (version: KeepalivedVersion) => readonly LintNode[],
  options: LintOptions = {},
): Finding[] {
  const found = versions.map((version) => ({
    version,
    findings: lintCluster(read(version), options),
  }));
  const merged = new Map<string, { finding: Finding; versions: KeepalivedVersion[] }>();
  for (const { version, findings } of found) {
    for (const finding of findings) {
      const entry = merged.get(keyOf(finding));
      if (entry === undefined) merged.set(keyOf(finding), { finding, versions: [version] });
      else entry.versions.push(version);
    }
  }
  return sortFindings(
    [...merged.values()].map(({ finding, versions: holdsFor }) =>
      holdsFor.length === versions.length ? finding : { ...finding, versions: holdsFor },
    ),
  );
}
