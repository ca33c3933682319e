/**
 * When a TCP_CHECK takes its real server out of the table, and when it puts it back.
 *
 * D delay_loop, R retry, Dr delay_before_retry, C connect_timeout, W warmup; a change falls on any moment of the
 * check's period. Sources: keepalived 2.2.7 and 2.3.4 `check_tcp.c:tcp_epilog`, `check_api.c:register_checkers_thread`;
 * the formulas were held against 360 removals and as many returns of both versions.
 */
import { seconds, formatSeconds, type Us } from "../core/time.ts";
import type { CheckTiming } from "../keepalived/config.ts";
import type { VersionProfile } from "../keepalived/versions.ts";
import type { BackLogRange } from "../mysql/listen-queue.ts";
import { constant, sum, tick, uniform, ZERO, type Quantity, type Simple } from "./quantity.ts";

/**
 * How the server fails to the check. `refused`: nobody listens, or there is no route: an attempt ends at once. `silent`:
 * packets get lost or the host is gone: an attempt takes all of C (no ARP answer does not shorten it).
 * `full-queue`: nobody takes connections from the listen queue, which the kernel first fills; it holds one more than its backlog.
 * The backlog is a range where it is not known which server it is.
 */
export type ServerFailure =
  | { readonly kind: "refused" | "silent" }
  | { readonly kind: "full-queue"; readonly backlog: number | BackLogRange };

const TCP_CHECK = "TCP_CHECK";

/** `check_api.c`: a second of start-up comes before the offset drawn from the warmup. */
const BOOTSTRAP_US: Us = seconds(1);

/** From the failure of a server that was up to its removal. */
export function untilRemoved(
  timing: CheckTiming,
  profile: VersionProfile,
  failure: ServerFailure,
): Simple {
  const { delayLoopUs } = timing;
  const retry = retriesOf(timing, profile);
  const loop = uniform(0, delayLoopUs, "U(0, D)", [
    {
      symbol: "D",
      text: `delay_loop ${formatSeconds(delayLoopUs)}`,
      setting: { keyword: "delay_loop", owner: TCP_CHECK },
    },
  ]);
  const queued = failure.kind === "full-queue" ? accepted(failure.backlog, delayLoopUs) : ZERO;
  const attempts = failure.kind === "refused" ? ZERO : lasting(retry + 1, timing);
  return sum(loop, queued, attempts, retries(retry, timing));
}

/** The same when others connect as well: the queue may be full at once. */
export function soonestRemoved(timing: CheckTiming, profile: VersionProfile): Simple {
  return untilRemoved(timing, profile, { kind: "silent" });
}

/**
 * From the start of the checker process (`Starting Healthcheck child`) to the removal of a server that is down
 * already: one failure is enough, whatever R.
 */
export function untilFirstRemoval(timing: CheckTiming, failure: ServerFailure): Simple {
  return sum(
    constant(BOOTSTRAP_US, "1 s"),
    uniform(0, timing.warmupUs, "U(0, W)", [
      { symbol: "W", text: `warmup ${formatSeconds(timing.warmupUs)}` },
    ]),
    failure.kind === "full-queue" ? accepted(failure.backlog, timing.delayLoopUs) : ZERO,
    failure.kind === "refused" ? ZERO : lasting(1, timing),
  );
}

/**
 * From the moment at which a removed server accepts again to its return: one success is enough. Since 2.3.3 it is tried once
 * every D; before, the retries go on while it is down.
 *
 * After a failure that left attempts unanswered one may be under way: it succeeds with its next SYN, 1, 3, 7 ... s after
 * the first (RFC 6298: 1 s, doubled; kernels from 6.5 on repeat four times by the second, which is never later).
 */
export function untilReturned(
  timing: CheckTiming,
  profile: VersionProfile,
  before: ServerFailure["kind"],
): Quantity {
  const { delayLoopUs, delayBeforeRetryUs, connectTimeoutUs } = timing;
  const retry = profile.downServerTriedOnce ? 0 : retriesOf(timing, profile);
  const gaps = [delayLoopUs, ...Array.from({ length: retry }, () => delayBeforeRetryUs)];
  const written = retry === 0 ? "D" : `D, ${retry} x Dr`;
  const meanings = [
    {
      symbol: "D",
      text: `delay_loop ${formatSeconds(delayLoopUs)}`,
      setting: { keyword: "delay_loop", owner: TCP_CHECK },
    },
    ...(retry === 0
      ? []
      : [{ symbol: "Dr", text: `delay_before_retry ${formatSeconds(delayBeforeRetryUs)}` }]),
  ];
  const often = retry === 0 ? "a check every D" : `a check after D, then ${retry} more, Dr apart`;
  if (before === "refused") {
    const symbol = `next(${written})`;
    const text = `until the next check is due: ${often}`;
    return tick(positive(gaps), symbol, [...meanings, { symbol, text }]);
  }
  const sent = synTimes(connectTimeoutUs);
  const last = sent.at(-1) ?? 0;
  const between = sent.slice(1).map((atUs, index) => atUs - (sent[index] ?? 0));
  const clock = gaps.flatMap((gap) => [...between, connectTimeoutUs - last + gap]);
  const symbol = `next SYN(${written}, attempts of C)`;
  return tick(positive(clock), symbol, [
    ...meanings,
    { symbol: "C", text: `connect_timeout ${formatSeconds(connectTimeoutUs)}` },
    {
      symbol,
      text: `until the next SYN of the check: an unanswered attempt lasts C and sends one at 0, 1, 3, 7 ... s; ${often}, counted from its end`,
    },
  ]);
}

/** When the SYNs of one attempt leave, from its first. */
function synTimes(connectTimeoutUs: Us): Us[] {
  const times: Us[] = [];
  for (let atUs = 0, waitUs = seconds(1); atUs < connectTimeoutUs; atUs += waitUs, waitUs *= 2) {
    times.push(atUs);
  }
  return times;
}

function positive(gaps: readonly Us[]): Us[] {
  return gaps.map((gap) => Math.max(1, gap));
}

function retriesOf({ retry }: CheckTiming, profile: VersionProfile): number {
  return profile.tcpCheckRetries ? retry : 0;
}

function retries(retry: number, { delayBeforeRetryUs }: CheckTiming): Simple {
  if (retry === 0) return ZERO;
  const text = `${retry} retries, delay_before_retry Dr = ${formatSeconds(delayBeforeRetryUs)}`;
  return constant(retry * delayBeforeRetryUs, `${retry}Dr`, text, {
    keyword: "retry",
    owner: TCP_CHECK,
  });
}

function lasting(attempts: number, { connectTimeoutUs }: CheckTiming): Simple {
  const text = `${attempts} attempts of connect_timeout C = ${formatSeconds(connectTimeoutUs)}`;
  return constant(attempts * connectTimeoutUs, `${attempts}C`, text, {
    keyword: "connect_timeout",
    owner: TCP_CHECK,
  });
}

/** Checks that the kernel still accepts. */
function accepted(backlog: number | BackLogRange, delayLoopUs: Us): Simple {
  if (typeof backlog !== "number") return acceptedByAny(backlog, delayLoopUs);
  const places = backlog + 1;
  const text = `checks the kernel still accepts: a backlog of ${backlog} and nobody else connecting`;
  return constant(places * delayLoopUs, `${places}D`, text);
}

/** As `acceptedByAny` writes it. */
const QUEUE_SYMBOL = /^\d+D\.\.\d+D$/;

/** The same where others connect as well: the listen queue of a frozen server may be full at once. */
export function withFullQueue({ terms }: Quantity): Quantity {
  return { terms: terms.filter(({ symbol }) => !QUEUE_SYMBOL.test(symbol)) };
}

/** Two bounds and no chance between them: the mean of it means nothing, and that is said. */
function acceptedByAny({ least, most }: BackLogRange, delayLoopUs: Us): Simple {
  const symbol = `${least + 1}D..${most + 1}D`;
  const text =
    `checks the kernel still accepts, nobody else connecting: a listen queue of ${least} (MariaDB, MySQL 5.7) to ` +
    `${most} (MySQL 9.7); which server it is is not known, and the mean says nothing`;
  return uniform((least + 1) * delayLoopUs, (most + 1) * delayLoopUs, symbol, [{ symbol, text }]);
}
