/** Which scripts the daemon keeps once it has looked at the files (vrrp.c:check_vrrp_script_security). */
import type { NotifyScripts, ScriptCommand } from "../config.ts";
import type { Location } from "../location.ts";
import type { GlobalState, Mutable, ScriptDraft, VrrpDraft } from "../keywords/drafts.ts";
import { fateOf, type ScriptFate } from "../keywords/scripts.ts";
import type { Reader } from "../reading/reader.ts";

const SOURCE = "vrrp.c:check_vrrp_script_security";

export function checkScripts(reader: Reader, vrrp: VrrpDraft, globals: GlobalState): void {
  if (vrrp.instances.all.length === 0) return;
  const security = new Security(reader, globals);
  for (const script of vrrp.scripts.all) if (script.reads) checkTracked(reader, script, security);
  for (const { notify } of [...vrrp.instances.all, ...vrrp.syncGroups.all])
    checkNotify(reader, notify, security);
  for (const { track } of [...vrrp.instances.all, ...vrrp.syncGroups.all]) {
    const kept = track.scripts.filter(({ name }) => vrrp.scripts.get(name)?.usable === true);
    track.scripts.splice(0, track.scripts.length, ...kept);
  }
  security.finish();
}

function checkTracked(reader: Reader, script: ScriptDraft, security: Security): void {
  const fate = fateOf(reader, script.command);
  security.saw(fate, script.command);
  const { at, argv } = script.command;
  const path = argv[0] ?? "";
  switch (fate) {
    case "runs":
    case "open":
      return;
    case "not-executable":
      reader.report.warning({
        code: "script-not-executable",
        at,
        message: `${path} may not be executed`,
        effect: `the script ${script.name} is dropped; instances run without it`,
        source: "notify.c:check_script_secure",
      });
      break;
    case "missing":
      reader.report.error({
        code: "script-not-found",
        at,
        message: `${path} is not there`,
        effect: `the script ${script.name} is dropped; instances run without it`,
        source: "vrrp.c:check_track_script_secure",
      });
      break;
    case "insecure":
      reader.report.error({
        code: "script-path-symlink",
        at,
        message: `a directory of ${path} is a symbolic link where /usr is merged`,
        effect: `the script ${script.name} is dropped; instances run without it`,
        source: "notify.c:check_security (2.3.4)",
      });
      break;
  }
  script.usable = false;
}

export function checkNotify(
  reader: Reader,
  notify: Mutable<NotifyScripts>,
  security: Security,
): void {
  for (const key of Object.keys(notify)) {
    const slot = key as keyof NotifyScripts;
    const command = notify[slot];
    if (command !== undefined && !isNotifyKept(reader, command, security)) delete notify[slot];
  }
}

export function isNotifyKept(reader: Reader, command: ScriptCommand, security: Security): boolean {
  const fate = fateOf(reader, command);
  security.saw(fate, command);
  if (fate === "runs" || fate === "open") return true;
  const path = command.argv[0] ?? "";
  reader.report.warning({
    code:
      fate === "insecure"
        ? "script-path-symlink"
        : fate === "missing"
          ? "script-not-found"
          : "script-not-executable",
    at: command.at,
    message:
      fate === "insecure"
        ? `a directory of ${path} is a symbolic link where /usr is merged`
        : `${path} ${fate === "missing" ? "is not there" : "may not be executed"}`,
    effect: "it is not run, and keepalived -t does not complain",
    source:
      fate === "insecure"
        ? "notify.c:check_security (2.3.4)"
        : "notify.c:check_notify_script_secure",
  });
  return false;
}

/** Scripts run although enable_script_security is absent: one complaint for all. */
export class Security {
  readonly #reader: Reader;
  readonly #globals: GlobalState;
  #first: Location | undefined;
  #certain = false;

  constructor(reader: Reader, globals: GlobalState) {
    this.#reader = reader;
    this.#globals = globals;
  }

  saw(fate: ScriptFate, { at, argv }: ScriptCommand): void {
    if (fate === "missing" || (argv[0] ?? "").startsWith("<")) return;
    const state = this.#reader.host.script?.(argv[0] ?? "") ?? "unknown";
    const certain = state === "executable" || state === "not-executable";
    if (this.#first !== undefined && (this.#certain || !certain)) return;
    this.#first = at;
    this.#certain = certain;
  }

  finish(source: string = SOURCE): void {
    if (this.#globals.defs.enableScriptSecurity || this.#first === undefined) return;
    this.#reader.report.warning({
      code: "script-security-not-enabled",
      at: this.#first,
      message: "scripts are run and enable_script_security is not given",
      effect:
        "they run, also where others than root may change them; keepalived -t ends with 6 if a script is there",
      source,
      ...(this.#certain ? { test: "script-security" } : {}),
    });
  }
}
