/**
 * From text to configuration: the one way in. Pure: files come from a `FileSource`, and what only a
 * host can know (interfaces, scripts on disk, users) is asked of `HostFacts` or left open.
 *
 * As in the daemon, the first process reads global_defs and writes down what it read, and the checkers and VRRP
 * read that copy, each with the others' blocks skipped (main.c, check_daemon.c:check_validate_config,
 * vrrp_daemon.c:vrrp_validate_config).
 */
import { completeCheck } from "./complete/check.ts";
import { completeVrrp } from "./complete/vrrp.ts";
import type { KeepalivedConfig } from "./config.ts";
import { Named } from "./keywords/drafts.ts";
import { newGlobals } from "./keywords/globals.ts";
import { rootTable, type Drafts } from "./keywords/roots.ts";
import type { Mapped } from "./reading/mapped.ts";
import {
  CopiedLines,
  FileLines,
  type IncludeCheck,
  type PhysicalLines,
} from "./reading/physical.ts";
import { Lines } from "./reading/lines.ts";
import { Reader, type Role } from "./reading/reader.ts";
import { ReadingEnded, Report } from "./reading/report.ts";
import type { HostFacts, ReadOptions, ReadResult } from "./sources.ts";
import { profileOf, type KeepalivedVersion } from "./versions.ts";

export type { FileSource, HostFacts, ReadOptions, ReadResult } from "./sources.ts";

/** One text without includes. */
export function readText(
  text: string | Uint8Array,
  options: {
    readonly version: KeepalivedVersion;
    readonly file?: string;
    readonly host?: HostFacts;
  },
): ReadResult {
  const file = options.file ?? "keepalived.conf";
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const files = { read: (path: string) => (path === file ? bytes : undefined), list: () => [] };
  return readConfig(file, {
    version: options.version,
    files,
    ...(options.host === undefined ? {} : { host: options.host }),
  });
}

export function readConfig(mainPath: string, options: ReadOptions): ReadResult {
  const report = new Report();
  const host = options.host ?? {};
  const plain = !profileOf(options.version).bracesAnywhere;
  const physical = new FileLines(options.files, report, plain);
  const bytes = options.files.read(mainPath);
  if (bytes === undefined) reportNoFile(report, mainPath);
  else physical.open(mainPath, bytes);

  const parent = newReader(physical, report, host, options.version, "parent");
  const drafts = newDrafts(parent);
  let ended = !readAs(parent, drafts, (words) => (physical.checks = includeChecks(words)));
  const later = (role: Role, copy: readonly Mapped[]): Reader =>
    newReader(new CopiedLines(copy, report, plain), report, host, options.version, role);
  const checker = later("checker", physical.copy);
  if (!ended) ended = !readAs(checker, drafts, () => undefined);
  const virtualServers = ended ? [] : completeCheck(checker, drafts.check, drafts.globals);
  const vrrp = later("vrrp", physical.copy);
  if (!ended) readAs(vrrp, drafts, () => undefined);

  const config: KeepalivedConfig = {
    version: options.version,
    globals: drafts.globals.defs,
    ...completeVrrp(vrrp, drafts.vrrp, drafts.globals),
    virtualServerGroups: drafts.check.groups.all,
    virtualServers,
  };
  return { config, diagnostics: report.diagnostics, files: physical.files };
}

function newReader(
  physical: PhysicalLines,
  report: Report,
  host: HostFacts,
  version: KeepalivedVersion,
  role: Role,
): Reader {
  const profile = profileOf(version);
  return new Reader(new Lines(physical, report, host, profile.bracesAnywhere), {
    report,
    profile,
    host,
    role,
  });
}

function newDrafts(reader: Reader): Drafts {
  return {
    globals: newGlobals(reader),
    vrrp: {
      instances: new Named(),
      syncGroups: new Named(),
      scripts: new Named(),
      trackFiles: new Named(),
      trackProcesses: new Named(),
      bfds: new Set(),
      vmacNames: new Set(),
    },
    check: { groups: new Named(), servers: [], bfds: new Set(), trackFiles: new Set() },
  };
}

/** False when a missing parameter ended it. */
function readAs(
  reader: Reader,
  drafts: Drafts,
  includeCheck: (words: readonly string[]) => void,
): boolean {
  try {
    reader.readAll(rootTable(reader, drafts, includeCheck));
    return true;
  } catch (error) {
    if (error instanceof ReadingEnded) return false;
    throw error;
  }
}

/** parser.c:include_check_set. */
function includeChecks(words: readonly string[]): ReadonlySet<IncludeCheck> {
  const names: Readonly<Record<string, IncludeCheck>> = {
    read: "read",
    match: "match",
    wildcard_match: "wildcard",
    brace_match: "brace",
  };
  if (words.length === 0) return new Set(Object.values(names));
  const checks = new Set<IncludeCheck>();
  for (const word of words) {
    const check = names[word.replace(/^[+-]/u, "")];
    if (check === undefined) continue;
    if (word.startsWith("-")) checks.delete(check);
    else checks.add("read").add(check);
  }
  return checks;
}

function reportNoFile(report: Report, path: string): void {
  report.fatal({
    code: "config-file-missing",
    at: { file: path, line: 1, column: 1 },
    message: `there is no file ${path}`,
    effect: "keepalived does not start",
    source: "parser.c:check_conf_file",
    test: "no-config",
  });
}
