/** The check script is still there and still run, and does something else. */
import { z } from "zod";
import type { Us } from "../../core/time.ts";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface CheckScriptReplaced {
  readonly kind: "check-script-replaced";
  readonly node: NodeSelector;
  /** Of the script on the node. */
  readonly path: string;
  readonly behaviour: "hangs" | "slow" | "always-fails" | "always-succeeds";
  /** With `slow`: how much later than otherwise it looks. */
  readonly slowUs?: Us;
}

/** Ten minutes: no check is given that long. */
const SLOW_US_MAX = 600_000_000;

/** Behind `#!`, so that a script which is replaced already can be told. */
export const REPLACED_MARK = "put here by vipdrill in place of the node's own";

const schema = z
  .strictObject({
    kind: z.literal("check-script-replaced"),
    node: nodeSchema,
    path: z.string().regex(/^\/[\w./@+-]+$/, "expected the absolute path of a script"),
    behaviour: z.enum(["hangs", "slow", "always-fails", "always-succeeds"]),
    slowUs: z.exactOptional(z.int().positive().max(SLOW_US_MAX)),
  })
  .refine(({ behaviour, slowUs }) => (behaviour === "slow") === (slowUs !== undefined), {
    message: "slowUs belongs to behaviour slow, and only to it",
    path: ["slowUs"],
  });

const PATH = "/opt/chk_mysql.sh";

export const checkScriptReplaced: FaultDefinition<CheckScriptReplaced> = {
  kind: "check-script-replaced",
  group: "process",
  schema,
  needs: ["file-control"],
  standsFor: "a check that hangs, is slow, or says the same whatever happens",
  does:
    "The file at `path` is kept aside beside itself, and one of ours takes its place in one step (rename), with the same owner and " +
    "mode. `behaviour`: `hangs` sleeps for a day; `slow` sleeps `slowUs` and then runs the node's own script with " +
    "the same arguments; `always-fails` exits with 1; `always-succeeds` exits with 0. A run that had begun goes on as it was.",
  receipt:
    "The replacement was run by keepalived after the injection: at each run it leaves a mark in a file of ours on the " +
    "node, and says whether a keepalived is among its ancestors. Waits 10 s; a check with a longer interval comes out " +
    "unconfirmed.",
  healing:
    "The file that was kept aside takes its place again. Receipt: contents, owner and mode are what they were.",
  healingWords: "the node's own script is put back",
  simulated:
    "The text of the simulated host's file is replaced, and the model's shell runs it. `slow` is the node's own text with a " +
    "`sleep` ahead of it. That keepalived ran it is not looked for: nobody else runs scripts there.",
  worthKnowing:
    "keepalived ends a run that takes longer than the script's `timeout` (its `interval` unless given) and counts it as " +
    "failed, so a check that hangs fails later than one that fails: by a timeout for each run. A script that stops " +
    "keepalived itself and always exits with 0 is not heard by its exit code: of such a one `always-succeeds` takes " +
    "all that it did.",
  words: ({ path, behaviour, slowUs }, node) =>
    `${path} on ${node} ${slowUs === undefined ? WORDS[behaviour] : `takes ${slowUs / 1000} ms more`}`,
  examples: [
    { kind: "check-script-replaced", node: HOLDER, path: PATH, behaviour: "hangs" },
    {
      kind: "check-script-replaced",
      node: HOLDER,
      path: PATH,
      behaviour: "slow",
      slowUs: 1_500_000,
    },
    { kind: "check-script-replaced", node: HOLDER, path: PATH, behaviour: "always-fails" },
    { kind: "check-script-replaced", node: HOLDER, path: PATH, behaviour: "always-succeeds" },
  ],
};

const WORDS: Readonly<Record<CheckScriptReplaced["behaviour"], string>> = {
  hangs: "hangs",
  slow: "is slow",
  "always-fails": "always fails",
  "always-succeeds": "always succeeds",
};
