/** What the run itself showed, and why; here: a failure that nobody noticed, and a second move. */
import { formatSeconds, seconds } from "../harness/core/time.ts";
import type { PlainFault } from "../harness/fault/fault.ts";
import { only } from "../harness/history/events.ts";
import { moves, tenures } from "../harness/history/queries.ts";
import { CLASS_WORDS } from "../harness/predict/classes.ts";
import { predict } from "../harness/predict/predict.ts";
import { boundsOf } from "../harness/predict/quantity.ts";
import { predictedNodes } from "../harness/predict/what-if/apply.ts";
import { vipAddresses } from "../harness/topology/resolve.ts";
import type { AdviceWhatIf, Weighed } from "./advice.ts";
import {
  answersBesideHolder,
  directorForgets,
  foreignHost,
  keptConnections,
  staleNeighbours,
} from "./advice-clients.ts";
import {
  attempt,
  configOf,
  instanceOf,
  judged,
  predicted,
  rowFor,
  settingOf,
  type AdviceContext,
} from "./advice-context.ts";
import { lostWrites, splitBrain, staleReads } from "./advice-data.ts";
import { waitsForQueue } from "./advice-timing.ts";
import { WEIGHT } from "./advice-weight.ts";
import { freshOutages, lengthOf, longestFirst } from "./clients.ts";

export function seenAdvice(context: AdviceContext): Weighed[] {
  return [
    ...splitBrain(context),
    ...lostWrites(context),
    ...staleReads(context),
    ...foreignHost(context),
    ...answersBesideHolder(context),
    ...notNoticed(context),
    ...noticedLate(context),
    ...keptConnections(context),
    ...directorForgets(context),
    ...staleNeighbours(context),
    ...movedTwice(context),
  ];
}

/** Faults after which a holder does not serve, although its keepalived is well. */
const UNWELL: readonly PlainFault["kind"][] = [
  "mysqld-killed",
  "mysqld-stopped",
  "mysqld-crash-looping",
  "crash-recovery-slow",
  "service-frozen",
  "mysql-read-only",
  "connections-exhausted",
  "tables-locked",
  "disk-full",
  "memory-exhausted",
  "check-script-replaced",
];

const NOTICE_US_MIN = seconds(1);

function notNoticed(context: AdviceContext): Weighed[] {
  const { fault, holder, row, run } = context;
  if (fault === undefined || holder === undefined || run.result.failover !== undefined) return [];
  if (!UNWELL.includes(fault.kind)) return [];
  const hit = only(run.events, "fault").find(
    ({ action, edge, node }) => action === "inject" && edge === "begin" && node === holder,
  );
  if (hit === undefined) return [];
  const [outage] = freshOutages(run).toSorted(longestFirst);
  const outUs = lengthOf(outage);
  if (outUs < NOTICE_US_MIN) return [];
  const end = outage?.first === undefined ? " (until the load ended)" : "";
  const better = noticing(context);
  return [
    {
      weight: WEIGHT.service + outUs,
      advice: {
        id: "not-noticed",
        title: `The VIP stayed on ${holder}, and clients were without writes for ${formatSeconds(outUs)}${end}`,
        because: {
          words:
            row?.outcome === "never"
              ? `by the formulas nothing moves it: ${[...row.reasons, ...row.notes].join("; ")}`
              : "no check of the configuration made keepalived give it up",
          events: [hit.seq, ...(outage?.last === undefined ? [] : [outage.last.seq])],
        },
        ...(better.suggestion === undefined ? OUTSIDE[fault.kind] : better),
        standing: context.seen,
      },
    },
  ];
}

/** A check that waits for a listen queue to be full notices a frozen mysqld by its clients' doing, whenever that is. */
function noticedLate(context: AdviceContext): Weighed[] {
  const { row, movedUs, holder, run } = context;
  const { failover } = run.result;
  if (row === undefined || movedUs === undefined || failover === undefined) return [];
  if (holder === undefined || row.event !== "mysqld-frozen" || !waitsForQueue(row)) return [];
  if (movedUs < NOTICE_US_MIN) return [];
  const moved = failover.stages.address?.event;
  return [
    {
      weight: WEIGHT.service + movedUs,
      advice: {
        id: "noticed-late",
        title: `mysqld on ${holder} hung for ${formatSeconds(movedUs)} before the VIP had moved`,
        because: {
          words:
            "TCP_CHECK: the kernel shakes hands for a mysqld that hangs, until its listen queue is full; clients that waited in it filled it here",
          events: [failover.faultEvent, moved].filter((event) => event !== undefined),
        },
        ...QUERY_CHECK,
        standing: context.seen,
      },
    },
  ];
}

type Remedy = Pick<Weighed["advice"], "suggestion" | "price" | "whatIf" | "setting">;

const WRITES_CHECK: Remedy = {
  suggestion:
    "a check that does what clients do: connect over the network as a client's account and write a row, with a time limit of its own",
  price:
    "every run costs a connection and a write; where the fault is on all nodes, nobody has the VIP",
};

const QUERY_CHECK: Remedy = {
  suggestion:
    "a check that connects over the network as an account without SUPER or CONNECTION_ADMIN, and runs a query, with a time limit of its own",
  price:
    "mere load that uses up the connections then moves the VIP, and the clients' load goes with it",
};

/**
 * What a check has to do to notice, where no other value of a setting does it. Of max_connections one more is kept for
 * accounts with CONNECTION_ADMIN (MySQL Reference Manual, "Too many connections"): such an account still gets in.
 */
const OUTSIDE: Readonly<Partial<Record<PlainFault["kind"], Remedy>>> = {
  "mysqld-killed": QUERY_CHECK,
  "mysqld-stopped": QUERY_CHECK,
  "mysqld-crash-looping": QUERY_CHECK,
  "crash-recovery-slow": QUERY_CHECK,
  "connections-exhausted": QUERY_CHECK,
  "service-frozen": QUERY_CHECK,
  "mysql-read-only": WRITES_CHECK,
  "tables-locked": WRITES_CHECK,
  "disk-full": WRITES_CHECK,
  "check-script-replaced": {
    suggestion:
      "a check whose script is part of what is deployed and verified, and that fails when it cannot do its work (exit code not 0)",
    price: "a mistake in the script then moves the VIP",
  },
  "memory-exhausted": {
    suggestion:
      "a limit for the memory of everything but mysqld and keepalived (MemoryMax in systemd units), and OOMScoreAdjust so that the kernel ends others first",
    price: "what reaches its limit is ended",
  },
};

/** A weight that crosses, or none at all, where that makes the difference. */
function noticing(context: AdviceContext): Remedy {
  const { row, holder, fault, version } = context;
  if (row?.outcome !== "never" || holder === undefined || fault === undefined) return {};
  const scripts = configOf(context, holder)?.scripts ?? [];
  for (const script of scripts.filter(({ weight }) => weight !== 0)) {
    const wish = `${script.name}.weight=0`;
    const after = attempt(context, [wish])?.nodes;
    const now =
      after === undefined ? undefined : rowFor(predictedNodes(after, version), fault, holder);
    if (now?.span === undefined || now.outcome !== "moves") continue;
    const setting = settingOf(context, holder, script, "weight");
    return {
      ...(setting === undefined ? {} : { setting }),
      suggestion: `weight 0 for ${script.name}: its failure then means FAULT, and the VIP leaves the node whatever the priorities`,
      price:
        "a node on which it fails never becomes MASTER: when it fails on all nodes, nobody has the VIP",
      whatIf: {
        change: [wish],
        of: CLASS_WORDS[row.event],
        before: "never",
        after: boundsOf(now.span.total),
        basis: "formula",
      },
    };
  }
  return {};
}

/** Away and back again: the way back is a move of its own, and it is optional. */
function movedTwice(context: AdviceContext): Weighed[] {
  const { run, topology } = context;
  const { failover } = run.result;
  const vip = vipAddresses(topology)[0];
  if (failover === undefined || vip === undefined) return [];
  // Of two holders that hear each other again the stronger stays, nopreempt or not.
  if (judged(context, "single-holder")?.verdict === "fail") return [];
  const back = moves(tenures(run.events, vip)).find(
    ({ tUs, to }) => to === failover.from && tUs > failover.faultUs,
  );
  const instance = instanceOf(context, failover.from, vip);
  if (back === undefined || instance === undefined || instance.nopreempt) return [];
  const outage = freshOutages(run).find(
    ({ startUs, endUs }) => startUs <= back.tUs && endUs >= back.tUs,
  );
  const outUs = lengthOf(outage);
  const remedy = staying(context, failover.from, instance.state === "MASTER");
  const setting = settingOf(context, failover.from, instance, "nopreempt");
  const cost = outUs === 0 ? "" : `, which cost clients another ${formatSeconds(outUs)}`;
  return [
    {
      weight: outUs === 0 ? WEIGHT.remark : WEIGHT.time + outUs,
      advice: {
        id: "moved-twice",
        title: `The VIP moved twice: it went back to ${failover.from}${cost}`,
        ...(setting === undefined ? {} : { setting }),
        because: {
          words: `${failover.from} has the higher priority and takes the VIP back when it is well again`,
          events: [failover.faultEvent, back.event],
        },
        ...remedy,
        standing: context.seen,
      },
    },
  ];
}

function staying(context: AdviceContext, home: string, isMaster: boolean): Remedy {
  const wishes = [...(isMaster ? [`${home}:state=BACKUP`] : []), `${home}:nopreempt=on`];
  const { nodes, read, version } = context;
  const after = attempt(context, wishes)?.nodes;
  if (after === undefined) return {};
  const course = (list: Parameters<typeof predict>[0]): AdviceWhatIf["before"] | undefined => {
    const row = predict(list, { holder: home })[0]?.rows.find(
      ({ event }) => event === "keepalived-started",
    );
    if (row === undefined) return undefined;
    return row.span === undefined ? "never" : boundsOf(row.span.total);
  };
  const before = course(predicted(nodes, read));
  const now = course(predictedNodes(after, version));
  if (before === undefined || before === "never" || now !== "never") return {};
  const weighted = read.some(({ result }) =>
    result.config.instances.some(({ trackScripts }) =>
      trackScripts.some(({ weight }) => weight !== 0),
    ),
  );
  return {
    suggestion: `nopreempt on ${home}${isMaster ? ", and state BACKUP, without which it is void" : ""}: the VIP stays where it is until someone moves it`,
    price: `the VIP stays on the other node for good; moving it back by hand is an interruption as well${weighted ? `; while it is on the other node, a check there that only lowers the priority no longer moves it to ${home}` : ""}`,
    whatIf: {
      change: wishes,
      of: `VIP back on ${home} after ${CLASS_WORDS["keepalived-started"]}`,
      before,
      after: now,
      basis: "formula",
    },
  };
}
