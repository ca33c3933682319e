/** vrrp_script, track_file and vrrp_track_process (vrrp_parser.c:vrrp_vscript_*_handler, track_file.c). */
import type { VrrpTrackFile } from "../config.ts";
import type { Location } from "../location.ts";
import type { Line, Keyword, KeywordTable, Reader } from "../reading/reader.ts";
import {
  keep,
  type BlockDraft,
  note,
  emptyBlock,
  type GlobalState,
  type ScriptDraft,
  type VrrpDraft,
} from "./drafts.ts";
import { asIdentity, hasDefaultUser, isUser, scriptText, splitScript } from "./scripts.ts";
import { INT_MAX, problem, readDecimal, readWhole, UINT_MAX } from "./values.ts";

const SECOND = 1_000_000;
/** UINT_MAX microseconds in whole seconds. */
export const LONGEST_SECONDS: number = Math.floor(UINT_MAX / SECOND);

export function vrrpScriptKeyword(reader: Reader, vrrp: VrrpDraft, globals: GlobalState): Keyword {
  let script: ScriptDraft | undefined;
  let userRefused = false;
  const draft = (): ScriptDraft => script ?? newScript(reader, "");
  const on = (take: (script: ScriptDraft, line: Line) => void): Keyword => ({
    handler: (line: Line): void => {
      note(draft(), line);
      take(draft(), line);
    },
  });
  const sub: KeywordTable = new Map<string, Keyword>([
    ["script", { ...on((it, line) => readCommand(reader, it, line)), quoted: true }],
    ["interval", on((it, line) => readInterval(reader, it, line))],
    ["timeout", on((it, line) => readTimeout(reader, it, line))],
    ["weight", on((it, line) => readWeight(reader, it, line))],
    ["rise", on((it, line) => void (it.rise = readCount(reader, line, it.name)))],
    ["fall", on((it, line) => void (it.fall = readCount(reader, line, it.name)))],
    ["user", on((it, line) => void (userRefused = !readUser(reader, it, line)))],
    ["init_fail", on((it) => void (it.initFail = true))],
  ]);
  return {
    handler: (line) => {
      script = newScript(reader, reader.need(line, 1).text);
      userRefused = false;
    },
    sub,
    unknown: (line) => keep(draft(), line, false),
    end: () => {
      if (script !== undefined) finish(reader, vrrp, globals, script, userRefused);
    },
  };
}

function newScript(reader: Reader, name: string): ScriptDraft {
  return {
    ...emptyBlock(reader.at),
    name,
    command: { at: reader.at, text: "", argv: [] },
    intervalUs: SECOND,
    timeoutUs: 0,
    weight: 0,
    reverse: false,
    rise: 1,
    fall: 1,
    initFail: false,
    usable: true,
    reads: true,
  };
}

function readCommand(reader: Reader, script: ScriptDraft, line: Line): void {
  const split = splitScript(reader, line);
  const word = line.words[0];
  if (word === undefined) return;
  if (split === undefined) {
    reader.report.fatal({
      code: "script-quote-crash",
      at: word.at,
      message: `a quote of the script is not closed`,
      effect: "keepalived crashes while it reads this line",
      source: "vrrp_parser.c:vrrp_vscript_script_handler",
      test: "crash",
    });
    return;
  }
  const { user, group } = script.command;
  script.command = {
    at: word.at,
    text: scriptText(line),
    argv: split.argv,
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
  };
  const lost = split.words.slice(2);
  if (split.argv.length > 0 && lost[0] !== undefined) {
    reader.report.warning({
      code: "script-arguments-lost",
      at: lost[0].at,
      message: `${lost.map(({ text }) => text).join(" ")} is not part of the script`,
      effect: `only ${split.argv.join(" ")} is run; arguments have to be within quotes with the script`,
      source: "notify.c:set_script_params_array",
    });
  }
}

function readSpan(reader: Reader, line: Line, what: string, otherwise: string): number | undefined {
  const source = `vrrp_parser.c:vrrp_vscript_${what}_handler`;
  const rule = { min: 0, what, otherwise, source };
  if (!reader.profile.fractionalScriptTimes) {
    const value = readWhole(reader, line, 1, { ...rule, max: LONGEST_SECONDS });
    return value === undefined ? undefined : value * SECOND;
  }
  const value = readDecimal(reader, line, 1, { ...rule, max: LONGEST_SECONDS * 1000, shift: 3 });
  return value === undefined ? undefined : value * 1000;
}

function positiveSpan(
  reader: Reader,
  line: Line,
  what: string,
  otherwise: string,
): number | undefined {
  const value = readSpan(reader, line, what, otherwise);
  if (value !== 0) return value;
  problem(reader, reader.need(line, 1), {
    code: "value-out-of-range",
    message: `${what} 0 is too short`,
    effect: "it is one second",
    source: `vrrp_parser.c:vrrp_vscript_${what}_handler`,
  });
  return SECOND;
}

function readInterval(reader: Reader, script: ScriptDraft, line: Line): void {
  script.intervalUs =
    positiveSpan(reader, line, "interval", "it stays as it was") ?? script.intervalUs;
}

function readTimeout(reader: Reader, script: ScriptDraft, line: Line): void {
  script.timeoutUs =
    positiveSpan(reader, line, "timeout", "it stays as it was") ?? script.timeoutUs;
}

function readWeight(reader: Reader, script: ScriptDraft, line: Line): void {
  const source = "vrrp_parser.c:vrrp_vscript_weight_handler";
  const word = reader.need(line, 1);
  const value = readWhole(reader, line, 1, {
    min: -253,
    max: 253,
    signed: true,
    what: "weight",
    otherwise: "it is used as it is all the same",
    source,
  });
  // The handler stores what strtol gave, refused or not.
  script.weight = value ?? (Number.parseInt(word.text, 10) || 0);
  const option = line.words[2];
  if (option === undefined) return;
  if (option.text === "reverse") {
    script.reverse = true;
    return;
  }
  problem(reader, option, {
    code: "unknown-option",
    message: `weight has no option ${option.text}`,
    effect: "the option is ignored",
    source,
  });
}

function readCount(reader: Reader, line: Line, name: string): number {
  const what = line.words[0]?.text ?? "";
  const source = `vrrp_parser.c:vrrp_vscript_${what}_handler`;
  return (
    readWhole(reader, line, 1, {
      min: 1,
      max: INT_MAX,
      what: `${what} of ${name}`,
      otherwise: "it is 1",
      source,
    }) ?? 1
  );
}

/** False when there is no such user, which drops the script. */
function readUser(reader: Reader, script: ScriptDraft, line: Line): boolean {
  const user = reader.need(line, 1);
  if (!isUser(reader, user.text)) {
    problem(reader, user, {
      code: "script-user-unknown",
      message: `there is no user ${user.text}`,
      effect: `the script ${script.name} is dropped; instances run without it`,
      source: "vrrp_parser.c:vrrp_vscript_user_handler",
    });
    return false;
  }
  script.command = { ...script.command, ...asIdentity(user, line.words[2]) };
  return true;
}

function finish(
  reader: Reader,
  vrrp: VrrpDraft,
  globals: GlobalState,
  script: ScriptDraft,
  userRefused: boolean,
): void {
  script.reads = !userRefused;
  if (script.command.argv.length === 0) {
    script.reads = false;
    reader.report.error({
      code: "script-missing",
      at: script.at,
      message: `vrrp_script ${script.name} has no script`,
      effect: "it is dropped; instances run without it",
      source: "vrrp_parser.c:vrrp_vscript_end_handler",
    });
  } else if (script.reads && script.command.user === undefined) {
    if (!hasDefaultUser(reader, globals)) {
      script.reads = false;
      reader.report.error({
        code: "script-user-unknown",
        at: script.at,
        message: `vrrp_script ${script.name} has no user of its own, and there is no default one`,
        effect: "it is dropped; instances run without it",
        source: "vrrp_parser.c:vrrp_vscript_end_handler",
      });
    }
    script.command = { ...script.command, ...globals.defs.scriptUser };
  }
  script.usable = script.reads;
  if (script.timeoutUs === 0) script.timeoutUs = script.intervalUs;
  vrrp.scripts.add(script);
}

export function trackFileKeyword(reader: Reader, found: (file: VrrpTrackFile) => void): Keyword {
  let name = "";
  let at = reader.at;
  let path: string | undefined;
  let weight = 1;
  let reverse = false;
  let initValue: number | undefined;
  let block = emptyBlock(at);
  const source = "track_file.c:track_file_weight_handler";
  const sub: KeywordTable = new Map<string, Keyword>([
    ["file", { handler: (line) => (note(block, line), (path ??= line.words[1]?.text)) }],
    [
      "weight",
      {
        handler: (line) => {
          note(block, line);
          if (line.words[1] === undefined) return;
          const rule = {
            min: -254,
            max: 254,
            signed: true,
            what: "weight",
            otherwise: "it is 1",
            source,
          };
          weight = readWhole(reader, line, 1, rule) ?? 1;
          if (line.words[2]?.text === "reverse") reverse = true;
        },
      },
    ],
    [
      "init_file",
      {
        handler: (line) => {
          note(block, line);
          const value = line.words.slice(1).find(({ text }) => /^-?\d+$/u.test(text));
          initValue = value === undefined ? 0 : Number(value.text);
        },
      },
    ],
  ]);
  return {
    handler: (line) => {
      name = reader.need(line, 1).text;
      at = reader.at;
      [path, weight, reverse, initValue, block] = [undefined, 1, false, undefined, emptyBlock(at)];
    },
    sub,
    end: () => {
      if (path === undefined) {
        reader.report.error({
          code: "track-file-missing",
          at,
          message: `track_file ${name} names no file`,
          effect: "it is dropped",
          source: "track_file.c:track_file_end_handler",
        });
        return;
      }
      const init = initValue === undefined ? {} : { initValue };
      found({ ...block, name, file: path, weight, reverse, ...init });
    },
  };
}

export function trackProcessKeyword(reader: Reader, vrrp: VrrpDraft): Keyword {
  let name = "";
  let process: string | undefined;
  let weight = 0;
  let quorum = 1;
  let delayUs = 0;
  let block = emptyBlock(reader.at);
  const source = "vrrp_parser.c:vrrp_tprocess_handler";
  const keeps: Keyword = { handler: (line) => keep(block, line) };
  const delay: Keyword = {
    handler: (line) => {
      keep(block, line);
      const rule = {
        min: 1,
        max: 3600 * SECOND,
        shift: 6,
        what: "delay",
        otherwise: "it is ignored",
        source,
      };
      delayUs = readDecimal(reader, line, 1, rule) ?? delayUs;
    },
  };
  const sub: KeywordTable = new Map<string, Keyword>([
    [
      "process",
      { handler: (line) => (note(block, line), (process ??= reader.need(line, 1).text)) },
    ],
    [
      "weight",
      {
        handler: (line) => {
          note(block, line);
          const rule = {
            min: -254,
            max: 254,
            signed: true,
            what: "weight",
            otherwise: "it is ignored",
            source,
          };
          if (line.words[1] !== undefined) weight = readWhole(reader, line, 1, rule) ?? weight;
        },
      },
    ],
    ["quorum", { handler: (line) => void (quorum = readQuorum(reader, block, line) ?? quorum) }],
    ["quorum_max", keeps],
    ["delay", delay],
    ["terminate_delay", delay],
    ["fork_delay", delay],
    ["param_match", keeps],
    ["full_command", keeps],
  ]);
  return {
    handler: (line) => {
      name = reader.need(line, 1).text;
      [process, weight, quorum, delayUs, block] = [undefined, 0, 1, 0, emptyBlock(reader.at)];
    },
    sub,
    end: () => {
      if (process === undefined) {
        reportNoProcess(reader, block.at, name);
        return;
      }
      vrrp.trackProcesses.add({ ...block, name, process, weight, quorum, delayUs });
    },
  };
}

function reportNoProcess(reader: Reader, at: Location, name: string): void {
  reader.report.error({
    code: "track-process-missing",
    at: at,
    message: `vrrp_track_process ${name} names no process`,
    effect: "it is dropped",
    source: "vrrp_parser.c:vrrp_tprocess_end_handler",
  });
}

function readQuorum(reader: Reader, block: BlockDraft, line: Line): number | undefined {
  note(block, line);
  const source = "vrrp_parser.c:vrrp_tprocess_quorum_handler";
  return readWhole(reader, line, 1, {
    min: 1,
    max: 65535,
    what: "quorum",
    otherwise: "it is ignored",
    source,
  });
}
