/** Walks over the checks, with what they do in a situation. */
import type { VrrpScript } from "../../config.ts";
import { conductOf, isSure, type Conduct, type Situation } from "../conduct.ts";
import type { Problem, RuleContext } from "../rule.ts";
import { concernsMysql, placeIn, type ScriptText } from "../script-text.ts";
import { roleName, type ScriptUse } from "../script-use.ts";

export interface Check extends ScriptUse {
  readonly text: ScriptText;
  readonly script: VrrpScript;
}

export function checks({ scripts }: RuleContext): Check[] {
  return scripts.flatMap((use) => {
    const { text, role } = use;
    if (text === undefined || role.kind !== "check") return [];
    return [{ ...use, text, script: role.script }];
  });
}

/** Checks of MySQL whose text is at hand. */
export function mysqlChecks(context: RuleContext): Check[] {
  return checks(context).filter(({ text }) => concernsMysql(text));
}

/** The made-up host has mysqld and no other service, so what looks after another finds it gone. */
export function whenDead(text: ScriptText): string {
  return concernsMysql(text) ? "With mysqld dead" : "When its service is gone";
}

export function sure(use: ScriptUse, situation: Situation): Conduct | undefined {
  const conduct = conductOf(use, situation);
  return conduct !== undefined && isSure(conduct) ? conduct : undefined;
}

export function at(
  use: ScriptUse & { text: ScriptText },
  line: number | undefined,
): Pick<Problem, "node" | "at" | "related"> {
  const { node, command, text, role } = use;
  const place = placeIn(text, command, line);
  return text.kind === "inline"
    ? { node, at: place }
    : { node, at: place, related: [{ at: command.at, note: `run as ${roleName(role)}` }] };
}
