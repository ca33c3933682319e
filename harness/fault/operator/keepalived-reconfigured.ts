/** An operator edits keepalived.conf and lets keepalived read it, or forgets to. */
import { z } from "zod";
import { nodeSchema, STANDBY, type FaultDefinition, type NodeSelector } from "../definition.ts";
import { editSchema, quoted, type Edit } from "../edit.ts";

/** What is done so that keepalived takes the new text: SIGHUP, a restart, or nothing. */
export type Apply = "reload" | "restart" | "none";

export interface KeepalivedReconfigured {
  readonly kind: "keepalived-reconfigured";
  readonly node: NodeSelector;
  readonly edits: readonly Edit[];
  readonly apply: Apply;
}

const lowered = { find: "priority 101", replace: "priority 90" };

export const keepalivedReconfigured: FaultDefinition<KeepalivedReconfigured> = {
  kind: "keepalived-reconfigured",
  group: "operator",
  schema: z.strictObject({
    kind: z.literal("keepalived-reconfigured"),
    node: nodeSchema,
    edits: z.array(editSchema).min(1),
    apply: z.enum(["reload", "restart", "none"]),
  }),
  needs: ["file-control", "service-control"],
  standsFor: "an operator edits keepalived.conf and reloads or restarts, or forgets to",
  does:
    "`/etc/keepalived/keepalived.conf` of the node is rewritten in place. Each of the `edits` replaces `find`, which " +
    "has to occur exactly once, by `replace`, one after the other. Both may hold `@{...}` names of nodes, VIPs and the " +
    "prefix, as the topology's own texts do. Then `apply`: `reload` is `service keepalived reload` (SIGHUP), `restart` " +
    "is `service keepalived restart`, `none` leaves keepalived with what it read before.",
  receipt:
    "The file has the new text, and keepalived took it: after a reload its VRRP process logged `Reloading` once more, " +
    "after a restart its processes are other ones. Edits that do not fit the text change nothing, and the receipt says why.",
  healing:
    "The earlier text is put back and applied in the same way; a keepalived that has ended is started. What other faults " +
    "have changed elsewhere in the file stays. After `none` a keepalived that was restarted in between keeps what it " +
    "read. Receipt: the file's text, and the log line, the processes or both.",
  healingWords: "the earlier keepalived.conf is put back and applied",
  simulated:
    "The file of the simulated host is replaced, and the model's daemon gets the same signals and reads it as the " +
    "version of the image does. Virtual servers of a reloaded text are read anew as well.",
  worthKnowing:
    "A reload keeps the state: a master stays master with its new priority, and a standby that is preferred now " +
    "takes over when its down timer has run out (about three advert intervals). A text that keepalived cannot run with makes " +
    "it end at the reload, and the VIP goes. `nopreempt` that is taken out or put in comes into force with the reload.",
  words: ({ edits, apply }, node) => {
    const [first, ...more] = edits;
    const { find, replace } = first ?? { find: "", replace: "" };
    const change = `replace ${quoted(find)} by ${quoted(replace)}`;
    const others = more.length === 0 ? "" : ` and ${more.length} more`;
    const then = apply === "none" ? "without a reload" : `and ${apply}`;
    return `${change}${others} in keepalived.conf on ${node} ${then}`;
  },
  examples: [
    { kind: "keepalived-reconfigured", node: { name: "db1" }, edits: [lowered], apply: "reload" },
    { kind: "keepalived-reconfigured", node: { name: "db1" }, edits: [lowered], apply: "restart" },
    {
      kind: "keepalived-reconfigured",
      node: STANDBY,
      edits: [{ find: "advert_int 1", replace: "advert_int 2" }],
      apply: "none",
    },
  ],
};
