/**
 * What a script of a configuration does in a situation: passes, fails, hangs, or stops keepalived
 * itself. Found by running its text in the shell model; where that cannot be, it is assumed, and the
 * assumption is said.
 */
import type { Us } from "../core/time.ts";
import type { ScriptCommand } from "../keepalived/config.ts";
import { behaviourOf, type Behaviour } from "../shell/behaviour.ts";
import type { Action } from "../shell/canned.ts";
import type { AddressEntry } from "../shell/host.ts";

export type Situation = "mysqld-up" | "mysqld-down" | "mysqld-frozen";

/** How keepalived is brought down by a script of its own. */
export type StopKind = "TERM" | "KILL-parent" | "KILL-all";

export interface Conduct {
  readonly ends: "passes" | "fails" | "hangs";
  /** Until it ends by itself; nothing when it hangs or is not known. */
  readonly runUs?: Us;
  readonly stops?: { readonly how: StopKind; readonly atUs: Us };
  /** What was taken for granted, as a sentence; absent when the text was run. */
  readonly assumed?: string;
  /** What else the script does that a reader should know. */
  readonly remarks: readonly string[];
}

/** Text of a script by its path on the node. */
export type ScriptTexts = (path: string) => string | undefined;

/** The host that a script finds itself on: texts of scripts, and the addresses it would see. */
export interface Surroundings {
  readonly scripts: ScriptTexts;
  readonly addresses: readonly AddressEntry[];
}

export function conductOf(
  command: ScriptCommand,
  { scripts, addresses }: Surroundings,
  situation: Situation,
): Conduct {
  const { text, path, args } = found(command, scripts);
  if (path !== undefined && /^\s*$/.test(text)) return assume(situation, `${path} is empty`);
  const options = path === undefined ? { addresses } : { addresses, path };
  return judged(behaviour(text, args, situation, options), situation, path ?? command.text);
}

type Arguments = Parameters<typeof behaviourOf>;

/** The same script is asked for by every table, and a what-if makes several of the same scripts. */
function behaviour(...args: Arguments): Behaviour {
  const key = JSON.stringify(args);
  const known = behaviours.get(key);
  if (known !== undefined) return known;
  const found = behaviourOf(...args);
  if (behaviours.size >= BEHAVIOURS_MAX) behaviours.clear();
  behaviours.set(key, found);
  return found;
}

const behaviours = new Map<string, Behaviour>();
const BEHAVIOURS_MAX = 200;

interface Found {
  readonly text: string;
  readonly args: readonly string[];
  readonly path?: string;
}

/** The text of the script itself, or of the one a shell is given; otherwise the line as it stands. */
function found({ argv }: ScriptCommand, scripts: ScriptTexts): Found {
  const [program = "", second = ""] = argv;
  const own = scripts(program);
  if (own !== undefined) return { text: own, args: argv.slice(1), path: program };
  const given = SHELL.test(program) ? scripts(second) : undefined;
  if (given !== undefined) return { text: given, args: argv.slice(2), path: second };
  return { text: argv.map(quoted).join(" "), args: [] };
}

const SHELL = /(?:^|\/)(?:bash|dash|sh)$/;

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The cautious guess is that of the brief reader: the check works as its author meant it. */
function assume(situation: Situation, why: string): Conduct {
  const ends = { "mysqld-up": "passes", "mysqld-down": "fails", "mysqld-frozen": "hangs" } as const;
  const words = {
    "mysqld-up": "assumed to exit 0 while mysqld is up",
    "mysqld-down": "assumed to exit non-zero while mysqld is down",
    "mysqld-frozen": "assumed to hang until its timeout while mysqld is frozen",
  };
  return { ends: ends[situation], assumed: `${why}: ${words[situation]}`, remarks: [] };
}

function judged(run: Behaviour, situation: Situation, name: string): Conduct {
  const stop = run.actions.find(isStop);
  const [unmodelled] = run.unmodelled;
  if (stop === undefined && (unmodelled !== undefined || run.ends === "budget")) {
    return assume(situation, `${name}: ${whyOpen(unmodelled)}`);
  }
  const remarks = remarksOf(run, name);
  const stops = stop === undefined ? {} : { stops: { how: stopKind(stop), atUs: stop.atUs } };
  if (run.ends === "hangs") return { ends: "hangs", remarks, ...stops };
  return {
    ends: run.ends === "exit" && run.status === 0 ? "passes" : "fails",
    runUs: run.elapsedUs,
    remarks,
    ...stops,
  };
}

function whyOpen(unmodelled: Behaviour["unmodelled"][number] | undefined): string {
  return unmodelled === undefined ? "it runs without end" : `${unmodelled.what} is not modelled`;
}

/** A restart is a stop first: it says goodbye, and the start comes too late to keep the address. */
function isStop({ kind }: Action): boolean {
  return kind === "stops-keepalived" || kind === "restarts-keepalived";
}

function stopKind(action: Action): StopKind {
  const how = action.kind === "stops-keepalived" ? action.how : "TERM";
  return how === "KILL-parent" || how === "KILL-all" ? how : "TERM";
}

const REMARKS: Readonly<Partial<Record<Action["kind"], string>>> = {
  "starts-mysqld": "starts mysqld; predicted as if that failed",
  "restarts-mysqld": "restarts mysqld; predicted as if that failed",
  "restarts-keepalived": "restarts keepalived: the address leaves, and may be back after its start",
  "starts-keepalived": "starts keepalived; that is not counted",
  "kills-keepalived-child": "kills a child of keepalived; that is not counted",
  "removes-address": "removes an address itself; that is not counted",
};

function remarksOf(run: Behaviour, name: string): string[] {
  const done = run.actions.flatMap(({ kind }) => REMARKS[kind] ?? []);
  const open = run.unmodelled.map(({ what }) => `uses ${what}, which is not modelled`);
  return [...new Set([...done, ...open])].map((words) => `${name} ${words}`);
}
