/** Faults of a whole node against the rows. */
import { fails, passes } from "../../harness/scenario/index.ts";
import { dualCheck } from "../shared/dual-check.ts";
import { dualScript } from "../shared/dual-script.ts";
import type { Row } from "../stories/row.ts";
import type { Declared, Entry } from "./matrix.ts";
import { MYSQLD_GONE } from "./process.ts";

const HOLDER = { role: "holder" } as const;

/** Three adverts of silence and the skew, from the last advert. */
const SILENCE = passes("vip-available", { maxGapMs: 4000 });

/** The rows of the first instant: the probe notices sooner than the address is taken off. */
const MOMENT = passes("holder-can-serve", { maxSpellMs: 250 });

/**
 * A replica does not notice that its source lost power: its connection is idle, not closed, until `replica_net_timeout`
 * (60 s by default, MySQL manual 19.1.6.3). The source is back and written to long before.
 */
const BLIND = [
  fails(
    "no-lost-write",
    "the replica still listens to a connection that died with the power, for up to a minute",
  ),
  fails("replication-converged", "the replica has not noticed yet that its source was gone"),
];

/** Writes hang or fail, and nothing moves. */
const FULL: Declared = {
  becomes: "stays",
  // The server looks for room again 60 s after its first failure (measured, MySQL 9.7 and MariaDB 11.8).
  backSeconds: 90,
  but: [fails("outage-within", "writes wait for the disk while the VIP stays")],
};

export const NODE_ENTRIES: readonly Entry[] = [
  {
    story: "power-loss",
    title: "The holder loses power, and is switched on again",
    why: "No goodbye, no reset: the standby waits out the silence, clients wait for answers that never come.",
    fault: { kind: "node-powered-off", node: HOLDER },
    rows: {
      "dual-script": { becomes: "moves", but: [SILENCE, MOMENT, ...BLIND] },
      // A write of the last instant may be on its way still: it arrives once the replica has noticed.
      "dual-check": { becomes: "moves", caughtUpSeconds: 90, but: [SILENCE, MOMENT] },
    },
  },
  {
    story: "reboot",
    title: "The holder is rebooted",
    why: "keepalived is stopped first and says goodbye; what comes up first afterwards decides whether it stays up.",
    fault: { kind: "node-rebooted", node: HOLDER, downUs: 3_000_000 },
    rows: { "dual-script": { becomes: "moves" }, "dual-check": { becomes: "moves" } },
  },
  {
    story: "node-frozen",
    title: "Every process of the holder freezes, its kernel answers",
    why: "The freezer, a swap storm: ARP and handshakes go on as if all were well, nothing behind them does.",
    fault: { kind: "node-paused", node: HOLDER, network: "answers" },
    rows: {
      "dual-script": {
        becomes: "both",
        but: [fails("holder-can-serve", "the frozen holder keeps the VIP and answers nothing")],
      },
      "dual-check": {
        becomes: "both",
        but: [fails("holder-can-serve", "the frozen holder keeps the VIP and answers nothing")],
      },
    },
  },
  {
    story: "node-paused",
    title: "The holder is paused as a virtual machine is, network and all, and goes on later",
    why: "A stunned virtual machine comes back with the VIP still on it, in the middle of somebody else's term.",
    fault: { kind: "node-paused", node: HOLDER, network: "silent" },
    rows: {
      "dual-script": {
        becomes: "both",
        but: [fails("holder-can-serve", "the paused holder keeps the VIP and cannot be reached")],
      },
      "dual-check": {
        becomes: "both",
        but: [fails("holder-can-serve", "the paused holder keeps the VIP and cannot be reached")],
      },
    },
  },
  {
    story: "cpu-starved",
    title: "The holder gets a tenth of one processor",
    why: "A neighbour's job, a throttled container: adverts must still go out in time, and the check must end in time.",
    fault: { kind: "cpu-starved", node: HOLDER, share: 0.1 },
    rows: { "dual-script": { becomes: "wanders" }, "dual-check": { becomes: "wanders" } },
  },
  {
    story: "memory-exhausted",
    title: "The OOM killer takes mysqld on the holder",
    why: "The largest process is the one that is killed, and on a database host that is the database.",
    fault: { kind: "memory-exhausted", node: HOLDER },
    rows: MYSQLD_GONE,
  },
  {
    story: "disk-full",
    title: "The holder's data directory is full",
    why: "The server runs, logs in and reads; writes hang or fail, and a check that looks at the port sees nothing.",
    fault: { kind: "disk-full", node: HOLDER },
    topology: smallDisk,
    rows: { "dual-script": FULL, "dual-check": FULL },
  },
];

const SMALL_DISK_MB = 400;

function smallDisk(row: Row): ReturnType<typeof dualScript> {
  const topology =
    row.name === "dual-script"
      ? dualScript({ variant: "small disk" })
      : dualCheck({ variant: "small disk" });
  return {
    ...topology,
    nodes: topology.nodes.map((node) =>
      node.mysql === undefined
        ? node
        : { ...node, mysql: { ...node.mysql, dataDiskMb: SMALL_DISK_MB } },
    ),
  };
}
