/**
 * What a script does in a canned situation, found by running its text. Nothing is known of scripts in
 * other languages, of those without text, and of those that look after something else than MySQL.
 */
import { behaviourOf, type Behaviour, type BehaviourOptions } from "../../shell/behaviour.ts";
import type { Action, Situation } from "../../shell/canned.ts";
import { ShellSyntaxError } from "../../shell/errors.ts";
import { allAddresses, membersOf } from "./routers.ts";
import { canBeExecuted, isShellScript, type ScriptText } from "./script-text.ts";
import type { ScriptUse } from "./script-use.ts";

export type { Situation };

type StopAction = Extract<Action, { kind: "stops-keepalived" }>;

export interface Conduct extends Behaviour {
  /** The first thing it does that ends keepalived. */
  readonly stops?: StopAction;
}

/** Texts are read once for each check of a cluster, so results are kept as long as they are. */
const KNOWN = new WeakMap<ScriptText, Map<Situation, Conduct | undefined>>();

export function conductOf(use: ScriptUse, situation: Situation): Conduct | undefined {
  const { text } = use;
  if (text === undefined || !isShellScript(text)) return undefined;
  if (!canBeExecuted(text, use.node.read.config.version)) return undefined;
  const known = KNOWN.get(text) ?? new Map<Situation, Conduct | undefined>();
  KNOWN.set(text, known);
  if (!known.has(situation)) known.set(situation, run(use, text, situation));
  return known.get(situation);
}

function run(use: ScriptUse, script: ScriptText, situation: Situation): Conduct | undefined {
  const text = script.text.replaceAll("\r\n", "\n");
  try {
    const behaviour = behaviourOf(
      text,
      argumentsOf(use, script),
      situation,
      optionsFor(use, script),
    );
    const stops = behaviour.actions.find((action) => action.kind === "stops-keepalived");
    return { ...behaviour, ...(stops === undefined ? {} : { stops }) };
  } catch (error) {
    if (error instanceof ShellSyntaxError) return undefined;
    throw error;
  }
}

/** The host is the holder, mysqld listens where the script looks, and files it sources are there. */
function optionsFor({ node }: ScriptUse, script: ScriptText): BehaviourOptions {
  const vips = membersOf(node).flatMap(({ instance }) => allAddresses(instance));
  const other = /\b33\d\d\b/.exec(script.text)?.[0];
  const files = [...script.text.matchAll(/(?:^|[\s;&])(?:\.|source)\s+["']?(\/[\w./-]+)/g)].flatMap(
    ([, path = ""]) => {
      const text = node.scripts(path);
      return text === undefined ? [] : [[path, text] as const];
    },
  );
  return {
    path: script.kind === "file" ? script.path : "/usr/bin/sh",
    files: Object.fromEntries(files),
    addresses: [
      { interface: "lo", address: "127.0.0.1", prefixLength: 8 },
      { interface: vips[0]?.interface ?? "eth0", address: "192.0.2.11", prefixLength: 24 },
      ...vips.map(({ interface: name, address, prefixLength }) => ({
        interface: name,
        address,
        prefixLength,
      })),
    ],
    ...(other === undefined || script.text.includes("3306") ? {} : { port: Number(other) }),
  };
}

/** `notify` gets what happened after its own arguments; a takeover is what matters here. */
function argumentsOf({ role }: ScriptUse, { args }: ScriptText): readonly string[] {
  if (role.kind !== "notify" || role.event !== "notify") return args;
  return [...args, "INSTANCE", role.of, "MASTER", "100"];
}

/** Ends with 0, of its own accord. */
export function passes({ ends, status }: Conduct): boolean {
  return ends === "exit" && status === 0;
}

/** Nothing was left out that could change the outcome. */
export function isSure({ unmodelled }: Conduct): boolean {
  return unmodelled.length === 0;
}

export function stopsKeepalived(use: ScriptUse): boolean {
  const situation: Situation = use.role.kind === "notify" ? "mysqld-up" : "mysqld-down";
  return conductOf(use, situation)?.stops !== undefined;
}
