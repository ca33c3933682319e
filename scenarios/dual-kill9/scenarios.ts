/**
 * The row `dual-kill9` (document 004): what kill -9 of the pid file's process does, that the document's own
 * configuration does not start without ip_vs, and what its check does with it.
 */
import { after, fails, passes, seconds, type Scenario } from "../../harness/scenario/index.ts";
import { dualKill9 } from "../shared/dual-kill9.ts";
import { cleanFailover, drill, homecoming, moved, served, strike } from "../stories/common.ts";
import { baseline } from "../stories/baseline.ts";
import type { Row } from "../stories/row.ts";
import { checkedScenarios } from "./checked.ts";

export const dualKill9Row: Row = {
  name: "dual-kill9",
  topology: dualKill9(),
  preempts: false,
  checksMysql: false,
  goodbyeGapMsMax: 1000, // skew(90) is 648 ms
  noticeMsMax: 0,
  returnMsMax: 8000,
};

const row = dualKill9Row;

const parentKilled = drill(row, {
  story: "parent-killed",
  title: "The process of keepalived's pid file is killed with kill -9",
  why:
    "The document's way of making keepalived give the VIP up. It kills the parent alone: the kernel then sends the VRRP " +
    "child SIGTERM (it asked for that, since 1.3.3), which says goodbye and takes the VIP off. Before 1.3.3 the child " +
    "went on as master for ever.",
  disturb: [
    strike({ kind: "keepalived-killed", node: { role: "holder" }, processes: "parent" }),
    moved,
    served,
  ],
  recover: homecoming(row),
  expect: cleanFailover(row),
  promises: [
    {
      promise: "004/kill-9-releases-vip",
      comesOut: "kept-only-if",
      note: "the VRRP child is told that its parent died (1.3.3 and later), and the pid file's process is not PID 1 of a container",
    },
  ],
});

const refusesToStart = drill(row, {
  story: "refuses-to-start",
  title: "keepalived is started with the document's configuration on a kernel without ip_vs",
  why:
    "A virtual_server needs ip_vs. Without it the daemon gives up, VRRP and all: there is no VIP, and nothing on the " +
    "client's side says why.",
  topology: dualKill9({ checked: true }),
  settlesTo: "services-started",
  needs: ["no-ip-vs"],
  disturb: [{ id: "nobody", when: after(seconds(5)) }],
  expect: [
    passes("schedule-followed"),
    passes("settled", { holders: "any" }),
    passes("enough-activity", { writes: 0, reads: 0 }),
    fails("vip-available", "keepalived ends at once, so nobody takes the VIP"),
    passes("nothing-leaked"),
  ],
  promises: [
    {
      promise: "004/starts",
      comesOut: "kept-only-if",
      note: "the kernel has ip_vs, loaded before keepalived starts",
    },
  ],
});

const stateMasterGrabsNothing = drill(row, {
  story: "state-master-grabs-nothing",
  title: "The node with the lower priority says `state MASTER` and restarts keepalived",
  why: "The document warns that MASTER takes the VIP as soon as keepalived starts. It is the priority that does.",
  topology: dualKill9({
    roles: [
      { state: "BACKUP", priority: 100 },
      { state: "MASTER", priority: 90 },
    ],
  }),
  disturb: [
    strike({ kind: "keepalived-stopped", node: { role: "standby" } }),
    { id: "starts", when: after(seconds(1)), heal: "fault" },
    { id: "stays", when: after(seconds(6)) },
  ],
  expect: [
    passes("schedule-followed"),
    passes("single-holder", {}, { overlaps: [] }),
    passes("vip-available"),
    passes("nothing-leaked"),
    passes("no-lost-write"),
    passes("replication-converged"),
  ],
  promises: [
    {
      promise: "004/backup-avoids-grabbing",
      comesOut: "kept-only-if",
      note: "the MASTER has the higher priority as well; the word alone takes nothing",
    },
  ],
});

export const dualKill9Scenarios: readonly Scenario[] = [
  baseline(row),
  parentKilled,
  stateMasterGrabsNothing,
  refusesToStart,
  ...checkedScenarios(row),
];
