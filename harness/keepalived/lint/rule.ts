/**
 * What a lint rule is, what it sees and what it says. A rule is data and a pure function: it gets the
 * configurations of one cluster, read for one version, and names problems. Its words for what happens,
 * why and what to do are fixed texts beside it, unless a problem knows better.
 */
import type { Us } from "../../core/time.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Location } from "../location.ts";
import type { ReadResult } from "../read.ts";
import type { KeepalivedVersion, VersionProfile } from "../versions.ts";
import type { Router } from "./routers.ts";
import type { ScriptUse } from "./script-use.ts";

/** `error`: will certainly hurt. `warning`: hurts in a case that comes. `info`: worth knowing. */
export type LintSeverity = "error" | "warning" | "info";

export const SEVERITIES: readonly LintSeverity[] = ["info", "warning", "error"];

/** One node of the cluster. */
export interface LintNode {
  readonly name: string;
  readonly file: string;
  readonly read: ReadResult;
  /** The text of a script by the path that the configuration names; absent when there is none. */
  readonly scripts: (path: string) => string | undefined;
  /** The file that text was taken from, where it is not the path itself. */
  readonly scriptFile?: (path: string) => string | undefined;
}

export interface LintOptions {
  /** `--failover-within`: the time in which the VIP has to have moved. */
  readonly failoverWithinUs?: Us;
  /** Is ip_vs there? Absent: not known. */
  readonly ipvs?: boolean;
}

export interface RuleContext {
  readonly nodes: readonly LintNode[];
  readonly version: KeepalivedVersion;
  readonly profile: VersionProfile;
  readonly options: LintOptions;
  /** Instances of several nodes that stand for the same virtual router. */
  readonly routers: readonly Router[];
  /** Every script that a configuration names. */
  readonly scripts: readonly ScriptUse[];
}

export interface Related {
  readonly at: Location;
  readonly note: string;
}

/** A rule's complaint; what it leaves out is taken from the rule. */
export interface Problem {
  readonly node: LintNode;
  readonly at: Location;
  readonly related?: readonly Related[];
  /** What will happen, with the names and numbers of this configuration. */
  readonly what: string;
  readonly why?: string;
  readonly mend?: string;
  readonly severity?: LintSeverity;
  /** Further places that this speaks of, so that the daemon's words on them are not needed. */
  readonly covers?: readonly Location[];
  /** Code of the reader's diagnostic that this came from. */
  readonly code?: string;
  readonly source?: string;
}

export interface Rule {
  /** Stable: `VD` and three digits. Never used again for something else. */
  readonly id: string;
  /** Kebab case; what an operator would call it. */
  readonly name: string;
  readonly severity: LintSeverity;
  /** One line, for tables. */
  readonly title: string;
  readonly why: string;
  readonly mend: string;
  /** Where the behaviour is known from. */
  readonly source: string;
  /** Diagnostics of the reader that this rule speaks for; they are not shown a second time. */
  readonly speaksFor?: readonly string[];
  /** Diagnostics that need not be shown on a line of which this rule has spoken. */
  readonly hides?: readonly string[];
  /** Needs the configurations of several nodes. */
  readonly acrossNodes?: boolean;
  check(context: RuleContext): Iterable<Problem>;
}

export interface Finding {
  readonly rule: string;
  readonly name: string;
  readonly severity: LintSeverity;
  readonly title: string;
  readonly code?: string;
  readonly node: string;
  readonly at: Location;
  readonly related: readonly Related[];
  readonly what: string;
  readonly why: string;
  readonly mend: string;
  readonly source: string;
  /** The versions it holds for; absent when it holds for all that were asked about. */
  readonly versions?: readonly KeepalivedVersion[];
}

/** A diagnostic of the reader, with the node it belongs to. */
export interface NodeDiagnostic {
  readonly node: LintNode;
  readonly diagnostic: Diagnostic;
}

export function severityRank(severity: LintSeverity): number {
  return SEVERITIES.indexOf(severity);
}
