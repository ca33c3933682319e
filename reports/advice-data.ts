/** What the run showed to endanger data, and why: two holders, lost writes. */
import { durationUs, formatSeconds, milliseconds, seconds, type Us } from "../harness/core/time.ts";
import type { PlainFault } from "../harness/fault/fault.ts";
import { holdings, judgedSpan, overlaps, type Overlap } from "../harness/history/queries.ts";
import type { Finding } from "../harness/keepalived/lint/rule.ts";
import { vipAddresses } from "../harness/topology/resolve.ts";
import { onlyDirects } from "../harness/topology/virtual-servers.ts";
import type { Weighed } from "./advice.ts";
import { judged, type AdviceContext } from "./advice-context.ts";
import { advertsNeverTaken } from "./advice-lint.ts";
import { WEIGHT } from "./advice-weight.ts";
import { freshOutages, lengthOf, longestFirst, type Outage } from "./clients.ts";
import { counted } from "./units.ts";

/** Holders who pass the address on hold it together for less. */
const TOGETHER_US_MIN = milliseconds(10);

export function splitBrain(context: AdviceContext): Weighed[] {
  const judgement = judged(context, "single-holder");
  const span = judgedSpan(context.run.events);
  if (judgement?.verdict !== "fail" || span === undefined) return [];
  const together = vipAddresses(context.topology)
    .flatMap((vip) => overlaps(holdings(context.run.events, vip)))
    .filter(({ startUs, endUs }) => endUs - startUs > TOGETHER_US_MIN && endUs > span.startUs)
    .toSorted(longestFirst);
  const [longest] = together;
  if (longest === undefined) return [];
  const lastedUs = durationUs(longest);
  const never = advertsNeverTaken(context);
  const { suggestion, price, words } =
    never === undefined ? splitWords(context, longest) : { words: neverWords(never, longest) };
  const directing = [longest.first, longest.second].every(({ node }) =>
    onlyDirects(context.topology, node),
  );
  const outage = outageBy(context, longest);
  const base = directing ? WEIGHT.time : WEIGHT.data;
  const which = together.length === 1 ? "" : " (the longest time of several)";
  return [
    {
      // What lint says of it comes first: to mend that is what helps.
      weight: never === undefined ? base + lastedUs + lengthOf(outage) : base - BEHIND_LINT,
      advice: {
        id: "split-brain",
        title: `${longest.first.node} and ${longest.second.node} both held the VIP for ${formatSeconds(lastedUs)}${which}${outageWords(outage)}`,
        because: {
          words: directing ? `${words}; ${DIRECTORS}` : words,
          events: [
            ...judgement.evidence.slice(0, 8),
            ...(outage?.last === undefined ? [] : [outage.last.seq]),
          ],
        },
        ...(suggestion === undefined ? {} : { suggestion }),
        ...(price === undefined ? {} : { price }),
        standing: context.seen,
      },
    },
  ];
}

/** Lint's own advice has up to 10 less than the weight of what was seen (`advice-lint.ts`). */
const BEHIND_LINT = 20;

function neverWords({ rule }: Finding, { first, second }: Overlap): string {
  return `by their configurations ${first.node} and ${second.node} never take each other's adverts (${rule}, which see): no second path for VRRP helps, and whoever is fenced does the same when it is back`;
}

/** Neighbours may send to the one that has given the VIP up: an outage that begins while two hold it, or as that ends, is its doing. */
const ENDING_US: Us = milliseconds(500);

function outageBy({ run }: AdviceContext, { startUs, endUs }: Overlap): Outage | undefined {
  const [longest] = freshOutages(run)
    .filter((outage) => outage.startUs >= startUs && outage.startUs <= endUs + ENDING_US)
    .toSorted(longestFirst);
  return lengthOf(longest) < OUTAGE_US_MIN ? undefined : longest;
}

const OUTAGE_US_MIN: Us = seconds(1);

function outageWords(outage: Outage | undefined): string {
  if (outage === undefined) return "";
  const end = outage.first === undefined ? " (until the load ended)" : "";
  return `, and new connections then had no write acknowledged for ${formatSeconds(lengthOf(outage))}${end}`;
}

/** docs/lvs.md: a split brain of directors is not one of data. */
const DIRECTORS =
  "both are directors in front of the same servers: no data is torn apart, and what it costs are connections of clients that change from one to the other";

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

/** Outside of keepalived's configuration of one network: nothing in that helps. */
const APART = {
  suggestion:
    "a second path for VRRP between the nodes (a network of its own), or fencing: whoever takes over first switches the other node off",
  price:
    "a second path does not help when it fails with the first; fencing needs a device that both nodes can reach, and a fault in it costs a healthy node",
} as const;

/** Why there were two, as far as the faults say; what was done on purpose is not advised against. */
function splitWords(
  { faults, version }: AdviceContext,
  { first, second }: Overlap,
): { readonly words: string; readonly suggestion?: string; readonly price?: string } {
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
      suggestion:
        "move the VIP with keepalived only (stop it, or lower its priority), never with ip address add; a monitor that asks every node for the VIP shows the second one",
    };
  }
  if (any(SILENCED)) {
    return {
      words:
        "no adverts got through, on purpose here; a standby cannot tell a silent network from a dead holder, and nothing in keepalived's configuration limits how long both hold. Unicast does not help when the same network carries it",
      ...APART,
    };
  }
  if (any(LEFT_BEHIND)) {
    return {
      words: `keepalived on ${first.node} no longer ran, or stood still, and nobody else takes an address off a node: it stays until keepalived runs there again`,
      suggestion:
        "something that starts keepalived again when it is gone (Restart=on-failure in its systemd unit), and fencing for a node that stands still",
      price:
        "fencing needs a device or a hypervisor that both nodes can reach, and drills of its own",
    };
  }
  return {
    words: `no fault of this scenario explains it: ${first.node} and ${second.node} did not take each other's adverts (keepalived ${version})`,
    ...APART,
  };
}

const SEMI_SYNCHRONOUS = {
  suggestion:
    "use semi-synchronous replication (MySQL Reference Manual, Semisynchronous Replication): a commit is acknowledged when a replica has it; the drills power-loss-asynchronous and power-loss-semi-synchronous show the difference",
  price:
    "every commit waits for a round trip; when no replica answers within rpl_semi_sync_source_timeout, writes go on unprotected or, with a long time-out, clients wait",
} as const;

/** A holder that is gone with all it had: what the new one lacks cannot be fetched until it is back. */
const GONE: readonly PlainFault["kind"][] = ["node-powered-off", "node-rebooted"];

/** After a move because of a power loss the new holder lacked acknowledged writes, if only until the old one was back. */
export function staleReads(context: AdviceContext): Weighed[] {
  const { failover } = context.run.result;
  if (failover === undefined || !GONE.includes(failover.fault.kind)) return [];
  const judgement = judged(context, "no-stale-read");
  const waits = context.topology.nodes.some(({ mysql }) => mysql?.semiSync !== undefined);
  if (judgement?.verdict !== "fail" || judgement.facts["node"] !== failover.to || waits) return [];
  // With lost writes the same is advised already.
  if (judged(context, "no-lost-write")?.verdict === "fail") return [];
  const behind = Number(judgement.facts["behind"]);
  return [
    {
      weight: WEIGHT.data + behind,
      advice: {
        id: "stale-reads",
        title: `${failover.to} served without ${counted(behind, "acknowledged write")} that ${failover.from} had taken`,
        because: {
          words: `${judgement.reason}; replication is asynchronous: a source acknowledges before any replica has the write, and had ${failover.from} not come back they would be lost`,
          events: judgement.evidence.slice(0, 8),
        },
        suggestion: SEMI_SYNCHRONOUS.suggestion,
        price: `${SEMI_SYNCHRONOUS.price}; what a replica has received it may still have to apply, so reads can be late for that long`,
        standing: context.seen,
      },
    },
  ];
}

export function lostWrites(context: AdviceContext): Weighed[] {
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
        ...(waits || split || clashing ? (split ? APART : {}) : SEMI_SYNCHRONOUS),
        standing: context.seen,
      },
    },
  ];
}
