/** What the run itself showed, and why: two holders, lost writes, clients that hung, a failure nobody noticed, a second move. */
import { InputError } from "../harness/core/errors.ts";
import { formatSeconds, milliseconds, seconds, type Us } from "../harness/core/time.ts";
import type { PlainFault } from "../harness/fault/fault.ts";
import { only } from "../harness/history/events.ts";
import {
  holdings,
  judgedSpan,
  moves,
  overlaps,
  tenures,
  type Overlap,
} from "../harness/history/queries.ts";
import { CLASS_WORDS } from "../harness/predict/classes.ts";
import { predict } from "../harness/predict/predict.ts";
import { boundsOf } from "../harness/predict/quantity.ts";
import { predictedNodes, whatIf, type ConfigNode } from "../harness/predict/what-if/apply.ts";
import { parseWish } from "../harness/predict/what-if/wish.ts";
import { vipAddresses } from "../harness/topology/resolve.ts";
import type { AdviceWhatIf, Weighed } from "./advice.ts";
import { judged, predicted, rowFor, settingOf, type AdviceContext } from "./advice-context.ts";
import { WEIGHT } from "./advice-weight.ts";
import { outagesOf, type Outage } from "./clients.ts";
import { counted } from "./units.ts";

export function seenAdvice(context: AdviceContext): Weighed[] {
  return [
    ...splitBrain(context),
    ...lostWrites(context),
    ...notNoticed(context),
    ...keptConnections(context),
    ...staleNeighbours(context),
    ...movedTwice(context),
  ];
}

/** A rendez-vous of two hands at a hand-over is shorter. */
const TOGETHER_US_MIN = milliseconds(10);

function splitBrain(context: AdviceContext): Weighed[] {
  const judgement = judged(context, "single-holder");
  const span = judgedSpan(context.run.events);
  if (judgement?.verdict !== "fail" || span === undefined) return [];
  const longest = vipAddresses(context.topology)
    .flatMap((vip) => overlaps(holdings(context.run.events, vip)))
    .filter(({ startUs, endUs }) => endUs - startUs > TOGETHER_US_MIN && endUs > span.startUs)
    .toSorted((a, b) => b.endUs - b.startUs - (a.endUs - a.startUs))[0];
  if (longest === undefined) return [];
  const lastedUs = longest.endUs - longest.startUs;
  const { suggestion, words } = splitWords(context, longest);
  return [
    {
      weight: WEIGHT.data + lastedUs,
      advice: {
        id: "split-brain",
        title: `${longest.first.node} and ${longest.second.node} both held the VIP for ${formatSeconds(lastedUs)}`,
        because: { words, events: judgement.evidence.slice(0, 8) },
        ...(suggestion === undefined ? {} : { suggestion }),
        standing: context.seen,
      },
    },
  ];
}

const SILENCED: readonly PlainFault["kind"][] = [
  "vrrp-blocked",
  "adverts-lost",
  "adverts-delayed",
  "cut",
  "packets-lost",
  "packets-delayed",
  "network-disconnected",
];
const LEFT_BEHIND: readonly PlainFault["kind"][] = [
  "keepalived-killed",
  "service-frozen",
  "node-paused",
  "cpu-starved",
  "memory-exhausted",
];
const ILL_FITTING: readonly PlainFault["kind"][] = [
  "auth-mismatch",
  "unicast-peer-missing",
  "keepalived-reconfigured",
];

/** Why there were two, as far as the faults say; what was done on purpose is not advised against. */
function splitWords(
  { faults, version }: AdviceContext,
  { first, second }: Overlap,
): { readonly words: string; readonly suggestion?: string } {
  const any = (kinds: readonly PlainFault["kind"][]): boolean =>
    faults.some(({ kind }) => kinds.includes(kind));
  if (any(ILL_FITTING)) {
    return {
      words:
        "the nodes' configurations did not fit each other, on purpose here: a node that does not take the other's adverts becomes MASTER beside it",
      suggestion:
        "compare the files of all nodes before a reload: vipdrill lint NODE1.conf NODE2.conf",
    };
  }
  if (any(["address-added"])) {
    return {
      words:
        "the address was put on the second node by hand, on purpose here; keepalived does not take an address off that it did not add",
    };
  }
  if (any(SILENCED)) {
    return {
      words:
        "no adverts got through, on purpose here; a standby cannot tell a silent network from a dead holder, and nothing in keepalived's configuration limits how long both hold. Unicast does not help when the same network carries it; a second path between the nodes, or fencing, does",
    };
  }
  if (any(LEFT_BEHIND)) {
    return {
      words: `keepalived on ${first.node} no longer ran, or stood still, and nobody else takes an address off a node: it stays until keepalived runs there again`,
    };
  }
  return {
    words: `no fault of this scenario explains it: ${first.node} and ${second.node} did not take each other's adverts (keepalived ${version})`,
  };
}

function lostWrites(context: AdviceContext): Weighed[] {
  const judgement = judged(context, "no-lost-write");
  const count = (name: string): number => {
    const value = judgement?.facts[name];
    return Array.isArray(value) ? value.length : 0;
  };
  const lost = count("lost") + count("lostOnSomeCopy");
  if (judgement?.verdict !== "fail" || lost === 0) return [];
  const waits = context.topology.nodes.some(({ mysql }) => mysql?.semiSync !== undefined);
  const clashing = Array.isArray(judgement.facts["clashes"]);
  const split = judged(context, "single-holder")?.verdict === "fail";
  const stopped = context.faults.some(({ kind }) =>
    ["replication-stopped", "replication-delayed", "replication-broken"].includes(kind),
  );
  const why = [
    judgement.reason,
    ...(waits || clashing
      ? []
      : ["replication is asynchronous: a source acknowledges before any replica has the write"]),
    ...(stopped ? ["replication was held up on purpose here"] : []),
    ...(split ? ["two nodes held the VIP, and each took writes that the other did not get"] : []),
  ];
  return [
    {
      weight: WEIGHT.data + lost,
      advice: {
        id: "lost-writes",
        title: `${counted(lost, "acknowledged write")} lost, or missing from a copy`,
        because: { words: why.join("; "), events: judgement.evidence.slice(0, 8) },
        ...(waits || split || clashing
          ? {}
          : {
              suggestion:
                "semi-synchronous replication (MySQL Reference Manual, Semisynchronous Replication): a commit is acknowledged when a replica has it; the drills power-loss-asynchronous and power-loss-semi-synchronous show the difference",
              price:
                "every commit waits for a round trip; when no replica answers within rpl_semi_sync_source_timeout, writes go on unprotected or, with a long time-out, clients wait",
            }),
        standing: context.seen,
      },
    },
  ];
}

function longest(list: readonly Outage[], lane: Outage["lane"]): Outage | undefined {
  return list
    .filter((item) => item.lane === lane)
    .toSorted((a, b) => b.endUs - b.startUs - (a.endUs - a.startUs))[0];
}

function lengthOf(outage: Outage | undefined): Us {
  return outage === undefined ? 0 : outage.endUs - outage.startUs;
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
  const outage = longest(outagesOf(run.events, run.record.scenario.workload.cadenceUs), "fresh");
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
        ...better,
        standing: context.seen,
      },
    },
  ];
}

type Remedy = Pick<Weighed["advice"], "suggestion" | "price" | "whatIf" | "setting">;

/** A weight that crosses, or none at all, where that makes the difference. */
function noticing(context: AdviceContext): Remedy {
  const { row, holder, fault, nodes, version, read } = context;
  if (row?.outcome !== "never" || holder === undefined || fault === undefined) return {};
  const scripts = read.find(({ name }) => name === holder)?.result.config.scripts ?? [];
  for (const script of scripts.filter(({ weight }) => weight !== 0)) {
    const wish = `${script.name}.weight=0`;
    const after = attempt(nodes, [wish], version);
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

function attempt(
  nodes: readonly ConfigNode[],
  wishes: readonly string[],
  version: AdviceContext["version"],
): readonly ConfigNode[] | undefined {
  try {
    return whatIf(nodes, wishes.map(parseWish), version).nodes;
  } catch (error) {
    // What this keepalived does not take is no advice.
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Kept connections that wait so much longer than new ones do not know that their server is gone. */
const HANG_US_MIN = seconds(2);

function keptConnections(context: AdviceContext): Weighed[] {
  const { run } = context;
  const all = outagesOf(run.events, run.record.scenario.workload.cadenceUs);
  const held = longest(all, "held");
  const [heldUs, freshUs] = [lengthOf(held), lengthOf(longest(all, "fresh"))];
  const { failover } = run.result;
  if (held === undefined || failover === undefined || heldUs - freshUs < HANG_US_MIN) return [];
  const end = held.first === undefined ? " (until the load ended)" : "";
  const events = [held.last?.seq, failover.faultEvent, held.first?.seq];
  return [
    {
      weight: WEIGHT.time + heldUs - freshUs,
      advice: {
        id: "kept-connections",
        title: `A kept connection was without writes for ${formatSeconds(heldUs)}${end}, new ones for ${formatSeconds(freshUs)}`,
        costUs: { minUs: heldUs - freshUs, maxUs: heldUs - freshUs, ofUs: heldUs },
        because: {
          words:
            "nobody closes the connections to a node that has lost the VIP: their packets go to the other node, or nowhere, until the client gives up",
          events: events.filter((event) => event !== undefined),
        },
        suggestion: `time limits in the clients (connect, read and write), well below ${formatSeconds(heldUs)}, and a pool that tests a connection before it hands it out`,
        price: "a statement that takes longer than the limit is cut off",
        standing: context.seen,
      },
    },
  ];
}

const STALE_US_MIN = seconds(1);
/** A burst is sent within that of its time on a quiet machine. */
const BURST_US = milliseconds(100);

/** Stale entries that ended with a repeated announcement: they waited for its delay. */
function staleNeighbours(context: AdviceContext): Weighed[] {
  const { run, read } = context;
  const judgement = judged(context, "arp-converged");
  const stale = spansOf(judgement?.facts["stale"])
    .filter(({ startUs, endUs }) => endUs - startUs >= STALE_US_MIN)
    .toSorted((a, b) => b.endUs - b.startUs - (a.endUs - a.startUs))[0];
  const ended = only(run.events, "arp").find(
    ({ gratuitous, tUs }) =>
      gratuitous && stale !== undefined && Math.abs(stale.endUs - tUs) < BURST_US,
  );
  const { sender, senderAddress: vip } = ended ?? {};
  const instance = read
    .find(({ name }) => name === sender)
    ?.result.config.instances.find(({ addresses }) => addresses.some((own) => own.address === vip));
  if (stale === undefined || ended === undefined || sender === undefined) return [];
  if (instance === undefined || judgement === undefined) return [];
  const { masterDelayUs, lowerPrioDelayUs } = instance.garp;
  const burst = [
    { keyword: "garp_master_delay", delayUs: masterDelayUs, since: gains(run, vip, sender) },
    { keyword: "garp_lower_prio_delay", delayUs: lowerPrioDelayUs, since: reunions(run, vip) },
  ].find(
    ({ delayUs, since }) =>
      delayUs > ONE && since.some((tUs) => Math.abs(tUs + delayUs - ended.tUs) < BURST_US),
  );
  if (burst === undefined) return [];
  const { keyword, delayUs } = burst;
  const setting = settingOf(context, sender, instance, keyword);
  const staleUs = stale.endUs - stale.startUs;
  return [
    {
      weight: WEIGHT.service + staleUs,
      advice: {
        id: keyword,
        title: `Neighbours sent to the old holder for ${formatSeconds(staleUs)}, until ${sender} announced the VIP again, ${keyword} ${formatSeconds(delayUs)} after the first time`,
        ...(setting === undefined ? {} : { setting }),
        because: {
          words: `${judgement.reason}; the first announcement did not reach them`,
          events: [...judgement.evidence.slice(0, 8), ended.seq],
        },
        suggestion: "repeat the announcements after 1 s",
        price:
          "announcements that are lost for longer than 1 s are then not repeated, unless garp_master_refresh does so",
        whatIf: {
          change: [`${keyword}=1`],
          of: "first announcement to the second",
          before: { minUs: delayUs, meanUs: delayUs, maxUs: delayUs },
          after: { minUs: ONE, meanUs: ONE, maxUs: ONE },
          basis: "formula",
        },
        standing: context.seen,
      },
    },
  ];
}

const ONE = seconds(1);

/** When a node got the address. */
function gains({ events }: AdviceContext["run"], vip: string | undefined, node: string): Us[] {
  return holdings(events, vip ?? "")
    .filter((item) => item.node === node)
    .map(({ startUs }) => startUs);
}

/** When two holders became one again. */
function reunions({ events }: AdviceContext["run"], vip: string | undefined): Us[] {
  return overlaps(holdings(events, vip ?? "")).map(({ endUs }) => endUs);
}

function spansOf(value: unknown): { readonly startUs: Us; readonly endUs: Us }[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    const { startUs, endUs } = item as { startUs?: unknown; endUs?: unknown };
    return typeof startUs === "number" && typeof endUs === "number" ? [{ startUs, endUs }] : [];
  });
}

/** Away and back again: the way back is a move of its own, and it is optional. */
function movedTwice(context: AdviceContext): Weighed[] {
  const { run, topology, read } = context;
  const { failover } = run.result;
  const vip = vipAddresses(topology)[0];
  if (failover === undefined || vip === undefined) return [];
  // Of two holders that hear each other again the stronger stays, nopreempt or not.
  if (judged(context, "single-holder")?.verdict === "fail") return [];
  const back = moves(tenures(run.events, vip)).find(
    ({ tUs, to }) => to === failover.from && tUs > failover.faultUs,
  );
  const instance = read
    .find(({ name }) => name === failover.from)
    ?.result.config.instances.find(({ addresses }) => addresses.some((own) => own.address === vip));
  if (back === undefined || instance === undefined || instance.nopreempt) return [];
  const outage = outagesOf(run.events, run.record.scenario.workload.cadenceUs).find(
    ({ lane, startUs, endUs }) => lane === "fresh" && startUs <= back.tUs && endUs >= back.tUs,
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

function staying(
  { nodes, read, version }: AdviceContext,
  home: string,
  isMaster: boolean,
): { suggestion?: string; price?: string; whatIf?: AdviceWhatIf } {
  const wishes = [...(isMaster ? [`${home}:state=BACKUP`] : []), `${home}:nopreempt=on`];
  const after = attempt(nodes, wishes, version);
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
