/**
 * What a run showed of real servers behind a director: one that failed and stayed in the table, or left it late because its
 * check asks for less than clients do; clients that were tied to it; one that was behind its source.
 */
import type { Json, JsonObject } from "../harness/core/json.ts";
import { formatSeconds, seconds } from "../harness/core/time.ts";
import type { Checker } from "../harness/keepalived/config.ts";
import { span } from "../harness/keepalived/lint/helpers.ts";
import { profileOf } from "../harness/keepalived/versions.ts";
import { ANY_BACK_LOG } from "../harness/mysql/listen-queue.ts";
import { untilMiscFailed } from "../harness/predict/detection.ts";
import { boundsOf, type Simple } from "../harness/predict/quantity.ts";
import { untilRemoved } from "../harness/predict/tcp-check.ts";
import type { Advice, Weighed } from "./advice.ts";
import { attempt, judged, type AdviceContext } from "./advice-context.ts";
import { episodesOf, harmed, sticks, type Episode } from "./advice-episodes.ts";
import { failedWords, serverTiming, writtenAt } from "./advice-servers.ts";
import { plainSeconds } from "./advice-timing.ts";
import { WEIGHT } from "./advice-weight.ts";
import { counted } from "./units.ts";

/** Of the failure that cost clients most: others of the run are its repetition. */
export function serverAdvice(context: AdviceContext): Weighed[] {
  const [episode] = episodesOf(context);
  if (episode === undefined) return [];
  return [
    ...notRemoved(context, episode),
    ...removedLate(context, episode),
    ...behind(context, episode),
    ...tiedBefore(context, episode),
    ...tiedBeyond(context, episode),
    ...serverTiming(context, episode),
  ];
}

/** Round figures that people use; with them everything is written, and no default counts. */
const TCP_PROPOSED = {
  delayLoopUs: seconds(2),
  connectTimeoutUs: seconds(2),
  retry: 1,
  delayBeforeRetryUs: seconds(1),
  warmupUs: seconds(2),
} as const;
const MISC_TIMEOUT_US = seconds(3);

/** It failed, clients were sent there, and it stayed in the table until the fault was undone. */
function notRemoved(context: AdviceContext, episode: Episode): Weighed[] {
  const { left, others, meanwhile, server, place, injection, failing } = episode;
  if (left !== undefined || others.length === 0 || !harmed(meanwhile)) return [];
  const { checkers } = place.server.config;
  // It would have been seen in time: the fault was undone sooner.
  const sees = failing !== undefined && failing.failure.kind !== "full-queue";
  if (sees && checkers.length > 0) return [];
  const advice: Advice = {
    id: "server-not-removed",
    title: `${server} failed and stayed in the table of ${place.service.director}: ${failedWords(meanwhile)}`,
    because: {
      words: blindness(episode),
      events: [injection.seq, ...meanwhile.failed.slice(0, CITED_MAX).map(({ event }) => event)],
    },
    ...(checkers.length === 0 ? anyCheck(context, episode) : askingCheck(episode)),
    standing: context.seen,
  };
  return [{ weight: WEIGHT.service + meanwhile.failedUs, advice }];
}

const CITED_MAX = 8;

function blindness({ place, failing, server }: Episode): string {
  const { checkers } = place.server.config;
  if (checkers.length === 0) return `it has no checker: nothing looks at ${server}`;
  const kinds = [...new Set(checkers.map(({ kind }) => kind))].join(" and ");
  return failing?.failure.kind === "full-queue"
    ? `${kinds}: ${QUEUE}`
    : `${kinds} does not see this fault`;
}

const QUEUE =
  "the kernel shakes hands for a mysqld that hangs, until its listen queue is full " +
  `(${ANY_BACK_LOG.least} connections with MariaDB to ${ANY_BACK_LOG.most} with MySQL 9.7, unless back_log says otherwise)`;

type Remedy = Pick<Advice, "suggestion" | "price" | "whatIf">;

function anyCheck({ version }: AdviceContext, { failing, server }: Episode): Remedy {
  const failure = failing?.failure.kind === "silent" ? "silent" : "refused";
  const removed = untilRemoved(TCP_PROPOSED, profileOf(version), { kind: failure });
  const what = failure === "silent" ? "is silent" : "refuses";
  return {
    suggestion:
      `a checker in each real_server: with delay_loop 2 and TCP_CHECK { connect_timeout 2 retry 1 delay_before_retry 1 } ${server} is out of the table ` +
      `${within(removed)} after it ${what}`,
    price:
      "a connection to each mysqld every 2 s from each director; what lasts that long takes a server out",
  };
}

/** What no setting of TCP_CHECK does: to ask for what clients ask for. */
function askingCheck({ place, server }: Episode): Remedy {
  const [checker] = place.server.config.checkers;
  if (checker === undefined) return {};
  const asking: Checker = {
    ...checker,
    kind: "MISC_CHECK",
    timing: { ...checker.timing, retry: 0 },
    scriptTimeoutUs: MISC_TIMEOUT_US,
  };
  const removed = untilMiscFailed(asking, { ends: "hangs", remarks: [] });
  return {
    suggestion:
      `a MISC_CHECK that does what clients do, in place of ${checker.kind}: connect over the network as a client's account and run a query, with misc_timeout 3 and ` +
      `retry 0; with delay_loop ${plainSeconds(checker.timing.delayLoopUs)} as now ${server} is then out ${within(removed)} after it hangs`,
    price:
      "each check starts a process on each director and makes a whole connection; a server that is only slow counts as failed, and its load goes to the others",
  };
}

function within(removed: Simple): string {
  const { minUs, maxUs } = boundsOf(removed);
  return `${span(minUs, maxUs)} (PREDICTED by the formulas)`;
}

/** A mysqld that hangs is found out when its listen queue is full, whenever that is. */
function removedLate(context: AdviceContext, episode: Episode): Weighed[] {
  const { left, failing, meanwhile, server, place, injection, others } = episode;
  if (left === undefined || failing?.failure.kind !== "full-queue") return [];
  if (others.length === 0 || !harmed(meanwhile)) return [];
  const tookUs = left.tUs - injection.tUs;
  const advice: Advice = {
    id: "server-hung",
    title: `${server} hung for ${formatSeconds(tookUs)} before it was out of the table of ${place.service.director}: ${failedWords(meanwhile)}`,
    because: {
      words: blindness(episode),
      events: [
        injection.seq,
        left.event,
        ...meanwhile.failed.slice(0, CITED_MAX).map(({ event }) => event),
      ],
    },
    ...askingCheck(episode),
    standing: context.seen,
  };
  return [{ weight: WEIGHT.service + meanwhile.failedUs, advice }];
}

const LAGGING = ["replication-delayed", "replication-stopped", "replication-broken"];

/** Reads that find less than was acknowledged: no check of a port sees that. */
function behind(
  context: AdviceContext,
  { fault, left, server, place, injection }: Episode,
): Weighed[] {
  if (!LAGGING.includes(fault.kind) || left !== undefined) return [];
  const judgement = judged(context, "no-stale-read");
  const { reads, stale } = afterFault(judgement?.facts["afterFault"]);
  if (judgement?.verdict !== "fail" || stale === 0) return [];
  const advice: Advice = {
    id: "server-behind",
    title: `${server} stayed in the table of ${place.service.director} while it was behind its source: ${stale} of ${counted(reads, "read")} since then found less than had been acknowledged`,
    because: {
      words: `${judgement.reason}; the check asks whether the port is open, not what the server knows`,
      events: [injection.seq, ...judgement.evidence.slice(0, CITED_MAX)],
    },
    suggestion:
      `a MISC_CHECK that asks ${server} how far it is behind (SHOW REPLICA STATUS, or a heartbeat row) and fails above a limit that clients can live with; ` +
      "reads that need the newest state go to the server that took the write",
    price:
      "when all are behind none is left; Seconds_Behind_Source counts whole seconds, and is NULL while replication does not run",
    standing: context.seen,
  };
  return [{ weight: WEIGHT.service + stale, advice }];
}

/** What was late before the fault is no consequence of it. */
function afterFault(counts: Json | undefined): { readonly reads: number; readonly stale: number } {
  const { reads = 0, stale = 0 }: JsonObject = isObject(counts) ? counts : {};
  return { reads: Number(reads), stale: Number(stale) };
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Far more connections of one client went to the dead server than its weight says, although another could have taken them. */
function tiedBefore(context: AdviceContext, episode: Episode): Weighed[] {
  const { meanwhile, others, place, server, injection, left, out } = episode;
  const { persistenceUs, director } = place.service;
  if (persistenceUs === undefined || others.length === 0 || left === undefined) return [];
  // The other advice on persistence says it all.
  if (!harmed(meanwhile) || (out !== undefined && harmed(out))) return [];
  const own = place.server.weight;
  const share = own / Math.max(1, own + others.reduce((so, { weight }) => so + weight, 0));
  const sent = meanwhile.failed.length;
  const all = sent + meanwhile.servedMeanwhile;
  if (!sticks(meanwhile, share)) return [];
  if (attempt(context, ["persistence_timeout=off"]) === undefined) return [];
  const names = others.flatMap(({ node }) => node ?? []).join(" and ");
  const setting = writtenAt(context, episode, "persistence_timeout");
  const advice: Advice = {
    id: "persistence_timeout",
    title: `persistence_timeout ${plainSeconds(persistenceUs)} sent ${sent} of ${counted(all, "new connection")} to ${server} while it was down, for ${formatSeconds(meanwhile.failedUs)}, although ${names} could have served`,
    ...(setting === undefined ? {} : { setting }),
    because: {
      words: `a client address stays with the server that it was given until that one is out of the table of ${director}; all connections of this drill come from one address`,
      events: [
        injection.seq,
        left.event,
        ...meanwhile.failed.slice(0, CITED_MAX).map(({ event }) => event),
      ],
    },
    suggestion:
      `no persistence_timeout where a connection needs nothing of the one before it: ${Math.round(100 * share)}% of new connections then go to a dead server of this weight until its ` +
      "removal (PREDICTED from the weights), and a client that tries again is served",
    price:
      "a client's connections go to all servers in turn: with asynchronous replication it may not find what it has just written, and two servers may change one row",
    standing: context.seen,
  };
  return [{ weight: WEIGHT.time + meanwhile.failedUs, advice }];
}

/** Weight 0 keeps new clients away, not those who were there. */
function tiedBeyond(context: AdviceContext, episode: Episode): Weighed[] {
  const { out, left, place, server, injection, others, failing } = episode;
  const { persistenceUs, director } = place.service;
  if (persistenceUs === undefined || !place.server.config.inhibitOnFailure) return [];
  if (out === undefined || left === undefined || others.length === 0 || !harmed(out)) return [];
  const [checker] = place.server.config.checkers;
  const changed = attempt(context, [WITHOUT]);
  const failure = failing?.failure;
  const whatIf =
    changed === undefined || checker?.kind !== "TCP_CHECK" || failure === undefined
      ? {}
      : {
          whatIf: {
            change: [WITHOUT],
            of: "new connections of a client that was given the failed server, until they go to another one while it is away",
            before: "never" as const,
            after: boundsOf(untilRemoved(checker.timing, profileOf(context.version), failure)),
            basis: "formula" as const,
          },
        };
  const setting = writtenAt(context, episode, "inhibit_on_failure");
  const advice: Advice = {
    id: "inhibit_on_failure",
    title: `The client was sent to ${server} for another ${formatSeconds(out.failedUs)} after its removal from the table of ${director}`,
    ...(setting === undefined ? {} : { setting }),
    because: {
      words: `${failedWords(out)}: inhibit_on_failure sets the weight to 0, which keeps new clients away; one that persistence_timeout ${plainSeconds(persistenceUs)} ties to the server is sent there all the same, and each attempt prolongs that`,
      events: [
        injection.seq,
        left.event,
        ...out.failed.slice(0, CITED_MAX).map(({ event }) => event),
      ],
    },
    suggestion:
      "no inhibit_on_failure together with persistence_timeout; or net.ipv4.vs.expire_quiescent_template=1 on both directors, with which a client of a server of weight 0 is given another one",
    price:
      "without inhibit_on_failure packets of connections that are open when a server is removed are dropped silently until it is back (or reset at once with net.ipv4.vs.expire_nodest_conn=1)",
    ...whatIf,
    standing: context.seen,
  };
  return [{ weight: WEIGHT.service + out.failedUs, advice }];
}

const WITHOUT = "inhibit_on_failure=off";
