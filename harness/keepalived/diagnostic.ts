/** What is wrong with a configuration, and what the daemon makes of it. */
import type { Location } from "./location.ts";

/**
 * `fatal`: the daemon does not run, or not this instance. `error`: the daemon reports a configuration
 * error and goes on with something else. `warning`: accepted, and likely not what was meant. `info`:
 * worth knowing.
 */
export type Severity = "fatal" | "error" | "warning" | "info";

export interface Diagnostic {
  /** Stable and greppable, kebab case, such as `unknown-keyword` or `value-out-of-range`. */
  readonly code: string;
  readonly severity: Severity;
  readonly at: Location;
  /** What is wrong, in one sentence, with the words of the file. */
  readonly message: string;
  /** What this version of the daemon does about it. */
  readonly effect: string;
  /** Where that is known from: `vrrp_parser.c:vrrp_prio_handler (2.2.7)`, or a manual page. */
  readonly source: string;
  /**
   * What `keepalived -t` counts it as; absent when it says nothing or only prints a line.
   * `cannot-run` counts only where there is nothing worse (exit 4): so main.c ranks it.
   * `missing-parameter` ends the test at once (exit 2); the others are ranked at the end.
   */
  readonly test?:
    "config-error" | "cannot-run" | "script-security" | "no-config" | "missing-parameter" | "crash";
}
