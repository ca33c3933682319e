/** The verdict and its consequence in plain words: what a report starts with. */
import { durationUs, formatSeconds, milliseconds } from "../harness/core/time.ts";
import {
  gaps,
  holdersAt,
  holdings,
  injections,
  judgedSpan,
  overlaps,
} from "../harness/history/queries.ts";
import type { Outcome } from "../harness/run/judge.ts";
import type { Failover } from "../harness/timing/failover.ts";
import { vipAddresses } from "../harness/topology/resolve.ts";
import { anyWrite, withoutWritesOf } from "./clients.ts";
import { failoverNoise, noiseMark } from "./noise.ts";
import type { ReportedRun } from "./reported.ts";
import { counted } from "./units.ts";

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  "as-expected": "as expected",
  unexpected: "UNEXPECTED",
  inconclusive: "VOID",
  skipped: "skipped",
  error: "ERROR",
};

export interface Headline {
  readonly outcome: Outcome;
  readonly words: string;
  readonly name: string;
  readonly title: string;
  readonly simulated: boolean;
  /** What happened to the VIP, the clients and the data; for a run without a verdict, why. */
  readonly story: string;
  /** Why this outcome, when it needs saying. */
  readonly why?: string;
}

export function headlineOf(run: ReportedRun): Headline {
  const { record, result } = run;
  const plain = result.outcome === "as-expected" && record.scenario.canary === undefined;
  const judged = result.outcome !== "error" && result.outcome !== "skipped";
  return {
    outcome: result.outcome,
    words: OUTCOME_WORDS[result.outcome],
    name: record.scenario.name,
    title: record.scenario.title,
    simulated: record.simulated,
    story: judged ? storyOf(run) : troubleOf(run),
    ...(plain || !judged ? {} : { why: whyOf(run) }),
  };
}

function troubleOf({ record, result }: ReportedRun): string {
  if (record.skipped !== undefined) return `not run: ${record.skipped.join("; ")}`;
  if (record.error === undefined) return result.reason;
  return `${record.error.code}: ${record.error.message}`;
}

/** A void run says which precondition failed; anything else is said by the judge. */
function whyOf({ record, result }: ReportedRun): string {
  if (result.outcome !== "inconclusive" || record.scenario.canary !== undefined) {
    return result.reason;
  }
  const voided = result.preconditions.find((finding) => finding.verdict !== "pass");
  return voided === undefined
    ? `not enough evidence: ${result.reason}`
    : `this run proves nothing: precondition ${voided.checker} is not met: ${voided.reason}`;
}

function storyOf(run: ReportedRun): string {
  const parts = [vipStory(run), clientStory(run), dataStory(run)];
  return parts.filter((part) => part !== undefined).join(", ") || run.result.reason;
}

/** A shorter time together, or on no node, is a hand-over's own. */
const TOGETHER_US_MIN = milliseconds(10);

function vipStory(run: ReportedRun): string | undefined {
  const { failover } = run.result;
  if (failover !== undefined) return moveStory(run, failover);
  const span = judgedSpan(run.events);
  const vip = run.record.topology === undefined ? undefined : vipAddresses(run.record.topology)[0];
  if (span === undefined || vip === undefined) return undefined;
  const held = holdings(run.events, vip);
  const before = holdersAt(held, injections(run.events)[0]?.tUs ?? span.startUs).join(" and ");
  const after = holdersAt(held, span.endUs).join(" and ");
  if (before === "") return "the VIP was on no node";
  if (after === "") return `the VIP left ${before} and no node took it`;
  if (before !== after) return `VIP on ${before}, at the end on ${after}`;
  const fromUs = injections(run.events)[0]?.tUs ?? span.startUs;
  const away = gaps(held, { startUs: fromUs, endUs: span.endUs });
  const awayUs = away.reduce((sum, gap) => sum + durationUs(gap), 0);
  return awayUs < TOGETHER_US_MIN
    ? `VIP stayed on ${before}`
    : `VIP on no node for ${formatSeconds(awayUs)}, then on ${before} again`;
}

function moveStory(run: ReportedRun, failover: Failover): string {
  const movedUs = (failover.stages.address?.tUs ?? failover.faultUs) - failover.faultUs;
  const together = overlaps(holdings(run.events, failover.vip)).find(
    (item) =>
      [item.first.node, item.second.node].includes(failover.to) &&
      item.startUs === failover.stages.address?.tUs,
  );
  const noisy = noiseMark(failoverNoise(run));
  const togetherUs = together === undefined ? 0 : together.endUs - together.startUs;
  if (together === undefined || togetherUs < TOGETHER_US_MIN) {
    return `VIP ${failover.from} -> ${failover.to} after ${formatSeconds(movedUs)}${noisy}`;
  }
  const open = together.first.open && together.second.open;
  const end = open ? " (until the end)" : "";
  return (
    `VIP on ${failover.to} as well after ${formatSeconds(movedUs)}${noisy}, ` +
    `on both nodes for ${formatSeconds(togetherUs)}${end}`
  );
}

function clientStory(run: ReportedRun): string | undefined {
  const without = withoutWritesOf(run);
  if (without === undefined) return anyWrite(run) ? "clients kept writing" : undefined;
  const end = without.untilEnd ? " (until the load ended)" : "";
  return `clients without writes for ${formatSeconds(without.us)}${end}`;
}

function dataStory({ result }: ReportedRun): string | undefined {
  const finding = result.expectations.find(
    (item) => item.finding.checker === "no-lost-write",
  )?.finding;
  if (finding === undefined || finding.verdict === "inconclusive") return undefined;
  if (finding.verdict === "pass") return "no acknowledged write lost";
  const count = (name: string): number => {
    const value = finding.facts[name];
    return Array.isArray(value) ? value.length : 0;
  };
  const lost = count("lost");
  const partly = count("lostOnSomeCopy");
  const back = count("resurrected");
  return [
    ...(lost > 0 ? [`${counted(lost, "acknowledged write")} LOST`] : []),
    ...(partly > 0 ? [`${counted(partly, "acknowledged write")} missing from a copy`] : []),
    ...(back > 0 ? [`${counted(back, "refused write")} there after all`] : []),
  ].join(", ");
}
