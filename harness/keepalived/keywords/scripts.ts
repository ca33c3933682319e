/** Script lines: how the daemon splits them, and as whom they run (lib/notify.c). */
import type { ScriptCommand } from "../config.ts";
import type { Line, Reader } from "../reading/reader.ts";
import { pinned } from "../reading/mapped.ts";
import { splitQuoted, textFrom, type Word } from "../reading/words.ts";
import type { GlobalState } from "./drafts.ts";

/**
 * The second word of the line, split again into what is executed. Words after it are not arguments.
 * Absent when a quote is not closed; that crashes `keepalived -t` where the keyword wants the words at once.
 */
export function splitScript(
  reader: Reader,
  line: Line,
): { readonly words: readonly Word[]; readonly argv: readonly string[] } | undefined {
  const outer = splitQuoted(line.raw, !reader.profile.escapedQuotesLiteral);
  if (!outer.ok) {
    reportQuote(reader, line);
    return undefined;
  }
  const second = outer.words[1];
  if (second === undefined) return { words: outer.words, argv: [] };
  const inner = splitQuoted(pinned(second.text, second.at), true);
  if (!inner.ok) {
    reportQuote(reader, line);
    return undefined;
  }
  return { words: outer.words, argv: inner.words.map(({ text }) => text) };
}

function reportQuote(reader: Reader, line: Line): void {
  reader.report.error({
    code: "unterminated-quote",
    at: line.words[0]?.at ?? reader.at,
    message: `a quote of the script is not closed: ${line.raw.text}`,
    effect: "there is no script",
    source: "parser.c:alloc_strvec_quoted_escaped",
  });
}

/** As written after the keyword. */
export function scriptText(line: Line): string {
  const keyword = line.words[0]?.text.length ?? 0;
  return textFrom(line.raw, keyword).trim();
}

/** A notify script: the words after the first are user and group (notify.c:notify_script_init). */
export function readNotifyScript(
  reader: Reader,
  line: Line,
  globals: GlobalState,
): ScriptCommand | undefined {
  const split = splitScript(reader, line);
  const word = line.words[0];
  if (split === undefined || word === undefined) return undefined;
  if (split.argv.length === 0) {
    if (split.words.length < 2)
      reader.report.warning({
        code: "script-missing",
        at: word.at,
        message: `${word.text} names no script`,
        effect: "nothing is run",
        source: "notify.c:notify_script_init",
      });
    return undefined;
  }
  const [, , user, group] = split.words;
  if (user === undefined && !hasDefaultUser(reader, globals)) {
    reader.report.warning({
      code: "script-user-unknown",
      at: word.at,
      message: `there is no default user for scripts`,
      effect: `${word.text} is dropped`,
      source: "notify.c:notify_script_init",
    });
    return undefined;
  }
  if (user !== undefined && !isUser(reader, user.text)) {
    reader.report.warning({
      code: "script-user-unknown",
      at: user.at,
      message: `${user.text} stands where the user of the script is expected, and there is no such user`,
      effect: `${word.text} is dropped; arguments have to be within quotes with the script`,
      source: "notify.c:set_script_uid_gid",
    });
    return undefined;
  }
  const identity = user === undefined ? globals.defs.scriptUser : asIdentity(user, group);
  return { at: word.at, text: scriptText(line), argv: split.argv, ...identity };
}

/**
 * Scripts that name no user run as script_user, else as keepalived_script, else as root; the last one is refused
 * under script security (notify.c:get_default_script_user).
 */
export function hasDefaultUser(reader: Reader, globals: GlobalState): boolean {
  const { scriptUser, enableScriptSecurity } = globals.defs;
  if (globals.defaultUserFails) return false;
  if (scriptUser !== undefined || !enableScriptSecurity || isUser(reader, "keepalived_script"))
    return true;
  globals.defaultUserFails = true;
  reader.report.error({
    code: "script-user-unknown",
    at: reader.at,
    message: "there is neither script_user nor a user keepalived_script",
    effect: "scripts without a user of their own are dropped, because script security is enabled",
    source: "notify.c:get_default_script_user",
  });
  return false;
}

export function asIdentity(user: Word, group: Word | undefined): { user: string; group?: string } {
  return { user: user.text, ...(group === undefined ? {} : { group: group.text }) };
}

/** Unknown hosts have all users; root is everywhere. */
export function isUser(reader: Reader, name: string): boolean {
  if (name === "root") return true;
  return reader.host.users?.has(name) ?? true;
}

export type ScriptFate = "runs" | "missing" | "not-executable" | "insecure" | "open";

/**
 * What notify.c:check_script_secure finds. Ownership and permissions on disk are not known here; what is
 * known is whether the file is there, and from 2.3.0 on that the usual symbolic links are in its name.
 */
export function fateOf(reader: Reader, { argv, user }: ScriptCommand): ScriptFate {
  const [path = ""] = argv;
  if (path.startsWith("<")) return "open";
  const state = reader.host.script?.(path) ?? "unknown";
  if (state === "missing") return "missing";
  if (state === "not-executable") return "not-executable";
  const root = user === undefined || user === "root";
  if (reader.profile.symlinkedScriptPathsRefused && root && LINKED.test(path)) return "insecure";
  return state === "executable" ? "runs" : "open";
}

/** Directories that are links wherever /usr is merged, and the usual ones of /var. */
const LINKED = /^\/(?:bin|sbin|lib|lib32|lib64|libx32|var\/run|var\/lock)\//u;
