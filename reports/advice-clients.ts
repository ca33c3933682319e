/** Who did not learn in time that the VIP had moved: clients with a kept connection, neighbours with a stale entry. */
import {
  durationUs,
  formatSeconds,
  milliseconds,
  seconds,
  type Interval,
  type Us,
} from "../harness/core/time.ts";
import type { PlainFault } from "../harness/fault/fault.ts";
import { only } from "../harness/history/events.ts";
import { holdings, overlaps } from "../harness/history/queries.ts";
import { vipAddresses } from "../harness/topology/resolve.ts";
import { onlyDirects } from "../harness/topology/virtual-servers.ts";
import type { Weighed } from "./advice.ts";
import { configOf, instanceOf, judged, settingOf, type AdviceContext } from "./advice-context.ts";
import { WEIGHT } from "./advice-weight.ts";
import { freshOutages, lengthOf, longestFirst, outagesOf } from "./clients.ts";

/** Kept connections that wait so much longer than new ones do not know that their server is gone. */
const HANG_US_MIN = seconds(2);

export function keptConnections(context: AdviceContext): Weighed[] {
  const { run } = context;
  const [held] = outagesOf(run)
    .filter(({ lane }) => lane === "held")
    .toSorted(longestFirst);
  const [fresh] = freshOutages(run).toSorted(longestFirst);
  const [heldUs, freshUs] = [lengthOf(held), lengthOf(fresh)];
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

/** With them it was tried; what it makes of two directors at once is not known. */
const GONE: readonly PlainFault["kind"][] = ["node-powered-off", "node-rebooted"];

/**
 * A director that takes over knows nothing of the connections of the other one, and its kernel answers for an address that
 * it has: with a reset. What `lvs_sync_daemon` would have made of it was tried with a loss of power (docs/lvs.md).
 */
export function directorForgets(context: AdviceContext): Weighed[] {
  const { run, topology, read } = context;
  const { failover } = run.result;
  if (failover === undefined || !GONE.includes(failover.fault.kind)) return [];
  const directing = [failover.from, failover.to].every((node) => onlyDirects(topology, node));
  const synced = read.every(({ result }) => result.config.globals.lvsSyncDaemon !== undefined);
  const judgement = judged(context, "connections-survive");
  if (!directing || synced || judgement?.verdict !== "fail") return [];
  const config = configOf(context, failover.to);
  const instance = instanceOf(context, failover.to, vipAddresses(topology)[0]);
  const setting =
    config === undefined
      ? undefined
      : settingOf(context, failover.to, config.globals, "lvs_sync_daemon");
  return [
    {
      weight: WEIGHT.time,
      advice: {
        id: "lvs_sync_daemon",
        title: `Open connections were lost when ${failover.to} took over: it did not know them`,
        ...(setting === undefined ? {} : { setting }),
        because: { words: judgement.reason, events: judgement.evidence.slice(0, 8) },
        suggestion: `lvs_sync_daemon ${instance?.interface ?? "INTERFACE"} ${instance?.name ?? "INSTANCE"} in global_defs of all directors: the active one tells the others of its connections; the drills power-loss and power-loss-synchronised show the difference`,
        price:
          "a multicast of connections for as long as they live; at a clean stop of keepalived the old director may reset them on its way out all the same",
        standing: context.seen,
      },
    },
  ];
}

const STALE_US_MIN = seconds(1);
/** A burst is sent within that of its time on a quiet machine. */
const BURST_US = milliseconds(100);

/** Stale entries that ended with a repeated announcement: they waited for its delay. */
export function staleNeighbours(context: AdviceContext): Weighed[] {
  const { run } = context;
  const judgement = judged(context, "arp-converged");
  const stale = staleOf(judgement?.facts["stale"])
    .filter((span) => durationUs(span) >= STALE_US_MIN && namesFormerHolders(context, span))
    .toSorted(longestFirst)[0];
  const ended = only(run.events, "arp").find(
    ({ gratuitous, tUs }) =>
      gratuitous && stale !== undefined && Math.abs(stale.endUs - tUs) < BURST_US,
  );
  const { sender, senderAddress: vip } = ended ?? {};
  const instance = instanceOf(context, sender, vip);
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
  const staleUs = durationUs(stale);
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

interface StaleSpan extends Interval {
  readonly named: readonly string[];
}

function staleOf(value: unknown): StaleSpan[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    const { startUs, endUs, named } = item as Readonly<Record<string, unknown>>;
    if (typeof startUs !== "number" || typeof endUs !== "number" || !Array.isArray(named)) {
      return [];
    }
    const names = named.filter((name: unknown): name is string => typeof name === "string");
    return [{ startUs, endUs, named: names }];
  });
}

/** A host that never had the VIP as keepalived gives it answered for it: no later announcement is too late for that. */
function namesFormerHolders({ run, topology }: AdviceContext, stale: StaleSpan): boolean {
  const held = vipAddresses(topology).flatMap((vip) => holdings(run.events, vip));
  return stale.named.every((name) =>
    held.some(({ node, startUs }) => node === name && startUs < stale.endUs),
  );
}

/** A real server of LVS-DR has the VIP on a loopback or dummy interface, and answers for it unless it is told not to. */
export function answersBesideHolder(context: AdviceContext): Weighed[] {
  const judgement = judged(context, "vip-answered-by");
  const beyond = judgement?.facts["beyondHolder"];
  if (judgement?.verdict !== "fail" || typeof beyond !== "object" || beyond === null) return [];
  const servers = Object.keys(beyond).filter((name) => {
    const node = context.topology.nodes.find((item) => item.name === name);
    return node?.mysql !== undefined && !holdsByVrrp(context, name);
  });
  if (servers.length === 0) return [];
  const names = servers.join(" and ");
  return [
    {
      weight: WEIGHT.service,
      advice: {
        id: "arp-not-muted",
        title: `${names} answered ARP for the VIP, which only the director may`,
        because: {
          words: `${judgement.reason}; clients that hear such an answer go past the director, its weights and its checks`,
          events: judgement.evidence.slice(0, 8),
        },
        suggestion: `arp_ignore=1 and arp_announce=2 on ${names} (sysctl net.ipv4.conf.all and of the interface to the clients), set before the VIP is put on lo`,
        price:
          "the server then answers ARP on an interface only for the addresses of that interface, whatever else it has",
        standing: context.seen,
      },
    },
  ];
}

function holdsByVrrp(context: AdviceContext, node: string): boolean {
  return vipAddresses(context.topology).some((vip) => instanceOf(context, node, vip) !== undefined);
}

/** A host that is none of the cluster's claimed the VIP: keepalived does not take part in that, but can speak up again. */
export function foreignHost(context: AdviceContext): Weighed[] {
  const judgement = judged(context, "single-holder");
  const claims = judgement?.facts["foreign"];
  const vip = vipAddresses(context.topology)[0];
  const instance = instanceOf(context, context.holder, vip);
  if (judgement?.verdict !== "fail" || !Array.isArray(claims) || claims.length === 0) return [];
  if (instance === undefined || context.holder === undefined) return [];
  const silent = instance.garp.masterRefreshUs === 0;
  const setting = settingOf(context, context.holder, instance, "garp_master_refresh");
  return [
    {
      weight: WEIGHT.data,
      advice: {
        id: "vip-taken",
        title: "A host that is none of the cluster's claimed the VIP",
        ...(setting === undefined || !silent ? {} : { setting }),
        because: {
          words: `${judgement.reason}; a holder announces the VIP when it gets it, and once more after garp_master_delay, and then no more: what neighbours learn from another host later stays until they ask again`,
          events: judgement.evidence.slice(0, 8),
        },
        suggestion: silent
          ? "garp_master_refresh 10: the holder announces the VIP every 10 s, and neighbours that learned it from another host come back to it within that time; the other host has to be found by its MAC address and taken off the network all the same"
          : "find the other host by its MAC address, and take it off the network: no setting of keepalived keeps it from claiming the VIP",
        ...(silent
          ? {
              price:
                "a broadcast for each VIP every 10 s, for good; while the other host goes on claiming the VIP, neighbours change between the two, and of two holders after a split each keeps drawing clients to itself",
            }
          : {}),
        standing: context.seen,
      },
    },
  ];
}
