/** The tree of a shell script, as the parser leaves it and the interpreter walks it. */
import type { Arithmetic } from "./arithmetic.ts";

/** A word before expansion. `literal` is there when nothing in it is left to expand. */
export interface Word {
  readonly parts: readonly Part[];
  readonly literal: string | undefined;
  /** A command has to run before the word is known. */
  readonly runsCommand: boolean;
}

export type Part = TextPart | ParameterPart | CommandPart | ArithmeticPart;

export interface TextPart {
  readonly kind: "text";
  readonly text: string;
  readonly quoted: boolean;
}

export interface ParameterPart {
  readonly kind: "parameter";
  readonly name: string;
  /** `${name[index]}`; `@` and `*` are the whole array. */
  readonly index: Word | undefined;
  readonly operation: ParameterOperation | undefined;
  readonly quoted: boolean;
}

export interface CommandPart {
  readonly kind: "command";
  readonly body: List;
  /** What is wrong with the text between backticks; known to a shell only when it runs them. */
  readonly broken: string | undefined;
  readonly quoted: boolean;
}

export interface ArithmeticPart {
  readonly kind: "arithmetic";
  readonly text: Word;
  readonly quoted: boolean;
}

export type ParameterOperation =
  | { readonly kind: "length" }
  | { readonly kind: "indirect" }
  | { readonly kind: "keys" }
  | {
      readonly kind: "default";
      readonly action: "-" | "=" | "+" | "?";
      /** With the colon an empty value counts as unset. */
      readonly colon: boolean;
      readonly word: Word;
    }
  | {
      readonly kind: "trim";
      readonly side: "prefix" | "suffix";
      readonly longest: boolean;
      readonly pattern: Word;
    }
  | {
      readonly kind: "replace";
      readonly anchor: "" | "#" | "%";
      readonly all: boolean;
      readonly pattern: Word;
      readonly by: Word;
    }
  | { readonly kind: "slice"; readonly offset: Word; readonly length: Word | undefined }
  | { readonly kind: "case"; readonly how: "^" | "^^" | "," | ",," };

export interface Assignment {
  readonly name: string;
  readonly index: Word | undefined;
  readonly append: boolean;
  /** `name=(a b c)` has a list. */
  readonly value: Word | readonly Word[];
}

export type RedirectOperator = "<" | ">" | ">>" | "<>" | ">&" | "<&" | "&>" | "&>>" | "<<" | "<<<";

export interface Redirect {
  readonly fd: number;
  readonly operator: RedirectOperator;
  /** The file, the other descriptor, or the text of a here-document. */
  readonly target: Word;
}

export interface Positioned {
  readonly line: number;
  readonly redirects: readonly Redirect[];
}

export interface SimpleCommand extends Positioned {
  readonly kind: "simple";
  readonly assignments: readonly Assignment[];
  readonly words: readonly Word[];
  /** `local a=(1 2)`: assignments that follow a declaring builtin, by the index of their word. */
  readonly declared: ReadonlyMap<number, Assignment> | undefined;
}

export interface IfCommand extends Positioned {
  readonly kind: "if";
  readonly branches: readonly { readonly condition: List; readonly body: List }[];
  readonly otherwise: List | undefined;
}

export interface LoopCommand extends Positioned {
  readonly kind: "loop";
  readonly until: boolean;
  readonly condition: List;
  readonly body: List;
}

export interface ForCommand extends Positioned {
  readonly kind: "for";
  readonly name: string;
  /** Without `in`: the positional parameters. */
  readonly words: readonly Word[] | undefined;
  readonly body: List;
}

export interface CountCommand extends Positioned {
  readonly kind: "count";
  readonly first: Word;
  readonly condition: Word;
  readonly next: Word;
  readonly body: List;
}

export interface CaseCommand extends Positioned {
  readonly kind: "case";
  readonly subject: Word;
  readonly clauses: readonly {
    readonly patterns: readonly Word[];
    readonly body: List;
    readonly end: ";;" | ";&" | ";;&";
  }[];
}

export interface FunctionCommand extends Positioned {
  readonly kind: "function";
  readonly name: string;
  readonly body: Command;
}

export interface GroupCommand extends Positioned {
  readonly kind: "group" | "subshell";
  readonly body: List;
}

export interface ConditionCommand extends Positioned {
  readonly kind: "condition";
  readonly condition: Condition;
}

export interface ArithmeticCommand extends Positioned {
  readonly kind: "arithmetic";
  readonly text: Word;
}

export type Command =
  | SimpleCommand
  | IfCommand
  | LoopCommand
  | ForCommand
  | CountCommand
  | CaseCommand
  | FunctionCommand
  | GroupCommand
  | ConditionCommand
  | ArithmeticCommand;

/** What stands between `[[` and `]]`. */
export type Condition =
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Word }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Word;
      readonly right: Word;
    }
  | { readonly kind: "not"; readonly operand: Condition }
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition };

export interface Pipeline {
  readonly negated: boolean;
  readonly commands: readonly Command[];
  readonly line: number;
}

export interface AndOr {
  readonly first: Pipeline;
  readonly rest: readonly { readonly operator: "&&" | "||"; readonly pipeline: Pipeline }[];
  readonly background: boolean;
}

export type List = readonly AndOr[];

export interface ShellScript {
  readonly body: List;
  readonly text: string;
  /** Where the text stops being a script: bash runs all complete lines before it, then ends with 2. */
  readonly error: { readonly message: string; readonly line: number } | undefined;
}

export type { Arithmetic };
