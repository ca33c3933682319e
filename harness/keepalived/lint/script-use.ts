/** Every place where a configuration names a program to run, with what is known of the program. */
import type { NotifyScripts, ScriptCommand, VrrpScript } from "../config.ts";
import type { LintNode } from "./rule.ts";
import { readScript, type ScriptText } from "./script-text.ts";

export type ScriptRole =
  | { readonly kind: "check"; readonly script: VrrpScript }
  | { readonly kind: "notify"; readonly event: string; readonly of: string }
  | { readonly kind: "notify-down" }
  | { readonly kind: "notify-up" }
  | { readonly kind: "quorum" }
  | { readonly kind: "misc-check" };

export interface ScriptUse {
  readonly node: LintNode;
  readonly role: ScriptRole;
  readonly command: ScriptCommand;
  /** Absent when the text was not found, or when it is a program such as `/usr/bin/pgrep`. */
  readonly text?: ScriptText;
}

export function scriptUses(node: LintNode): ScriptUse[] {
  const { config } = node.read;
  const uses: { role: ScriptRole; command: ScriptCommand | undefined }[] = [
    ...config.scripts.map((script) => ({
      role: { kind: "check", script } as const,
      command: script.command,
    })),
    ...config.instances.flatMap(({ name, notify }) => notifyUses(name, notify)),
    ...config.syncGroups.flatMap(({ name, notify }) => notifyUses(name, notify)),
    ...config.virtualServers.flatMap((server) => [
      { role: { kind: "quorum" } as const, command: server.quorumUp },
      { role: { kind: "quorum" } as const, command: server.quorumDown },
      ...server.realServers.flatMap((real) => [
        { role: { kind: "notify-down" } as const, command: real.notifyDown },
        { role: { kind: "notify-up" } as const, command: real.notifyUp },
        ...real.checkers.map((checker) => ({
          role: { kind: "misc-check" } as const,
          command: checker.command,
        })),
      ]),
    ]),
  ];
  return uses.flatMap(({ role, command }) => {
    if (command === undefined || command.argv.length === 0) return [];
    const text = readScript(node, command);
    return [{ node, role, command, ...(text === undefined ? {} : { text }) }];
  });
}

const NOTIFY_KEYWORDS: readonly (readonly [keyof NotifyScripts, string])[] = [
  ["master", "notify_master"],
  ["backup", "notify_backup"],
  ["fault", "notify_fault"],
  ["stop", "notify_stop"],
  ["deleted", "notify_deleted"],
  ["masterRxLowerPri", "notify_master_rx_lower_pri"],
  ["any", "notify"],
];

function notifyUses(
  of: string,
  notify: NotifyScripts,
): { role: ScriptRole; command: ScriptCommand | undefined }[] {
  return NOTIFY_KEYWORDS.map(([key, event]) => ({
    role: { kind: "notify", event, of },
    command: notify[key],
  }));
}

/** How messages speak of it: `the check c`, `notify_master of VI_1`. */
export function roleName(role: ScriptRole): string {
  switch (role.kind) {
    case "check":
      return `the check ${role.script.name}`;
    case "notify":
      return `${role.event} of ${role.of}`;
    case "notify-down":
      return "notify_down";
    case "notify-up":
      return "notify_up";
    case "quorum":
      return "the quorum script";
    case "misc-check":
      return "the MISC_CHECK";
  }
}
