/** A director fails, the real servers do not. */
import {
  after,
  fails,
  passes,
  seconds,
  type Expectation,
  type Scenario,
  type Step,
} from "../../harness/scenario/index.ts";
import { lvsDr } from "../shared/lvs-dr.ts";
import {
  dataAndCleanUp,
  afterSplit,
  both,
  homecoming,
  moved,
  served,
  strike,
} from "../stories/common.ts";
import { lvsDrill, lvsDrRow, PATIENT } from "./common.ts";

const HOLDER = { role: "holder" } as const;
/** The director that is active at first. */
const FIRST = { name: "lvs1" } as const;

/** Three adverts of silence and skew(90), 3.65 s, and a margin. */
const SILENCE = passes("vip-available", { maxGapMs: 4500 });

const RESET =
  "the new director knows nothing of the old one's connections, and its kernel resets them";
const broken: Expectation = fails("connections-survive", RESET);

/**
 * What a client sends into the silence it sends again, 0.2 s later and at doubling intervals: after 3.0 s, perhaps just too
 * early, and after 6.2 s. Less than 9 s in all, so that a director that is cut off keeps its table.
 */
const noticed: Step = { id: "noticed", when: after(seconds(1.9)) };

const keepalivedStopped = lvsDrill({
  story: "keepalived-stopped",
  title: "keepalived is stopped cleanly on the active director, and started again",
  why:
    "The document's second test. The standby has the same table and takes the VIP after its skew; what was connected through the first one " +
    "is reset, twice, because the first one takes the VIP back.",
  workload: PATIENT,
  disturb: [strike({ kind: "keepalived-stopped", node: HOLDER }), moved, served],
  recover: homecoming(lvsDrRow),
  expect: [
    passes("schedule-followed"),
    passes("single-holder"),
    passes("vip-available", { maxGapMs: lvsDrRow.goodbyeGapMsMax }),
    passes("failover-within"),
    passes("preemption", { expect: "returns" }),
    passes("arp-converged"),
    broken,
    passes("outage-within", { maxMs: 2000, lane: "fresh" }),
    ...dataAndCleanUp,
  ],
  promises: [
    { promise: "003/director-stop-moves", comesOut: "kept" },
    { promise: "003/priority-decides", comesOut: "kept" },
  ],
});

const powerLoss = lvsDrill({
  story: "power-loss",
  title: "The active director loses power",
  why: "No goodbye: the standby waits out the silence, and clients with it, though both databases are well.",
  workload: PATIENT,
  disturb: [strike({ kind: "node-powered-off", node: HOLDER }), moved, served, noticed],
  recover: homecoming({ ...lvsDrRow, returnMsMax: lvsDrRow.returnMsMax + 12_000 }),
  expect: [
    passes("schedule-followed"),
    passes("single-holder"),
    SILENCE,
    passes("failover-within"),
    broken,
    passes("outage-within", { maxMs: 5500, lane: "fresh" }),
    ...dataAndCleanUp,
  ],
  promises: [
    {
      promise: "003/no-single-point",
      comesOut: "kept",
      note: "new connections are served again 2.6 to 3.7 s after the last sign of life; open ones are reset",
    },
  ],
});

/** 3 s of talking: the kernel tells its peer of a connection once it has carried a few packets. */
const WARM_US = seconds(4);

const synchronised = lvsDrill({
  story: "power-loss-synchronised",
  title: "The same with lvs_sync_daemon",
  why:
    "The active director tells the other one of every connection that has carried a few packets. After the silence the new one forwards " +
    "them as if nothing had been. (At a clean stop this is luck: the old director may reset them on its way out, so that no drill says what becomes of them.)",
  topology: lvsDr({ sync: true, variant: "lvs_sync_daemon" }),
  // What was sent into the silence is sent again, at growing intervals: the answer may come twice the silence later.
  workload: PATIENT,
  disturb: [
    {
      id: "fault",
      when: after(WARM_US, seconds(2)),
      fault: { kind: "node-powered-off", node: HOLDER },
    },
    moved,
    served,
    { id: "carried-on", when: after(seconds(5)) },
  ],
  recover: homecoming({ ...lvsDrRow, returnMsMax: lvsDrRow.returnMsMax + 12_000 }),
  expect: [
    passes("schedule-followed"),
    passes("single-holder"),
    SILENCE,
    passes("failover-within"),
    passes("connections-survive"),
    passes("outage-within", { maxMs: 5500, lane: "fresh" }),
    ...dataAndCleanUp,
  ],
});

const paused = lvsDrill({
  story: "director-paused",
  title: "The active director is paused as a virtual machine is, and goes on later",
  why:
    "The standby takes over after the silence. When the first one goes on it still has the VIP, and takes traffic until its own adverts " +
    "have settled who is master.",
  workload: PATIENT,
  disturb: [
    strike({ kind: "node-paused", node: HOLDER, network: "silent" }),
    both,
    served,
    noticed,
  ],
  recover: afterSplit(lvsDrRow),
  expect: [
    passes("schedule-followed"),
    fails("single-holder", "a paused host keeps its address: nothing told it to let go", {
      ended: true,
    }),
    passes("vip-available"),
    passes("failover-within"),
    broken,
    ...dataAndCleanUp,
  ],
});

const keepalivedFrozen = lvsDrill({
  story: "keepalived-frozen",
  title: "keepalived freezes on the active director, whose kernel goes on forwarding",
  why:
    "IPVS is in the kernel: without keepalived it forwards as before, with the table as it was last. Clients lose their connections only " +
    "because the standby, hearing nothing, takes the VIP as well.",
  workload: PATIENT,
  disturb: [
    strike({ kind: "service-frozen", node: HOLDER, service: "keepalived" }),
    both,
    served,
    noticed,
  ],
  recover: afterSplit(lvsDrRow),
  expect: [
    passes("schedule-followed"),
    fails("single-holder", "a frozen keepalived cannot take the VIP off", { ended: true }),
    passes("vip-available"),
    passes("failover-within"),
    broken,
    // New clients are served by the frozen director's kernel first, then by the other one.
    passes("outage-within", { maxMs: 2500, lane: "fresh" }),
    ...dataAndCleanUp,
  ],
});

const cut = lvsDrill({
  story: "director-cut",
  title: "The active director is cut off from the network",
  why:
    "It cannot reach the servers either and empties its own table, for nobody: clients are at the other one by then. With the cable back it " +
    "takes the VIP by its priority at once, and the servers only when its checks have found them.",
  workload: PATIENT,
  disturb: [strike({ kind: "cut", node: HOLDER }), both, served, noticed],
  recover: afterSplit(lvsDrRow),
  expect: [
    passes("schedule-followed"),
    fails("single-holder", "a host that is cut off keeps its address: nothing told it to let go", {
      ended: true,
      worstGrade: "a",
    }),
    passes("vip-available"),
    passes("failover-within"),
    broken,
    ...dataAndCleanUp,
  ],
});

const split = lvsDrill({
  story: "split",
  title: "VRRP is blocked between the directors, and nothing else",
  why:
    "Two active directors in front of the same servers. New connections work through either, so that nothing looks wrong; neighbours follow " +
    "whoever announced the VIP last, and each change of mind resets what was connected. Which of the two is heard first when it is over " +
    "decides whether neighbours are told; here it is the one that keeps the VIP.",
  workload: PATIENT,
  disturb: [
    { ...strike({ kind: "vrrp-blocked", node: FIRST, direction: "in" }), id: "deaf" },
    {
      id: "fault",
      when: after(0),
      fault: { kind: "vrrp-blocked", node: FIRST, direction: "out" },
    },
    both,
    served,
    noticed,
    // It hears the other one before that one hears it, and tells the neighbours; healed both ways at once, who hears first is luck.
    { id: "hears", when: after(0), heal: "deaf" },
    { id: "told", when: after(seconds(2)) },
  ],
  recover: afterSplit(lvsDrRow),
  expect: [
    passes("schedule-followed"),
    fails("single-holder", "without adverts the standby must take the other director for dead", {
      ended: true,
    }),
    passes("vip-available"),
    passes("failover-within"),
    broken,
    passes("outage-within", { maxMs: 2500, lane: "fresh" }),
    ...dataAndCleanUp,
  ],
});

export const directors: readonly Scenario[] = [
  keepalivedStopped,
  powerLoss,
  synchronised,
  paused,
  keepalivedFrozen,
  cut,
  split,
];
