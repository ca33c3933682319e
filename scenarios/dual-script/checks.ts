/**
 * Document 001: its check scripts against the troubles a MySQL server can have, and ours against the same.
 * What a check does not see does not move the VIP.
 */
import {
  after,
  fails,
  passes,
  seconds,
  when,
  type Expectation,
  type Fault,
  type PromiseTried,
  type Scenario,
  type Step,
} from "../../harness/scenario/index.ts";
import type { CheckScript } from "../shared/checks.ts";
import { dualScript } from "../shared/dual-script.ts";
import type { Check } from "../shared/pair.ts";
import {
  cleanFailover,
  dataAndCleanUp,
  drill,
  FIRST_HOLDER,
  home,
  moved,
  served,
  servedAtHome,
  startKeepalivedAgain,
  strike,
  watch,
} from "../stories/common.ts";
import type { Row } from "../stories/row.ts";

/**
 * What becomes of the VIP. `moves`: it goes, and comes back when MySQL does. `moves-for-good`: it goes, and keepalived
 * has to be started by hand. `stays`: nobody noticed, or the trouble was mended on the spot.
 */
type Outcome = "moves" | "moves-for-good" | "stays";

interface Case {
  readonly story: string;
  readonly title: string;
  readonly why: string;
  readonly check: CheckScript;
  readonly settings?: Partial<Check>;
  readonly fault: Fault;
  readonly outcome: Outcome;
  /** How long the holder may be without a MySQL that answers; absent: it is, for as long as the fault lasts. */
  readonly silentMsMax?: number;
  /** Longest time without a VIP. */
  readonly gapMsMax?: number;
  readonly extra?: readonly Expectation[];
  readonly promises?: readonly PromiseTried[];
}

const HOLDER = { role: "holder" } as const;
const killed: Fault = { kind: "mysqld-killed", node: HOLDER };
const frozen: Fault = { kind: "service-frozen", node: HOLDER, service: "mysql" };

/** Time enough for three attempts: keepalived ends a check that takes longer than its interval. */
const THREE_QUICK: Partial<Check> = { intervalSeconds: 5, timeoutSeconds: 4 };
const THREE_SLOW: Partial<Check> = { intervalSeconds: 10, timeoutSeconds: 9 };

/** Two to three intervals until two runs were cut off, and then the silence of 3.6 s that the standby waits for. */
const BY_WEIGHT_MS = 12_500;

/** Ours: asked every second, a verdict after two; a run that takes 2 s is a failure of its own. */
export const RECOMMENDED: Partial<Check> = { intervalSeconds: 1, timeoutSeconds: 2, rise: 2 };
const RECOMMENDED_MS = 8000;

const CASES: readonly Case[] = [
  {
    story: "check-port-frozen",
    title: "mysqld freezes behind the check that looks at the port",
    why: "A process that hangs on storage keeps its port: the kernel accepts for it, and the check sees a listener.",
    check: "port-then-stop",
    fault: frozen,
    outcome: "stays",
    promises: [
      {
        promise: "001/script-notices",
        comesOut: "kept-only-if",
        note: "the process is gone; a server that hangs, refuses logins or takes no writes still listens",
      },
    ],
  },
  {
    story: "check-sql-killed",
    title: "mysqld is killed behind the check with three attempts",
    why:
      "The document's improved script. keepalived gives a check as long as its interval, 2 s here, and the third " +
      "attempt would come later: the script is ended before it kills anything, counts as failed, and the weight moves the VIP.",
    check: "sql-then-kill",
    fault: killed,
    outcome: "moves",
    silentMsMax: BY_WEIGHT_MS,
    promises: [
      {
        promise: "001/sql-script-spares-keepalived",
        comesOut: "kept-only-if",
        note: "the script is cut off by keepalived's timeout before its third attempt, which the document's settings do by accident",
      },
      { promise: "001/weight-lowers-priority", comesOut: "kept" },
    ],
  },
  {
    story: "check-sql-killed-in-time",
    title: "mysqld is killed behind the check with three attempts, which has the time for them",
    why:
      "The same script, interval 5 s, timeout 4 s: it gets to its third attempt and kills keepalived. The VIP moves sooner " +
      "after the verdict, and does not come back with MySQL: nobody starts keepalived.",
    check: "sql-then-kill",
    settings: THREE_QUICK,
    fault: killed,
    outcome: "moves-for-good",
    silentMsMax: 9000,
    promises: [
      {
        promise: "001/sql-script-spares-keepalived",
        comesOut: "broken",
        note: "pkill keepalived is in the script; the VIP returns only when somebody starts keepalived",
      },
    ],
  },
  {
    story: "check-sql-frozen",
    title: "mysqld freezes behind the check with three attempts",
    why: "A question that is never answered has no failure of its own: it is keepalived's timeout that makes it one.",
    check: "sql-then-kill",
    fault: frozen,
    outcome: "moves",
    silentMsMax: BY_WEIGHT_MS,
  },
  {
    story: "check-sql-slip",
    title: "mysqld is killed behind a check whose return code is the wrong way round",
    why:
      "The document's function returns 1 for healthy. Once a caller believes it, a healthy server fails the check and a " +
      "dead one passes it: both nodes run degraded, nobody sees it, and the real failure moves nothing.",
    check: "sql-then-kill-slip",
    fault: killed,
    outcome: "stays",
  },
  {
    story: "check-restart-killed",
    title: "mysqld is killed behind the check that would restart it",
    why:
      "The document's third script: two seconds between attempts, and keepalived ends it after two. It never gets to the " +
      "restart; what happens is the weight's doing.",
    check: "sql-then-restart",
    fault: killed,
    outcome: "moves",
    silentMsMax: BY_WEIGHT_MS,
    promises: [
      {
        promise: "001/restart-script-repairs",
        comesOut: "broken",
        note: "with the document's settings keepalived ends the script before it restarts anything",
      },
    ],
  },
  {
    story: "check-restart-killed-in-time",
    title: "mysqld is killed behind the check that restarts it, which has the time for it",
    why: "Interval 10 s, timeout 9 s: the script restarts MySQL where it is. The VIP stays, and clients wait about as long as for a slow failover.",
    check: "sql-then-restart",
    settings: THREE_SLOW,
    fault: killed,
    outcome: "stays",
    silentMsMax: 18_000,
    promises: [
      {
        promise: "001/restart-script-repairs",
        comesOut: "kept-only-if",
        note: "interval and timeout give it the 4 s and more that its attempts take",
      },
    ],
  },
  {
    story: "recommended-killed",
    title: "mysqld is killed behind the recommended check",
    why: "The plain case has to work: two failures, the weight, the other node, and back when MySQL is.",
    check: "recommended",
    settings: RECOMMENDED,
    fault: killed,
    outcome: "moves",
    silentMsMax: RECOMMENDED_MS,
  },
  {
    story: "recommended-frozen",
    title: "mysqld freezes behind the recommended check",
    why: "The check's own deadline of 1 s makes silence a failure, before keepalived's does.",
    check: "recommended",
    settings: RECOMMENDED,
    fault: frozen,
    outcome: "moves",
    silentMsMax: RECOMMENDED_MS,
  },
];

export function checkCases(row: Row): readonly Scenario[] {
  return [...CASES.map((item) => checkCase(row, item)), slipInTime(row)];
}

/** The slip with the time for three attempts. Both nodes end themselves before either becomes MASTER. */
function slipInTime(row: Row): Scenario {
  return drill(row, {
    story: "check-sql-slip-in-time",
    title:
      "Both servers are well, and the check's return code is the wrong way round with time for three attempts",
    why:
      "What the slip does once somebody gives the script the time that it needs: both nodes find their healthy server dead and " +
      "kill their own keepalived, two seconds after its start. There is no VIP, and nothing is wrong with MySQL.",
    topology: dualScript({
      check: "sql-then-kill-slip",
      settings: THREE_QUICK,
      variant: "check-sql-slip-in-time",
    }),
    settlesTo: "services-started",
    disturb: [{ id: "nobody", when: after(seconds(10)) }],
    expect: [
      passes("schedule-followed"),
      passes("settled", { holders: "any" }),
      passes("enough-activity", { writes: 0, reads: 0 }),
      passes("single-holder"),
      fails(
        "vip-available",
        "both nodes have killed their own keepalived, so nobody takes the VIP",
      ),
      passes("nothing-leaked"),
    ],
    promises: [
      {
        promise: "001/sql-script-spares-keepalived",
        comesOut: "broken",
        note: "with the return code the wrong way round a healthy server ends keepalived, on both nodes",
      },
    ],
  });
}

function checkCase(row: Row, item: Case): Scenario {
  const { story, title, why, promises = [], check, settings = {} } = item;
  return drill(row, {
    story,
    title,
    why,
    promises,
    topology: dualScript({ check, settings, variant: story }),
    disturb: [strike(item.fault), ...(item.outcome === "stays" ? stays(item) : [moved, served])],
    recover: wayBack(row, item.outcome),
    expect: [...expectations(row, item), ...(item.extra ?? [])],
  });
}

/** Long enough for any of the checks here to have acted; or until the server is back, mended on the spot. */
function stays({ silentMsMax }: Case): readonly Step[] {
  if (silentMsMax === undefined) return [watch(14)];
  return [{ id: "mended", when: when("writes-resumed", seconds(20)) }, watch(20)];
}

function wayBack(row: Row, outcome: Outcome): readonly Step[] {
  // Two good runs, or one, and then the VIP's owner takes it back from a lower priority.
  const back = { ...row, returnMsMax: row.returnMsMax + 4000 };
  if (outcome === "stays") return [{ ...servedAtHome, id: "served-again" }];
  if (outcome === "moves") return [home(back), servedAtHome];
  return [startKeepalivedAgain(FIRST_HOLDER), home(back), servedAtHome];
}

function expectations(row: Row, item: Case): readonly Expectation[] {
  const { silentMsMax } = item;
  if (item.outcome !== "stays") {
    return cleanFailover(row, silentMsMax === undefined ? {} : { silentMsMax });
  }
  return [
    passes("schedule-followed"),
    passes("single-holder"),
    passes("vip-available"),
    fails("failover-within", "the check does not see this, so nothing moves", { moved: false }),
    silentMsMax === undefined
      ? fails("holder-can-serve", "the VIP stays with a server that does not answer")
      : passes("holder-can-serve", { maxSpellMs: silentMsMax }),
    ...dataAndCleanUp,
  ];
}
