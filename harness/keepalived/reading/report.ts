/** Collects what the daemon finds wrong, once each, although its processes read the file one after the other. */
import type { Diagnostic, Severity } from "../diagnostic.ts";
import { formatLocation, type Location } from "../location.ts";

/** More are counted, not kept: a file of noise must not become a list of millions. */
const MOST_DIAGNOSTICS = 5000;

export interface Finding {
  readonly code: string;
  readonly at: Location;
  readonly message: string;
  readonly effect: string;
  /** `file.c:function`, as of 2.2.7 unless it says another version. */
  readonly source: string;
  readonly test?: Diagnostic["test"] | undefined;
}

/** A keyword without its parameter ends the daemon where it stands (parser.c:null_strvec). */
export class ReadingEnded extends Error {}

export class Report {
  readonly diagnostics: Diagnostic[] = [];
  readonly #seen = new Set<string>();
  readonly #tests = new Set<Diagnostic["test"]>();
  readonly #stopped = new Set<string>();
  #dropped = 0;

  /** The daemon calls it a configuration error and goes on. */
  error(finding: Finding): void {
    this.add("error", { test: "config-error", ...finding });
  }

  /** The daemon cannot run with it. */
  fatal(finding: Finding): void {
    this.add("fatal", { test: "config-error", ...finding });
  }

  /** Only a line in the log. */
  warning(finding: Finding): void {
    this.add("warning", finding);
  }

  info(finding: Finding): void {
    this.add("info", finding);
  }

  /** A bound of this reader was reached: never left out. */
  stopped(finding: Finding): void {
    if (this.#stopped.has(finding.code)) return;
    this.#stopped.add(finding.code);
    this.#say("fatal", finding);
  }

  add(severity: Severity, finding: Finding): void {
    // A kind of failure of the test is never dropped: it decides how the test ends.
    const full = this.diagnostics.length >= MOST_DIAGNOSTICS && this.#tests.has(finding.test);
    if (full && this.#dropped++ > 0) return;
    const key = `${finding.code} ${formatLocation(finding.at)} ${finding.message}`;
    if (this.#seen.has(key)) return;
    if (full) {
      this.#say(severity, tooMany(finding));
      return;
    }
    this.#seen.add(key);
    this.#say(severity, finding);
  }

  #say(severity: Severity, { test, source, ...rest }: Finding): void {
    this.#tests.add(test);
    const known = /\d\.\d/u.test(source) ? source : `${source} (2.2.7)`;
    this.diagnostics.push({
      severity,
      ...rest,
      source: known,
      ...(test === undefined ? {} : { test }),
    });
  }
}

function tooMany({ at, test }: Finding): Finding {
  return {
    code: "too-many-diagnostics",
    at,
    message: `more than ${MOST_DIAGNOSTICS} diagnostics; the rest is left out`,
    effect: "none; a bound of this reader",
    source: "reader",
    ...(test === undefined ? {} : { test }),
  };
}
