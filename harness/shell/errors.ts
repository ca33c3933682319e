/** What can be wrong with a script before or while it runs. Both are inputs that were wrong, not worlds. */
import { InputError } from "../core/errors.ts";

export class ShellSyntaxError extends InputError {
  readonly line: number;
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super("SHELL_SYNTAX", `line ${String(line)}, column ${String(column)}: ${message}`);
    this.name = "ShellSyntaxError";
    this.line = line;
    this.column = column;
  }
}

/** The script took more steps than it was given: an endless loop without a command in it. */
export class ShellBudgetExceeded extends InputError {
  readonly line: number;

  constructor(steps: number, line: number) {
    super("SHELL_BUDGET", `line ${String(line)}: more than ${String(steps)} steps`);
    this.name = "ShellBudgetExceeded";
    this.line = line;
  }
}
