/**
 * Three kinds of trouble, three forms: a wrong program crashes (`assert.ts`), a wrong input is an
 * `InputError` (exit code 64), a wrong world is a `HarnessError` (exit code 70).
 */
export type Facts = Readonly<Record<string, string | number | boolean>>;

/** The world did not do its part: no engine, no disk, a node that does not answer. */
export class HarnessError extends Error {
  /** Stable and greppable, such as `ENGINE_UNREACHABLE`. */
  readonly code: string;
  readonly facts: Facts;

  constructor(code: string, message: string, options: { cause?: unknown; facts?: Facts } = {}) {
    super(message, { cause: options.cause });
    this.name = "HarnessError";
    this.code = code;
    this.facts = options.facts ?? {};
  }
}

/** The user asked for something that cannot be: what, where, what to try. */
export class InputError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options: { cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "InputError";
    this.code = code;
  }
}

/** The shortest true description of anything caught. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
