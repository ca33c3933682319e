/**
 * Promise: after the first fault the VIP moves, inside the interval that the configuration's timers
 * allow, and a client's write is acknowledged on the new holder soon after.
 */
import { formatSeconds, milliseconds, type Us } from "../core/time.ts";
import type { Event } from "../history/events.ts";
import { injections } from "../history/queries.ts";
import { failoverOf, type Failover, type Mark } from "../timing/failover.ts";
import { predictFailover } from "../timing/predict.ts";
import { fail, inconclusive, pass, setting, type Checker, type Judgement } from "./checker.ts";
import { underNoise } from "./noise.ts";

/** ARP, a TCP handshake, a login and a commit on a busy machine. */
export const SERVE_MS_MAX = 1500;

export const failoverWithin: Checker = {
  name: "failover-within",
  promise: "the VIP moves inside the interval the timers allow, and is served there at once",
  settings: { serveMsMax: "number" },
  judge: (subject) => {
    const injection = injections(subject.events)[0];
    if (injection === undefined) return inconclusive("no fault was injected");
    const failover = failoverOf(subject.events, subject.topology);
    if (failover === undefined) {
      return fail(
        `the VIP did not move after the fault (step ${injection.step})`,
        [injection.seq],
        {
          moved: false,
        },
      );
    }
    const predicted = predictFailover(subject.topology, failover);
    const address = failover.stages.address;
    if (predicted === undefined || address === undefined) {
      return inconclusive("nothing is predicted for this fault", [injection.seq]);
    }
    const movedUs = address.tUs - failover.faultUs;
    const write = failover.stages["first-write"];
    const serveUsMax = milliseconds(setting(subject, "serveMsMax", SERVE_MS_MAX));
    const facts = {
      moved: true,
      from: failover.from,
      to: failover.to,
      movedUs,
      minUs: predicted.minUs,
      maxUs: predicted.maxUs,
      formula: predicted.formula,
    };
    const { beforeUs, afterUs } = predicted.allowance ?? { beforeUs: 0, afterUs: 0 };
    const allowed =
      `${formatSeconds(predicted.minUs)} to ${formatSeconds(predicted.maxUs)}, ${predicted.formula}, ` +
      `and for the machine ${formatSeconds(beforeUs)} before and ${formatSeconds(afterUs)} after`;
    const evidence = [failover.faultEvent, address.event];
    const { events } = subject;
    if (movedUs < predicted.minUs || movedUs > predicted.maxUs) {
      return underNoise(
        fail(
          `the VIP was on ${failover.to} ${formatSeconds(movedUs)} after the fault; the timers allow ${allowed}`,
          evidence,
          facts,
        ),
        {
          events,
          span: { startUs: failover.faultUs, endUs: address.tUs },
          missedByUs: Math.max(predicted.minUs - movedUs, movedUs - predicted.maxUs),
        },
      );
    }
    const serving = { failover, facts, allowed, evidence, servedWithinUs: serveUsMax };
    return servedAt(serving, events, { movedUs, addressUs: address.tUs, write });
  },
};

interface Serving {
  readonly failover: Failover;
  readonly facts: Judgement["facts"];
  readonly allowed: string;
  readonly evidence: readonly number[];
  readonly servedWithinUs: Us;
}

/** The VIP moved in time: was it served there soon? */
function servedAt(
  { failover, facts, allowed, evidence, servedWithinUs }: Serving,
  events: readonly Event[],
  {
    movedUs,
    addressUs,
    write,
  }: { readonly movedUs: Us; readonly addressUs: Us; readonly write: Mark | undefined },
): Judgement {
  const { from, to } = failover;
  const inTime = `the VIP moved to ${to} in time, but a write was acknowledged there`;
  if (write === undefined) return fail(`${inTime} never`, evidence, facts);
  const servedUs = write.tUs - addressUs;
  const span = { startUs: failover.faultUs, endUs: write.tUs };
  if (servedUs > servedWithinUs) {
    const judgement = fail(`${inTime} only ${formatSeconds(servedUs)} later`, evidence, facts);
    return underNoise(judgement, { events, span, missedByUs: servedUs - servedWithinUs });
  }
  const judgement = pass(
    `the VIP moved from ${from} to ${to} ${formatSeconds(movedUs)} after the fault (allowed ${allowed})`,
    [...evidence, write.event],
    facts,
  );
  return underNoise(judgement, { events, span });
}
