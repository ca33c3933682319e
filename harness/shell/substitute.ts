/** Runs the commands that words need before they can be expanded. */
import type { CommandPart, ParameterPart, Part, Word } from "./ast.ts";
import type { Outputs } from "./expand.ts";
import type { ShellReply, ShellRequest } from "./requests.ts";
import type { ShellState } from "./state.ts";

/** Runs one substitution and gives what it wrote. */
export type Capture = (
  part: CommandPart,
  state: ShellState,
) => Generator<ShellRequest, string, ShellReply>;

export function isEmpty(word: Word): boolean {
  return word.literal?.trim() === "";
}

export function* outputsOf(
  words: readonly Word[],
  state: ShellState,
  capture: Capture,
): Generator<ShellRequest, Outputs, ShellReply> {
  let outputs: Map<Part, string> | undefined;
  for (const word of words) {
    if (!word.runsCommand) continue;
    outputs ??= new Map();
    yield* resolve(word, state, capture, outputs);
  }
  return outputs;
}

function* resolve(
  word: Word,
  state: ShellState,
  capture: Capture,
  outputs: Map<Part, string>,
): Generator<ShellRequest, void, ShellReply> {
  for (const part of word.parts) {
    if (part.kind === "command") outputs.set(part, yield* capture(part, state));
    else if (part.kind === "arithmetic") yield* resolve(part.text, state, capture, outputs);
    else if (part.kind === "parameter") {
      for (const inner of needed(part, state)) yield* resolve(inner, state, capture, outputs);
    }
  }
}

/** `${x:-$(command)}` runs its command only where the default is taken. */
function needed(part: ParameterPart, state: ShellState): readonly Word[] {
  const { operation } = part;
  const index = part.index === undefined ? [] : [part.index];
  switch (operation?.kind) {
    case "default": {
      const value = /^\d+$/.test(part.name)
        ? state.positional[Number(part.name) - 1]
        : state.lookup(part.name);
      const missing = value === undefined || (operation.colon && value === "");
      return missing === (operation.action !== "+") ? [...index, operation.word] : index;
    }
    case "trim":
      return [...index, operation.pattern];
    case "replace":
      return [...index, operation.pattern, operation.by];
    case "slice":
      return [
        ...index,
        operation.offset,
        ...(operation.length === undefined ? [] : [operation.length]),
      ];
    default:
      return index;
  }
}
