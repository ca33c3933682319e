/**
 * Other values worth a try for a setting that costs time, in the order in which they are tried, with their price. Round
 * figures that people use; whether they help is found out by the formulas.
 */
import { formatSeconds, milliseconds, seconds, type Us } from "../harness/core/time.ts";
import { only } from "../harness/history/events.ts";
import type { CheckTiming, KeepalivedConfig, VrrpInstance } from "../harness/keepalived/config.ts";
import { masterDownUs } from "../harness/keepalived/timing.ts";
import { profileOf } from "../harness/keepalived/versions.ts";
import { boundsOf, type SettingName } from "../harness/predict/quantity.ts";
import { configOf, type AdviceContext } from "./advice-context.ts";

export interface Proposal {
  /** As `--what-if` takes them. */
  readonly wishes: readonly string[];
  readonly suggestion: string;
  readonly price: string;
}

export function proposalsFor(
  context: AdviceContext,
  { keyword, owner }: SettingName,
  node: string,
): Proposal[] {
  const config = configOf(context, node);
  if (config === undefined) return [];
  const instance = config.instances.find(({ name }) => name === owner);
  switch (keyword) {
    case "interval":
      return forInterval(context, config, owner);
    case "timeout":
      return forTimeout(config, owner);
    case "advert_int":
      return instance === undefined ? [] : forAdvert(context, instance);
    case "priority":
      return instance === undefined ? [] : forSkew(context, instance);
    case "preempt_delay":
      return forDelay(node, owner);
    default:
      return forChecker(config, owner, keyword);
  }
}

const ONE: Us = seconds(1);

function forInterval(
  { row }: AdviceContext,
  { scripts }: KeepalivedConfig,
  owner: string,
): Proposal[] {
  const script = scripts.find(({ name }) => name === owner);
  if (script === undefined) return [];
  const { intervalUs } = script;
  // A script that acts by itself does so in its first failing run, whatever fall says.
  const leastUs = row?.span === undefined ? 0 : boundsOf(row.span.total).minUs;
  const fall = leastUs < (script.fall - 1) * intervalUs ? 1 : script.fall;
  const hiccup = (falls: number, everyUs: Us): string =>
    falls === 1
      ? "a single failed run"
      : `a failure that lasts ${formatSeconds((falls - 1) * everyUs)}`;
  const now = hiccup(fall, intervalUs);
  return [
    ...(intervalUs > ONE
      ? [
          {
            wishes: [`${owner}.interval=1`],
            suggestion: `run ${owner} every second`,
            price: `the check runs ${(intervalUs / ONE).toFixed(0)} times as often; ${hiccup(fall, ONE)} is enough to move the VIP (${fall === 1 ? "as now" : `now ${now}`})`,
          },
        ]
      : []),
    ...(fall > 1
      ? [
          {
            wishes: [`${owner}.fall=${fall - 1}`],
            suggestion: `let ${owner} count as failed after ${fall - 1} instead of ${fall} runs`,
            price: `${hiccup(fall - 1, intervalUs)} is enough to move the VIP (now ${now})`,
          },
        ]
      : []),
  ];
}

function forTimeout({ scripts }: KeepalivedConfig, owner: string): Proposal[] {
  const script = scripts.find(({ name }) => name === owner);
  if (script === undefined || script.timeoutUs <= ONE) return [];
  return [
    {
      wishes: [`${owner}.timeout=1`],
      suggestion: `end a run of ${owner} that hangs after 1 s`,
      price: "a check that takes longer than 1 s on a busy server counts as failed",
    },
  ];
}

/** Of version 3; the smaller one where the machine's stalls stay well below what it tolerates. */
const SHORT_ADVERTS = ["0.2", "0.5"] as const;
const STALL_MARGIN = 5;

function forAdvert(context: AdviceContext, instance: VrrpInstance): Proposal[] {
  const { advertIntUs, priority, version } = instance;
  const lateUs = Math.max(0, ...only(context.run.events, "jitter").map((event) => event.lateUs));
  const downOf = (us: Us, of: 2 | 3): Us =>
    masterDownUs(priority, us, { version: of, downTimerAdverts: instance.downTimerAdverts });
  const nowUs = downOf(advertIntUs, version);
  const proposal = (value: string, of: 2 | 3): Proposal & { readonly downUs: Us } => {
    const downUs = downOf(Math.round(Number(value) * ONE), of);
    return {
      wishes: [`advert_int=${value}`],
      suggestion: `send adverts every ${value} s on all nodes`,
      price:
        `the standby takes over when the holder stalls, or its adverts are lost, for ${formatSeconds(downUs)} instead of ${formatSeconds(nowUs)}` +
        lateWords(context, lateUs),
      downUs,
    };
  };
  const short = SHORT_ADVERTS.map((value) => proposal(value, 3)).filter(
    ({ downUs }) => downUs > STALL_MARGIN * lateUs,
  );
  const all = [...(advertIntUs > ONE ? [proposal("1", version)] : []), ...short];
  return all.map(({ wishes, suggestion, price }) => ({ wishes, suggestion, price }));
}

function lateWords({ run }: AdviceContext, lateUs: Us): string {
  if (run.record.simulated || only(run.events, "jitter").length === 0) return "";
  return ` (the machine of this run was late by ${formatSeconds(Math.max(lateUs, milliseconds(1)))} at most)`;
}

/** Below 254, which the sum of priority and weights is cut to. */
const HIGHEST = 250;

/** The skew follows from the distance to 256, so that all nodes can go up together. */
function forSkew(
  { read, version }: AdviceContext,
  { virtualRouterId, version: vrrp }: VrrpInstance,
): Proposal[] {
  if (vrrp === 3) return [];
  const own = read.flatMap(({ name, result }) =>
    result.config.instances
      .filter((item) => item.virtualRouterId === virtualRouterId)
      .map((item) => ({ node: name, priority: item.priority, owner: item.name })),
  );
  const up = HIGHEST - Math.max(...own.map(({ priority }) => priority));
  if (own.length < 2 || up <= 0) return [];
  const raised = own.map(({ node, owner, priority }) => ({ node, owner, priority: priority + up }));
  const list = raised.map(({ node, priority }) => `${priority} on ${node}`).join(", ");
  const quick = profileOf(version).skewOfEffectivePriority
    ? ""
    : "; this version reckons with the configured priority";
  return [
    {
      wishes: raised.map(({ node, owner, priority }) => `${node}:${owner}.priority=${priority}`),
      suggestion: `raise all priorities by ${up} (${list}): only their differences decide who is master`,
      price: `all nodes change together, and other routers with this VRID would lose against them${quick}`,
    },
  ];
}

function forDelay(node: string, owner: string): Proposal[] {
  return [
    {
      wishes: [`${node}:${owner}.preempt_delay=0`],
      suggestion: `no preempt_delay on ${node}`,
      price: `${node} takes the VIP from a lower master at once, also when it has only just come back`,
    },
  ];
}

function forChecker(
  { virtualServers }: KeepalivedConfig,
  owner: string,
  keyword: string,
): Proposal[] {
  const timing = virtualServers
    .flatMap(({ realServers }) => realServers)
    .flatMap(({ checkers }) => checkers)
    .find(({ kind }) => kind === owner)?.timing;
  return timing === undefined ? [] : checkProposals(timing, keyword);
}

/** For a setting of a checker with that timing. */
export function checkProposals(timing: CheckTiming, keyword: string): Proposal[] {
  const all: Readonly<Record<string, readonly Proposal[]>> = {
    delay_loop: timing.delayLoopUs > ONE ? [everySecond(timing)] : [],
    retry: forRetries(timing),
    connect_timeout: timing.connectTimeoutUs > ONE ? [shortAttempt(timing)] : [],
  };
  return [...(all[keyword] ?? [])];
}

function everySecond({ delayLoopUs }: CheckTiming): Proposal {
  return {
    wishes: ["delay_loop=1"],
    suggestion: "check every second",
    price: `${(delayLoopUs / ONE).toFixed(0)} times as many connections to mysqld`,
  };
}

function forRetries({ retry, delayBeforeRetryUs }: CheckTiming): Proposal[] {
  const lasts = (count: number, everyUs: Us): string => formatSeconds(count * everyUs);
  const now = lasts(retry, delayBeforeRetryUs);
  return [
    ...(delayBeforeRetryUs > ONE
      ? [
          {
            wishes: ["delay_before_retry=1"],
            suggestion: `repeat a failed check after 1 s, ${retry === 1 ? "once" : `${retry} times`} as now`,
            price: `mysqld has to be away for ${lasts(retry, ONE)} and not ${now} to count as failed: a quick restart no longer goes unnoticed`,
          },
        ]
      : []),
    ...(retry > 1
      ? [
          {
            wishes: ["retry=1"],
            suggestion: "repeat a failed check once",
            price: `mysqld has to be away for ${lasts(1, delayBeforeRetryUs)} and not ${now} to count as failed`,
          },
        ]
      : []),
  ];
}

function shortAttempt({ connectTimeoutUs }: CheckTiming): Proposal {
  return {
    wishes: ["connect_timeout=1"],
    suggestion: "give an attempt 1 s",
    price: `a server that takes longer than 1 s to accept counts as failed (now ${formatSeconds(connectTimeoutUs)})`,
  };
}
