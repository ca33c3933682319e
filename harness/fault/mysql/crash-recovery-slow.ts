/** mysqld was killed, is there again, and its port is not. */
import { z } from "zod";
import { milliseconds, seconds, type Us } from "../../core/time.ts";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface CrashRecoverySlow {
  readonly kind: "crash-recovery-slow";
  readonly node: NodeSelector;
  /** How long its start stands still. */
  readonly forUs: Us;
}

/** Beyond it the init script of the lab's image gives up, and healing would come first anyway. */
const FOR_US_MAX = seconds(600);

export const crashRecoverySlow: FaultDefinition<CrashRecoverySlow> = {
  kind: "crash-recovery-slow",
  group: "mysql",
  schema: z.strictObject({
    kind: z.literal("crash-recovery-slow"),
    node: nodeSchema,
    forUs: z.int().min(milliseconds(100)).max(FOR_US_MAX),
  }),
  needs: ["signal-process", "service-control"],
  standsFor:
    "after a crash mysqld is started at once, and InnoDB rolls forward for a long time before the port opens",
  does:
    "SIGKILL to `mysqld` or `mariadbd`, `service mysql start` in the background, and SIGSTOP to the new process as soon as it " +
    "exists, before it listens. After `forUs`, SIGCONT: the start goes on.",
  receipt: "Another process than before is there, and nothing listens on port 3306.",
  healing:
    "SIGCONT, if `forUs` is not over, and `service mysql start`, which returns when the server answers. Receipt: the server's " +
    "processes run, none is stopped, and the port is open.",
  healingWords: "recovery goes on to its end",
  simulated:
    "The same steps on the model's process table. How long recovery takes by itself is as measured.",
  worthKnowing:
    "A check that looks for the process (`pidof`, `killall -0`) is content from the first moment; one that looks at the port or " +
    "logs in fails for all the time.",
  words: ({ forUs }, node) =>
    `kill mysqld on ${node} and let its recovery take ${forUs / seconds(1)} s longer`,
  examples: [{ kind: "crash-recovery-slow", node: HOLDER, forUs: seconds(6) }],
};
