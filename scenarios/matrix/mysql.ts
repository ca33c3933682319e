/** Faults of MySQL and of replication against the rows. */
import { fails, passes } from "../../harness/scenario/index.ts";
import { dualCheck } from "../shared/dual-check.ts";
import { dualScript } from "../shared/dual-script.ts";
import type { Declared, Entry } from "./matrix.ts";
import { MYSQLD_GONE } from "./process.ts";

const HOLDER = { role: "holder" } as const;
const STANDBY = { role: "standby" } as const;
const OUTAGE = fails("outage-within", "clients cannot write while the VIP stays where it is");

/** Nobody new gets in, and nothing moves. */
const REFUSED: Declared = {
  becomes: "stays",
  but: [
    fails(
      "outage-within",
      "new connections are refused while the VIP stays",
      {},
      { lane: "fresh" },
    ),
  ],
};

/** MySQL 9.7 stalls while it switches: 0.1 to 1.1 s in seven tries, the probe included. */
const SWITCHED: Declared = {
  becomes: "stays",
  but: [passes("holder-can-serve", { maxSpellMs: 2000 })],
};

export const MYSQL_ENTRIES: readonly Entry[] = [
  {
    story: "read-only",
    title: "The holder's MySQL is set read-only",
    why: "A switchover script that ran half-way: reads work, the check is content, no write gets through.",
    fault: { kind: "mysql-read-only", node: HOLDER, super: true },
    rows: {
      "dual-script": { becomes: "stays", but: [OUTAGE] },
      "dual-check": { becomes: "stays", but: [OUTAGE] },
    },
  },
  {
    story: "connections-exhausted",
    title: "The holder's MySQL takes no more connections",
    why: "A leak in one application: those who are in go on working, everybody else is refused, root's check included or not.",
    fault: { kind: "connections-exhausted", node: HOLDER },
    rows: { "dual-script": REFUSED, "dual-check": REFUSED },
  },
  {
    story: "tables-locked",
    title: "A backup holds the global read lock on the holder",
    why: "Writes wait, and go on waiting; nothing fails, so nothing is noticed.",
    fault: { kind: "tables-locked", node: HOLDER },
    rows: {
      "dual-script": { becomes: "stays", but: [OUTAGE] },
      "dual-check": { becomes: "stays", but: [OUTAGE] },
    },
  },
  {
    story: "replication-stopped",
    title: "Replication is stopped on the standby",
    why: "Nobody's clients notice; the next failover is to a server that is behind.",
    fault: { kind: "replication-stopped", node: STANDBY, thread: "both" },
    rows: { "dual-script": { becomes: "stays" }, "dual-check": { becomes: "stays" } },
  },
  {
    story: "replication-delayed",
    title: "The standby applies two seconds late",
    why: "What a failover to it would show of the last two seconds: nothing.",
    fault: { kind: "replication-delayed", node: STANDBY, delayUs: 2_000_000 },
    rows: { "dual-script": { becomes: "stays" }, "dual-check": { becomes: "stays" } },
  },
  {
    story: "replication-broken",
    title: "Replication breaks on the standby with a duplicate key",
    why: "Somebody wrote to the replica. It stops at the first collision, and stays stopped.",
    fault: { kind: "replication-broken", node: STANDBY },
    rows: {
      "dual-script": {
        becomes: "stays",
        but: [
          fails(
            "replication-broken",
            "the standby's applier stops at the row that is there already",
          ),
        ],
      },
      "dual-check": {
        becomes: "stays",
        but: [
          fails(
            "replication-broken",
            "the standby's applier stops at the row that is there already",
          ),
        ],
      },
    },
  },
  {
    story: "crash-recovery-slow",
    title: "mysqld is killed on the holder and takes long to recover",
    why: "The process is there again at once, the port is not: rolling forward takes as long as it takes.",
    fault: { kind: "crash-recovery-slow", node: HOLDER, forUs: 6_000_000 },
    rows: MYSQLD_GONE,
  },
  {
    story: "semi-sync-off",
    title: "Semi-synchronous replication is switched off on the holder",
    why: "It looks the same to every client, until a power cut shows that it was off.",
    fault: { kind: "semi-sync-off", node: HOLDER },
    topology: (row) =>
      row.name === "dual-script"
        ? dualScript({ variant: "semi-sync", semiSync: true })
        : dualCheck({ variant: "semi-sync", semiSync: true }),
    rows: { "dual-script": SWITCHED, "dual-check": SWITCHED },
  },
];
