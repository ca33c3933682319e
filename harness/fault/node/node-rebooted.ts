/**
 * A clean shutdown, some time without the node, and a boot. An action and not a fault to be healed: a reboot
 * ends by itself, and how long it takes belongs to it, not to the schedule.
 */
import { z } from "zod";
import type { Us } from "../../core/time.ts";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";
import { bootSchema, bootWords, type BootOrder } from "./boot.ts";

export interface NodeRebooted {
  readonly kind: "node-rebooted";
  readonly node: NodeSelector;
  /** From the end of the shutdown to the beginning of the boot. */
  readonly downUs: Us;
  /** Absent: `mysql-first`. */
  readonly boot?: BootOrder;
}

/** Longer shows nothing new, and commands end at 90 s on both backends. */
const DOWN_US_MAX = 60_000_000;

export const nodeRebooted: FaultDefinition<NodeRebooted> = {
  kind: "node-rebooted",
  group: "node",
  schema: z.strictObject({
    kind: z.literal("node-rebooted"),
    node: nodeSchema,
    downUs: z.int().positive().max(DOWN_US_MAX),
    boot: bootSchema.exactOptional(),
  }),
  needs: ["link-filter", "signal-process", "address-control", "service-control"],
  standsFor: "`reboot` after a kernel update, or a clean restart of a virtual machine",
  does:
    "`service keepalived stop`, and waits until its processes are gone; `service mysql stop`; then the rest of the node ends and " +
    "its network goes, as with `node-powered-off`. After `downUs` microseconds (at most a minute) it boots as there: link, " +
    "`/run`, rsyslogd, services in the order of `boot`. It returns when the services have been started; the schedule " +
    "goes on then.",
  receipt:
    "The services' processes of before are gone and others run; a probe that was sent while the node was down was " +
    "dropped.",
  simulated: "The same order with the model's services; a node that is down drops every frame.",
  worthKnowing:
    "A clean shutdown lets the VIP go at once: keepalived says goodbye with priority 0, so the standby waits only its skew. " +
    "A holder that preempts takes the VIP back while it boots: with `keepalived-first` before its MySQL answers, unless " +
    "the check script prevents it. The frames are dropped, the interface is not taken down: to all others it is the " +
    "same, and the captures at the node go on.",
  words: ({ downUs, boot }, node) =>
    `reboot ${node}, down for ${downUs / 1_000_000} s${bootWords(boot)}`,
  examples: [
    { kind: "node-rebooted", node: HOLDER, downUs: 5_000_000 },
    { kind: "node-rebooted", node: HOLDER, downUs: 5_000_000, boot: "keepalived-first" },
    { kind: "node-rebooted", node: HOLDER, downUs: 5_000_000, boot: "together" },
  ],
};
