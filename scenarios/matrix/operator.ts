/** What operators do by hand against the rows. */
import type { Entry } from "./matrix.ts";
import { RELOADED } from "./vrrp.ts";

const HOLDER = { role: "holder" } as const;

export const OPERATOR_ENTRIES: readonly Entry[] = [
  {
    story: "switchover",
    title: "The VIP is handed over by lowering the holder's priority and reloading",
    why: "The planned move, without stopping anything. With nopreempt it does nothing, silently.",
    fault: { kind: "switchover", node: HOLDER },
    rows: { "dual-script": { becomes: "moves" }, "dual-check": { becomes: "stays" } },
  },
  {
    story: "advert-interval-changed",
    title: "The holder is reloaded with another advert_int",
    why: "A change that is rolled out node by node: in VRRPv2 adverts with another interval are discarded, and both are master.",
    fault: {
      kind: "keepalived-reconfigured",
      node: HOLDER,
      edits: [{ find: "advert_int 1", replace: "advert_int 2" }],
      apply: "reload",
    },
    rows: { "dual-script": RELOADED, "dual-check": RELOADED },
  },
];
