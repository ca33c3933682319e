/** What `keepalived -t` would end with (main.c:config_test_exit, parser.h:config_err_t, scheduler.h). */
import type { VrrpScript } from "./config.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { HostFacts, ReadResult } from "./sources.ts";
import { profileOf } from "./versions.ts";

export interface ConfigTest {
  readonly exit: number;
  /** What decided it; empty when all is well. */
  readonly because: readonly Diagnostic[];
}

/** The diagnostics are those of a reading for the same host, or of one of which nothing is known. */
export function configTestExit(result: ReadResult, host: HostFacts): ConfigTest {
  const of = (test: NonNullable<Diagnostic["test"]>): readonly Diagnostic[] =>
    result.diagnostics.filter((each) => each.test === test);
  const ending = result.diagnostics.find(
    ({ test }) => test === "missing-parameter" || test === "crash",
  );
  if (ending !== undefined) {
    // SIGSEGV, as a shell shows it; the other ends at once with the code for a bad configuration.
    return { exit: ending.test === "crash" ? 139 : 2, because: [ending] };
  }
  // Nothing is looked at without the namespace.
  if (result.diagnostics.some(({ code }) => code === "net-namespace-missing"))
    return { exit: 0, because: [] };
  const killed = firstScriptOfAnotherUser(result, host);
  if (killed !== undefined) return { exit: 143, because: [] };
  const missing = of("no-config");
  if (missing.length > 0) return { exit: 6, because: missing };
  const security = of("script-security");
  if (security.length > 0) return { exit: 6, because: security };
  const errors = of("config-error");
  if (errors.length > 0) return { exit: 5, because: errors };
  const cannotRun = of("cannot-run");
  return { exit: cannotRun.length > 0 ? 4 : 0, because: cannotRun };
}

/**
 * Before 2.2.8 the test looks at a script as its user, and then takes its own caller for a parent that
 * has died (notify.c:check_script_secure).
 */
function firstScriptOfAnotherUser(
  { config, diagnostics }: ReadResult,
  host: HostFacts,
): VrrpScript | undefined {
  if (!profileOf(config.version).testKillsItselfForScriptUser || config.instances.length === 0)
    return undefined;
  if (diagnostics.some(({ code }) => code === "interface-unknown")) return undefined;
  const fallback = host.users?.has("keepalived_script") === true ? "keepalived_script" : "root";
  return config.scripts.find(
    ({ command }) => (command.user ?? fallback) !== "root" && command.argv[0]?.includes("/"),
  );
}
