/** Which setting cost which part of the time until the VIP had moved, and what another value would have made of it. */
import { formatSeconds, MICROSECONDS_PER_SECOND, seconds, type Us } from "../harness/core/time.ts";
import type { Block, CheckTiming, VrrpInstance } from "../harness/keepalived/config.ts";
import { span } from "../harness/keepalived/lint/helpers.ts";
import { CLASS_WORDS } from "../harness/predict/classes.ts";
import { predict } from "../harness/predict/predict.ts";
import {
  boundsOf,
  formula,
  shares,
  ZERO,
  type Bounds,
  type Quantity,
  type SettingName,
} from "../harness/predict/quantity.ts";
import type { Row } from "../harness/predict/row.ts";
import { withFullQueue } from "../harness/predict/tcp-check.ts";
import { predictedNodes } from "../harness/predict/what-if/apply.ts";
import { compareRouters, type Difference } from "../harness/predict/what-if/compare.ts";
import { SETTINGS } from "../harness/predict/what-if/settings.ts";
import type { Advice, AdviceWhatIf, Weighed } from "./advice.ts";
import { WEIGHT } from "./advice-weight.ts";
import { attempt, configOf, rowFor, settingOf, type AdviceContext } from "./advice-context.ts";
import { proposalsFor, type Proposal } from "./advice-proposals.ts";
import { freshOutages } from "./clients.ts";

/** What no client would notice is no advice. */
export const WORTH_US: Us = 100_000;

export function timingAdvice(context: AdviceContext): Weighed[] {
  const { row, movedUs } = context;
  if (row?.span === undefined || movedUs === undefined) return [];
  const acting = actingOf(row);
  const total = { ...boundsOf(row.span.total), minUs: boundsOf(acting).minUs };
  // Sooner or later than the timers allow: something else moved it. Two holders, and clients that lost nothing: no loss.
  const explained =
    movedUs >= total.minUs - WORTH_US && movedUs <= total.maxUs + 2 * machineUs(context);
  if (!explained || !mattered(context, row)) return [];
  return shares(acting).flatMap(({ setting, of }) => {
    const bounds = withinRun(context, boundsOf(of), total, movedUs);
    if (bounds.maxUs < WORTH_US) return [];
    const advice = adviceOn(context, row, setting, bounds, movedUs);
    // The skew is what keeps standbys apart: the last thing to be changed.
    const weight = setting.keyword === "priority" ? 2 * WEIGHT.remark : WEIGHT.time;
    return advice === undefined ? [] : [{ weight: weight + bounds.meanUs, advice }];
  });
}

/**
 * The part that settings decide: of a frozen mysqld what follows when its listen queue is full, because clients fill that
 * as well.
 */
export function actingOf({ span }: Row): Quantity {
  return withFullQueue(span?.total ?? ZERO);
}

/** Whether its check has to wait for a listen queue. */
export function waitsForQueue(row: Row): boolean {
  return row.span !== undefined && formula(actingOf(row)) !== formula(row.span.total);
}

/** A standby that is quicker beside a holder that still serves only makes two of them sooner. */
function mattered({ run }: AdviceContext, { outcome }: Row): boolean {
  const { failover } = run.result;
  const address = failover?.stages.address;
  if (outcome !== "duplicate" || failover === undefined || address === undefined) return true;
  return freshOutages(run).some(
    ({ startUs, endUs }) =>
      Math.abs(startUs - failover.faultUs) < seconds(0.5) && endUs >= address.tUs,
  );
}

/** What the machine may take on top of the timers. */
export function machineUs({ run }: AdviceContext): Us {
  return run.result.predicted?.allowance?.afterUs ?? seconds(1);
}

/** In this run it can have been no more than what the other parts leave, and no less, but for the machine's share, which a simulated one has not. */
export function withinRun(context: AdviceContext, own: Bounds, total: Bounds, movedUs: Us): Bounds {
  const mostUs = Math.max(own.minUs, movedUs - (total.minUs - own.minUs));
  const lateUs = context.run.record.simulated ? 0 : machineUs(context);
  const leastUs = movedUs - (total.maxUs - own.maxUs) - lateUs;
  const maxUs = Math.min(own.maxUs, mostUs);
  const minUs = Math.min(maxUs, Math.max(own.minUs, leastUs));
  return { minUs, maxUs, meanUs: Math.min(Math.max(own.meanUs, minUs), maxUs) };
}

function adviceOn(
  context: AdviceContext,
  row: Row,
  name: SettingName,
  { minUs, maxUs }: Bounds,
  movedUs: Us,
): Advice | undefined {
  const found = placeOf(context, name);
  if (found === undefined) return undefined;
  const { node, block } = found;
  const setting = settingOf(context, node, block, name.keyword);
  const best = firstThatHelps(context, row, proposalsFor(context, name, node));
  const total = boundsOf(actingOf(row));
  const { failover } = context.run.result;
  const moved = failover?.stages.address?.event;
  return {
    id: `${name.keyword}:${name.owner}`,
    title: `${wordsOf(context, name, node)}: ${span(minUs, maxUs)} of the ${formatSeconds(movedUs)} until the VIP had moved`,
    costUs: { minUs, maxUs, ofUs: movedUs },
    ...(setting === undefined ? {} : { setting }),
    because: {
      words: `by the formulas of ${eventWords(row)}, ${span(total.minUs, total.maxUs)} ${waitsForQueue(row) ? "from then on" : "in all"}${rangeWords(name.keyword, minUs, maxUs)}`,
      events: [failover?.faultEvent, moved].filter((event) => event !== undefined),
    },
    ...(best === undefined
      ? {}
      : { suggestion: best.proposal.suggestion, price: best.price, whatIf: best.whatIf }),
    standing: "predicted",
  };
}

function eventWords(row: Row): string {
  const full = waitsForQueue(row) ? " whose listen queue is full" : "";
  return `${CLASS_WORDS[row.event]}${full}`;
}

/** Why a share is a range: what of it this run had cannot be told apart from the other shares. */
export function rangeWords(keyword: string, minUs: Us, maxUs: Us): string {
  if (minUs === maxUs) return "";
  switch (keyword) {
    case "advert_int":
      return "; how much of it is this setting's depends on when between two adverts the fault struck";
    case "interval":
    case "delay_loop":
      return "; how much of it is this setting's depends on when between two checks the fault struck";
    default:
      return "; how much of it is this setting's depends on what the other shares took";
  }
}

/** Checks run on the node that failed; the timers are those of the node that takes over. */
function placeOf(
  context: AdviceContext,
  { keyword, owner }: SettingName,
): { readonly node: string; readonly block: Block } | undefined {
  const setting = SETTINGS.find((item) => item.keyword === keyword);
  const node = setting?.of === "vrrp_instance" ? context.run.result.failover?.to : context.holder;
  const config = configOf(context, node);
  if (setting === undefined || node === undefined || config === undefined) return undefined;
  const place = setting.places(config).find((item) => item.owner === owner);
  return place === undefined ? undefined : { node, block: place.block };
}

export function plainSeconds(us: Us): string {
  return `${us / MICROSECONDS_PER_SECOND} s`;
}

/** The setting with its value, and what goes with it. */
function wordsOf(context: AdviceContext, { keyword, owner }: SettingName, node: string): string {
  const { row } = context;
  const config = configOf(context, node);
  const script = config?.scripts.find(({ name }) => name === owner);
  if (keyword === "interval" && script !== undefined) {
    const interval = `interval ${plainSeconds(script.intervalUs)}`;
    const total = row?.span === undefined ? 0 : boundsOf(row.span.total).minUs;
    const counts = script.fall > 1 && total >= (script.fall - 1) * script.intervalUs;
    return `${counts ? `fall ${script.fall} x ${interval}` : interval} of ${owner}`;
  }
  if (keyword === "timeout" && script !== undefined) {
    return `timeout ${plainSeconds(script.timeoutUs)} of ${owner}`;
  }
  const instance = config?.instances.find(({ name }) => name === owner);
  if (instance !== undefined) return instanceWords(keyword, instance);
  const timing = config?.virtualServers
    .flatMap(({ realServers }) => realServers)
    .flatMap(({ checkers }) => checkers)
    .find(({ kind }) => kind === owner)?.timing;
  return timing === undefined ? `${keyword} of ${owner}` : checkerWords({ keyword, owner }, timing);
}

export function checkerWords(
  { keyword, owner }: SettingName,
  { delayLoopUs, retry, delayBeforeRetryUs, connectTimeoutUs }: CheckTiming,
): string {
  switch (keyword) {
    case "delay_loop":
      return `delay_loop ${plainSeconds(delayLoopUs)} of ${owner}`;
    case "retry":
      return `retry ${retry} x delay_before_retry ${plainSeconds(delayBeforeRetryUs)} of ${owner}`;
    default:
      return `${retry + 1} attempts of connect_timeout ${plainSeconds(connectTimeoutUs)} of ${owner}`;
  }
}

function instanceWords(
  keyword: string,
  { name, advertIntUs, downTimerAdverts, priority, preemptDelayUs, version }: VrrpInstance,
): string {
  switch (keyword) {
    case "advert_int":
      return `advert_int ${plainSeconds(advertIntUs)} of ${name} (${downTimerAdverts} adverts may be missed, and the skew)`;
    case "priority":
      return `skew of ${name}, (256 - priority ${priority})/256 ${version === 3 ? "of advert_int" : "s"}`;
    case "preempt_delay":
      return `preempt_delay ${plainSeconds(preemptDelayUs)} of ${name}`;
    default:
      return `${keyword} of ${name}`;
  }
}

interface Helping {
  readonly proposal: Proposal;
  readonly whatIf: AdviceWhatIf;
  readonly price: string;
}

/** The first that keepalived takes, that shortens this failure, and that keeps its outcome. */
function firstThatHelps(
  context: AdviceContext,
  row: Row,
  proposals: readonly Proposal[],
): Helping | undefined {
  for (const proposal of proposals) {
    const helping = tried(context, row, proposal);
    if (helping !== undefined) return helping;
  }
  return undefined;
}

function tried(context: AdviceContext, row: Row, proposal: Proposal): Helping | undefined {
  const { version, holder, fault } = context;
  if (holder === undefined || fault === undefined || row.span === undefined) return undefined;
  const changed = attempt(context, proposal.wishes);
  if (changed === undefined) return undefined;
  const after = predictedNodes(changed.nodes, version);
  const now = rowFor(after, fault, holder);
  if (now?.span === undefined || now.outcome !== row.outcome) return undefined;
  const [was, is] = [boundsOf(actingOf(row)), boundsOf(actingOf(now))];
  if (was.meanUs - is.meanUs < WORTH_US || is.maxUs > was.maxUs) return undefined;
  const table = compareRouters(context.table(), predict(after));
  const harm = table.flatMap(({ problem, rows }) =>
    problem.after === undefined ? rows.filter(isWorse) : rows,
  );
  // A change that lets another failure go unnoticed is not advised for a second of this one.
  if (harm.some(({ before, after: then }) => before.outcome !== then.outcome)) return undefined;
  const slower = harm.map((item) => `${CLASS_WORDS[item.event]} then takes ${courseWords(item)}`);
  return {
    proposal,
    whatIf: {
      change: proposal.wishes,
      of: eventWords(row),
      before: was,
      after: is,
      basis: "formula",
    },
    price: [proposal.price, ...changed.remarks, ...slower].join("; "),
  };
}

function courseWords({ after }: Difference): string {
  return after.total === undefined ? "for ever" : span(after.total.minUs, after.total.maxUs);
}

function isWorse({ before, after }: Difference): boolean {
  if (before.outcome !== after.outcome) return true;
  if (before.total === undefined || after.total === undefined) return false;
  return after.total.meanUs > before.total.meanUs + 1000;
}
