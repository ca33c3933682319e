/** Document 001: its three cases of preemption, as a table over state, nopreempt and priority. */
import {
  after,
  passes,
  seconds,
  type PromiseTried,
  type Scenario,
  type Step,
} from "../../harness/scenario/index.ts";
import type { Role } from "../shared/pair.ts";
import { dualScript } from "../shared/dual-script.ts";
import { dataAndCleanUp, drill, homecoming, moved, served, strike } from "../stories/common.ts";
import type { Row } from "../stories/row.ts";

interface Case {
  readonly story: string;
  readonly title: string;
  readonly why: string;
  readonly roles: readonly [Role, Role];
  /** The VIP goes back to its first holder once that is healthy again. */
  readonly returns: boolean;
  readonly promises: readonly PromiseTried[];
}

const backup = (priority: number, nopreempt = false): Role =>
  nopreempt ? { state: "BACKUP", priority, nopreempt } : { state: "BACKUP", priority };
const master = (priority: number, nopreempt = false): Role =>
  nopreempt ? { state: "MASTER", priority, nopreempt } : { state: "MASTER", priority };

const CASES: readonly Case[] = [
  {
    story: "preemption-a",
    title: "MASTER 101 and BACKUP 99",
    why: "The how-to's set-up: what it calls preempting mode.",
    roles: [master(101), backup(99)],
    returns: true,
    promises: [{ promise: "001/preempting-by-priority", comesOut: "kept" }],
  },
  {
    story: "preemption-a-nopreempt",
    title: "MASTER 101 and BACKUP 99, both with nopreempt",
    why: "keepalived takes nopreempt back where the state is MASTER, so that the setting is in the file and does nothing.",
    roles: [master(101, true), backup(99, true)],
    returns: true,
    promises: [
      {
        promise: "001/case-a",
        comesOut: "kept",
        note: "keepalived calls it a configuration error and clears nopreempt",
      },
    ],
  },
  {
    story: "preemption-b",
    title: "BACKUP 101 and BACKUP 99",
    why: "Without nopreempt the words MASTER and BACKUP change nothing.",
    roles: [backup(101), backup(99)],
    returns: true,
    promises: [{ promise: "001/case-b", comesOut: "kept" }],
  },
  {
    story: "preemption-state-against-priority",
    title: "MASTER 99 and BACKUP 101",
    why: "If the word decided anything, the first node would have the VIP.",
    roles: [master(99), backup(101)],
    returns: true,
    promises: [{ promise: "001/preempting-by-priority", comesOut: "kept" }],
  },
  {
    story: "preemption-c",
    title: "BACKUP 101 and BACKUP 99, both with nopreempt",
    why: "The recipe for a VIP that stays where it is: a second move costs clients as much as the first one did.",
    roles: [backup(101, true), backup(99, true)],
    returns: false,
    promises: [{ promise: "001/case-c", comesOut: "kept" }],
  },
  {
    story: "preemption-c-preferred-only",
    title: "BACKUP 101 with nopreempt, BACKUP 99 without",
    why: "It is the node with the higher priority that would preempt, so nopreempt on it is enough.",
    roles: [backup(101, true), backup(99)],
    returns: false,
    promises: [],
  },
  {
    story: "preemption-c-other-only",
    title: "BACKUP 101 without nopreempt, BACKUP 99 with it",
    why: "nopreempt on the lower priority alone is the commonest way of having it and not having it.",
    roles: [backup(101), backup(99, true)],
    returns: true,
    promises: [
      {
        promise: "001/case-c",
        comesOut: "kept-only-if",
        note: "nopreempt is on the node with the higher priority",
      },
    ],
  },
];

export function preemptionCases(row: Row): readonly Scenario[] {
  return CASES.map((item) => preemptionCase(row, item));
}

function preemptionCase(row: Row, { roles, returns, ...words }: Case): Scenario {
  return drill(row, {
    ...words,
    topology: dualScript({ roles, variant: words.story }),
    disturb: [strike({ kind: "keepalived-stopped", node: { role: "holder" } }), moved, served],
    recover: [...homecoming({ ...row, preempts: returns }), ...(returns ? [] : secondFailure)],
    expect: [
      passes("schedule-followed"),
      passes("single-holder"),
      passes("vip-available", { maxGapMs: row.goodbyeGapMsMax }),
      passes("failover-within"),
      passes("preemption", { expect: returns ? "returns" : "stays" }),
      passes("holder-can-serve"),
      ...dataAndCleanUp,
    ],
  });
}

/** "Only when the other one fails": and then it does come back. */
const secondFailure: readonly Step[] = [
  {
    id: "second-failure",
    when: after(0),
    fault: { kind: "keepalived-stopped", node: { role: "holder" } },
  },
  { id: "home", when: { kind: "when", condition: "vip-home", boundUs: seconds(8) } },
];
