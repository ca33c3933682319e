/** Faults of processes against the rows. */
import { fails, passes, type Expectation } from "../../harness/scenario/index.ts";
import { CHECK_SCRIPT } from "../shared/checks.ts";
import { FIRST_HOLDER } from "../stories/common.ts";
import type { Entry } from "./matrix.ts";

const HOLDER = { role: "holder" } as const;

/** Nobody checks MySQL, so nothing moves when it is gone. */
export const UNCHECKED: Expectation = fails(
  "holder-can-serve",
  "nobody checks MySQL here, so the VIP stays with a dead one",
);
/** The standby's whole silence: three adverts and its skew. */
const SILENCE_MS = 4000;

/** The check stops keepalived, which an operator has to start again; where nobody checks, nothing moves. */
export const MYSQLD_GONE: Entry["rows"] = {
  "dual-script": {
    becomes: "moves",
    start: FIRST_HOLDER,
    but: [passes("holder-can-serve", { maxSpellMs: 3500 })],
  },
  "dual-check": { becomes: "stays", but: [UNCHECKED] },
};

export const PROCESS_ENTRIES: readonly Entry[] = [
  {
    story: "mysqld-killed",
    title: "mysqld is killed on the holder",
    why: "Without a check the VIP stays with a server that is gone: the outage lasts until somebody starts it.",
    fault: { kind: "mysqld-killed", node: HOLDER },
    rows: { "dual-check": { becomes: "stays", but: [UNCHECKED] } },
  },
  {
    story: "mysqld-stopped",
    title: "mysqld is stopped cleanly on the holder",
    why: "The same as a crash to clients, except that it takes longer on a source with a replica to say goodbye to.",
    fault: { kind: "mysqld-stopped", node: HOLDER },
    rows: { "dual-check": { becomes: "stays", but: [UNCHECKED] } },
  },
  {
    story: "mysqld-frozen",
    title: "mysqld freezes on the holder",
    why: "Connections are accepted by the kernel and never answered: the worst kind of outage for a pool.",
    fault: { kind: "service-frozen", node: HOLDER, service: "mysql" },
    rows: { "dual-check": { becomes: "stays", but: [UNCHECKED] } },
  },
  {
    story: "keepalived-frozen",
    title: "keepalived freezes on the holder",
    why: "A frozen keepalived cannot take the VIP off, so that the standby adds a second holder to the first.",
    fault: { kind: "service-frozen", node: HOLDER, service: "keepalived" },
    rows: { "dual-script": { becomes: "both" }, "dual-check": { becomes: "both" } },
  },
  {
    story: "vrrp-process-killed",
    title: "keepalived's VRRP process is killed on the holder, its parent lives",
    why: "The parent starts it again, and the new one takes the VIP off that the old one left; until it has been elected anew the VIP is elsewhere, or nowhere.",
    fault: { kind: "keepalived-killed", node: HOLDER, processes: "vrrp" },
    rows: {
      "dual-script": { becomes: "wanders" },
      "dual-check": { becomes: "moves", but: [passes("vip-available", { maxGapMs: SILENCE_MS })] },
    },
  },
  {
    story: "pid-file-process-killed",
    title: "The process of keepalived's pid file is killed with kill -9",
    why: "The VRRP process is told of its parent's death by the kernel and says goodbye: as good as a stop.",
    fault: { kind: "keepalived-killed", node: HOLDER, processes: "parent" },
    rows: { "dual-script": { becomes: "moves" }, "dual-check": { becomes: "moves" } },
  },
  {
    story: "keepalived-restarted",
    title: "keepalived is restarted on the holder",
    why: "What a configuration change by restart costs: one move, and with preemption a second one.",
    fault: { kind: "service-restarted", node: HOLDER, service: "keepalived" },
    rows: { "dual-script": { becomes: "moves" }, "dual-check": { becomes: "moves" } },
  },
  {
    story: "mysqld-restarted",
    title: "mysqld is restarted on the holder",
    why: "A restart is over in seconds. Without a check nothing moves, and clients wait for it.",
    fault: { kind: "service-restarted", node: HOLDER, service: "mysql" },
    rows: { "dual-check": { becomes: "stays", but: [UNCHECKED] } },
  },
  {
    story: "mysqld-crash-looping",
    title: "mysqld comes up and dies again, over and over, on the holder",
    why: "A supervisor that restarts a broken server makes it look alive most of the time.",
    fault: { kind: "mysqld-crash-looping", node: HOLDER, upUs: 1_000_000, downUs: 2_500_000 },
    rows: MYSQLD_GONE,
  },
  {
    story: "check-hangs",
    title: "The check script hangs on the holder",
    why: "A check without a deadline of its own: keepalived ends it after its interval, and takes that for a failure.",
    fault: { kind: "check-script-replaced", node: HOLDER, path: CHECK_SCRIPT, behaviour: "hangs" },
    rows: { "dual-script": { becomes: "moves" } },
  },
  {
    story: "check-slow",
    title: "The check script takes 1.5 s of its 2 s on the holder",
    why: "Slow is not wrong: as long as it ends within its interval the answer counts.",
    fault: {
      kind: "check-script-replaced",
      node: HOLDER,
      path: CHECK_SCRIPT,
      behaviour: "slow",
      slowUs: 1_500_000,
    },
    rows: { "dual-script": { becomes: "stays" } },
  },
  {
    story: "check-too-slow",
    title: "The check script takes 3 s on the holder, with an interval of 2 s",
    why: "A healthy server loses the VIP because its check is slow, on the machine that is busiest.",
    fault: {
      kind: "check-script-replaced",
      node: HOLDER,
      path: CHECK_SCRIPT,
      behaviour: "slow",
      slowUs: 3_000_000,
    },
    rows: { "dual-script": { becomes: "moves" } },
  },
  {
    story: "check-always-fails",
    title: "The check script fails for no reason on the holder",
    why: "A check that is broken, not the database: two failures, the weight, and the VIP leaves a healthy server.",
    fault: {
      kind: "check-script-replaced",
      node: HOLDER,
      path: CHECK_SCRIPT,
      behaviour: "always-fails",
    },
    rows: { "dual-script": { becomes: "moves" } },
  },
  {
    story: "check-always-succeeds",
    title: "The check script finds nothing wrong, ever",
    why: "By itself nobody notices; the next real failure moves nothing.",
    fault: {
      kind: "check-script-replaced",
      node: HOLDER,
      path: CHECK_SCRIPT,
      behaviour: "always-succeeds",
    },
    rows: { "dual-script": { becomes: "stays" } },
  },
];
