/** mysqld dies again and again, and something starts it again and again. */
import { z } from "zod";
import type { Us } from "../../core/time.ts";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface MysqldCrashLooping {
  readonly kind: "mysqld-crash-looping";
  readonly node: NodeSelector;
  /** How long it lives once it answers. */
  readonly upUs: Us;
  /** How long the supervisor waits before it starts it again. */
  readonly downUs: Us;
}

/** Ten minutes: a drill is over by then. */
const SPAN_US_MAX = 600_000_000;

const spanSchema: z.ZodType<Us> = z.int().min(0).max(SPAN_US_MAX);

export const mysqldCrashLooping: FaultDefinition<MysqldCrashLooping> = {
  kind: "mysqld-crash-looping",
  group: "process",
  schema: z.strictObject({
    kind: z.literal("mysqld-crash-looping"),
    node: nodeSchema,
    upUs: spanSchema,
    downUs: spanSchema,
  }),
  needs: ["signal-process", "service-control"],
  standsFor: "mysqld crashes soon after each start, and `mysqld_safe` or systemd starts it again",
  does:
    "A loop on the node: SIGKILL to `mysqld` or `mariadbd`, `downUs` without a server, `service mysql start`, `upUs` from " +
    "the moment that command returns (the server answers by then), and again, until it is healed. The loop is a shell beside " +
    "the services; its command line names neither of them, so that a check script does not count it.",
  receipt:
    "Two deaths: the processes that were there are gone, others came, and those are gone as well. The second is waited for " +
    "until `upUs`, `downUs` and 40 s are over; the receipt says what was still pending.",
  healing:
    "The loop is ended, and `service mysql start` given, which returns at once if the server runs. Receipt: the loop's " +
    "process is gone and the server's processes run.",
  healingWords: "the loop is ended and mysqld runs",
  simulated:
    "A loop of the same steps on the model's process table and init script; starts after a crash take as long as was " +
    "measured. The receipt waits 10 s for the second death, so with a longer `upUs` and `downUs` it stays unconfirmed.",
  worthKnowing:
    "A check with `fall 2` may never see two failures in a row, and the VIP stays with a server that is away half of the " +
    "time; a check that stops keepalived at its first failure gives the VIP away for good.",
  words: ({ upUs, downUs }, node) =>
    `mysqld on ${node} dies ${milliseconds(upUs)} after every start and comes back ${milliseconds(downUs)} later`,
  examples: [{ kind: "mysqld-crash-looping", node: HOLDER, upUs: 2_000_000, downUs: 500_000 }],
};

function milliseconds(us: Us): string {
  return `${us / 1000} ms`;
}
