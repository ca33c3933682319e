/**
 * Promise: clients of the VIP never wait longer than the bound for a write to be acknowledged, whatever the
 * VIP does: from the last good write to the next one.
 *
 * Without a bound in the scenario it is what the timers allow for the move that happened, and
 * what a client then needs (`failover-within`); where no move was predicted, the load's own deadline.
 */
import { formatSeconds, milliseconds, seconds, type Us } from "../core/time.ts";
import { only, type Event } from "../history/events.ts";
import { failoverOf } from "../timing/failover.ts";
import { loadSpan, longestWriteGap, type WriteGap } from "../timing/outages.ts";
import { predictFailover } from "../timing/predict.ts";
import type { VipLane } from "../workload/workload.ts";
import {
  choice,
  fail,
  inconclusive,
  pass,
  setting,
  type Checker,
  type Subject,
} from "./checker.ts";
import { SERVE_MS_MAX } from "./failover-within.ts";
import { underNoise } from "./noise.ts";

const LANES: readonly VipLane[] = ["fresh", "held"];

/** A client gives up a single operation after this (`defaultWorkload`); then it is no hiccup any more. */
const HICCUP_US: Us = seconds(1);

const WORDS: Readonly<Record<VipLane, string>> = {
  fresh: "new connections",
  held: "the held connection",
};

export const outageWithin: Checker = {
  name: "outage-within",
  promise: "clients of the VIP never go without an acknowledged write for longer than the bound",
  settings: { maxMs: "number", lane: ["fresh", "held"] },
  judge: (subject) => {
    const { events } = subject;
    const span = loadSpan(events);
    if (span === undefined) return inconclusive("the run ended before anything could be judged");
    const wanted = choice(subject, "lane", LANES);
    const lanes = wanted === undefined ? LANES : [wanted];
    const found = LANES.map((lane) => ({ lane, gap: longestWriteGap(events, lane, span) }));
    const judged = found.flatMap(({ lane, gap }) =>
      gap !== undefined && lanes.includes(lane) ? [{ lane, gap }] : [],
    );
    const unserved = lanes.find(
      (lane) => tried(events, lane) && !judged.some((item) => item.lane === lane),
    );
    if (unserved !== undefined) {
      return inconclusive(`no write was acknowledged on ${WORDS[unserved]}`);
    }
    const worst = judged.toSorted((a, b) => lengthUs(b.gap) - lengthUs(a.gap))[0];
    if (worst === undefined) {
      return inconclusive(
        `no write was acknowledged on ${lanes.map((lane) => WORDS[lane]).join(" or ")}`,
      );
    }
    const allowedUs = allowanceOf(subject);
    const facts = {
      allowedUs,
      outageUs: Object.fromEntries(
        found.map(({ lane, gap }) => [lane, gap === undefined ? null : lengthUs(gap)]),
      ),
    };
    const { lane, gap } = worst;
    const missedByUs = lengthUs(gap) - allowedUs;
    const text =
      `${WORDS[lane]} went ${formatSeconds(lengthUs(gap))} without an acknowledged write, from ` +
      `${formatSeconds(gap.startUs)}${gap.open ? " until the load ended" : ""}`;
    const judgement =
      missedByUs <= 0
        ? pass(`${text}; ${formatSeconds(allowedUs)} is allowed`, gap.evidence, facts)
        : fail(`${text}; ${formatSeconds(allowedUs)} is allowed`, gap.evidence, facts);
    return underNoise(judgement, { events, span: gap, missedByUs });
  },
};

/** It wrote at all: a lane that is not in a history says nothing by its silence. */
function tried(events: readonly Event[], lane: VipLane): boolean {
  return only(events, "invoke").some((event) => event.lane === lane && event.write !== undefined);
}

function lengthUs(gap: WriteGap): Us {
  return gap.endUs - gap.startUs;
}

function allowanceOf(subject: Subject): Us {
  const { events, topology } = subject;
  const failover = failoverOf(events, topology);
  const predicted = failover === undefined ? undefined : predictFailover(topology, failover);
  const ownUs = predicted === undefined ? HICCUP_US : predicted.maxUs + milliseconds(SERVE_MS_MAX);
  return milliseconds(setting(subject, "maxMs", ownUs / 1000));
}
