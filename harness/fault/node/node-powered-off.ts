/**
 * Everything of the node dies at once, and its network with it. Nobody says goodbye: no priority 0, no FIN, no
 * reset; to its peers the node has fallen silent.
 */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";
import { bootSchema, bootWords, type BootOrder } from "./boot.ts";

export interface NodePoweredOff {
  readonly kind: "node-powered-off";
  readonly node: NodeSelector;
  /** Order of the services when the power is back. Absent: `mysql-first`. */
  readonly boot?: BootOrder;
}

export const nodePoweredOff: FaultDefinition<NodePoweredOff> = {
  kind: "node-powered-off",
  group: "node",
  schema: z.strictObject({
    kind: z.literal("node-powered-off"),
    node: nodeSchema,
    boot: bootSchema.exactOptional(),
  }),
  needs: ["link-filter", "signal-process", "address-control", "service-control"],
  standsFor:
    "a power cut, a kernel panic, or a virtual machine that is destroyed with its hypervisor",
  does:
    "In one script: every frame of the interface is dropped both ways, as by `cut`; every process of the node gets " +
    "SIGSTOP and then SIGKILL, syslogd and check scripts included (spared are the container's init, its main program and " +
    "our observers); then what lived in the kernel is taken away: addresses other than the node's own, routes and " +
    "rules that keepalived added, its nftables tables and VMAC interfaces, neighbours, and TCP connections, so that none " +
    "of them speaks when the power is back.",
  receipt:
    "Processes ran on the node before. Afterwards none is left, the VIP is not on its interface, and probe packets " +
    "sent out of it and to it are counted by the rules that drop them.",
  healing:
    "Power on: the link is back; pid files and sockets are removed from `/run`, as at every boot; rsyslogd is started if it " +
    "ran before; then the node's services, in the order of `boot`: `mysql-first` (the default: keepalived is started when " +
    "MySQL answers), `keepalived-first`, or `together`. Receipt: the rules are gone, and each service's " +
    "processes were there right after its start command; whether they still run is in the facts.",
  healingWords: "the node boots",
  simulated:
    "The model's processes end without a word, rules of the segment drop every frame of the node, and addresses and " +
    "neighbours are gone; then the same boot.",
  worthKnowing:
    "The page cache of the container's kernel survives, so nothing that mysqld has written is lost. A real power cut can " +
    "lose what was not synced: with `sync_binlog` or `innodb_flush_log_at_trx_commit` other than 1, transactions that " +
    "were acknowledged. That loss cannot be drilled here. Clients of the dead node get no answer at all, and wait for their " +
    "own deadlines. A check script that stops keepalived when MySQL does not listen ends it during a boot with " +
    "`keepalived-first`, and nothing starts it again: the node is then without keepalived. Replicas of the node hear no end of their " +
    "connection: the receiver says that it runs and gets nothing until `replica_net_timeout` (60 s on both flavours) is over, also " +
    "when the node has long been back; stopping and starting the receiver is faster. What a machine needs before its " +
    "services start (firmware, kernel) is left out.",
  words: ({ boot }, node) => `power off ${node}${bootWords(boot)}`,
  examples: [
    { kind: "node-powered-off", node: HOLDER },
    { kind: "node-powered-off", node: HOLDER, boot: "keepalived-first" },
    { kind: "node-powered-off", node: HOLDER, boot: "together" },
  ],
};
