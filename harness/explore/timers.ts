/**
 * The moments at which something tends to tip over, read from a cluster's own configurations: when a
 * silent master counts as down, when a check has failed or succeeded often enough, when a delay is over.
 *
 * Used to aim, and to know how long to wait. Nothing is judged by these figures but that something did not
 * happen for much longer than all of them together.
 */
import { seconds, type Us } from "../core/time.ts";
import { masterDownUs, skewUs } from "../keepalived/timing.ts";
import type { ResolvedTopology } from "../topology/resolve.ts";
import { configOf } from "../topology/routers.ts";

export interface Timers {
  /** Each once, in order: intervals, skews, down times, checks, delays. */
  readonly edges: readonly Us[];
  /** The longest wait for a silent master. */
  readonly downUs: Us;
  /** The longest time in which a check notices that something is wrong, or well again. */
  readonly noticeUs: Us;
  /**
   * Within this, by the timers, whatever one failure makes move has moved. Without `preempt_delay`, and without what
   * a wait or a check takes beyond half a minute: clients wait as long, whoever configured it.
   */
  readonly boundUs: Us;
  /**
   * After its start a daemon's checkers have looked at everything once: the first check comes up to a
   * delay_loop late and is not repeated, whatever the retries.
   */
  readonly startUs: Us;
  /** Watched that long, what should have happened has, and what has not is worth telling. */
  readonly restUs: Us;
}

/** A command's run, a start, an election's messages: together well below a second in container runs. */
const SLACK_US = seconds(1);
/** Beyond the bound, so that a wait that is too long can be told from one that is not. */
const BEYOND_US = seconds(2);
/** A `preempt_delay` or `delay_loop` of many minutes is not waited for, nor aimed at: each schedule would take that long. */
const LONGEST_DELAY_US = seconds(60);
/**
 * What a silent master's wait and a check are allowed each. The most patient check of the documents needs just that: delay_loop
 * 6, four tries of 3 s, 3 s apart. A `fall 100` keeps to its own formulas, and its clients have gone.
 */
const LONGEST_PATIENCE_US = seconds(30);
/** An election is watched to its end all the same: `advert_int 30` needs three of them. */
const LONGEST_WAIT_US = seconds(120);
/** Before its random share of delay_loop (keepalived 2.2.7 `check_api.c`, BOOTSTRAP_DELAY). */
const FIRST_CHECK_US = seconds(1);
/** A figure that can be read. */
const ROUND_US = seconds(0.5);
/** Where nothing is configured: as long as the protocol's default wait (RFC 3768, 6.1). */
const LEAST_DOWN_US = masterDownUs(100, seconds(1));

export function timersOf(topology: ResolvedTopology): Timers {
  const configs = topology.nodes.flatMap(
    (node) => configOf(node, topology.keepalivedVersion) ?? [],
  );
  const instances = configs.flatMap((config) => config.instances);
  const downs = instances.map((item) => masterDownUs(item.priority, item.advertIntUs, item));
  const skews = instances.map((item) => skewUs(item.priority, item.advertIntUs, item.version));
  const scripts = configs.flatMap((config) => config.scripts);
  const checks = configs
    .flatMap((config) => config.virtualServers)
    .flatMap((server) => server.realServers)
    .flatMap((server) => server.checkers)
    .map(({ timing }) => timing);
  const noticed = [
    ...scripts.map((script) => script.intervalUs * (Math.max(script.fall, script.rise) + 1)),
    ...checks.map(
      (timing) =>
        timing.delayLoopUs +
        (timing.retry + 1) * (timing.connectTimeoutUs + timing.delayBeforeRetryUs),
    ),
  ];
  const delays = instances.map((item) => item.preemptDelayUs);
  const downUs = Math.max(LEAST_DOWN_US, ...downs);
  const noticeUs = Math.max(0, ...noticed);
  const boundUs = patient(downUs) + patient(noticeUs) + SLACK_US;
  const watchedUs = Math.min(downUs, LONGEST_WAIT_US) + patient(noticeUs) + SLACK_US;
  const delayUs = Math.min(LONGEST_DELAY_US, Math.max(0, ...delays));
  const edges = [
    ...instances.map((item) => item.advertIntUs),
    ...instances.map((item) => item.advertIntUs * item.downTimerAdverts),
    ...instances.map((item) => item.garp.masterDelayUs),
    ...downs,
    ...skews,
    ...scripts.flatMap((script) => [
      script.intervalUs,
      script.intervalUs * script.fall,
      script.intervalUs * script.rise,
    ]),
    ...checks.map((timing) => timing.delayLoopUs),
    ...noticed,
    ...delays,
  ];
  return {
    edges: [...new Set(edges.filter((us) => us > 0 && us <= LONGEST_DELAY_US))].sort(
      (a, b) => a - b,
    ),
    downUs,
    noticeUs,
    boundUs,
    startUs: Math.min(
      LONGEST_DELAY_US,
      Math.max(0, ...checks.map((timing) => timing.delayLoopUs + FIRST_CHECK_US)),
    ),
    restUs: Math.ceil((watchedUs + delayUs + BEYOND_US) / ROUND_US) * ROUND_US,
  };
}

function patient(us: Us): Us {
  return Math.min(us, LONGEST_PATIENCE_US);
}
