/**
 * Promise: after the first fault the VIP moves, inside the interval that the configuration's timers
 * allow, and a client's write is acknowledged on the new holder soon after.
 */
import { formatSeconds, milliseconds } from "../core/time.ts";
import { injections } from "../history/queries.ts";
import { failoverOf } from "../timing/failover.ts";
import { predictFailover } from "../timing/predict.ts";
import { fail, inconclusive, pass, setting, type Checker } from "./checker.ts";

/** ARP, a TCP handshake, a login and a commit on a busy machine. */
const SERVE_MS_MAX = 1500;

export const failoverWithin: Checker = {
  name: "failover-within",
  promise: "the VIP moves inside the interval the timers allow, and is served there at once",
  settings: ["serveMsMax"],
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
    if (movedUs < predicted.minUs || movedUs > predicted.maxUs) {
      return fail(
        `the VIP was on ${failover.to} ${formatSeconds(movedUs)} after the fault; the timers allow ${allowed}`,
        evidence,
        facts,
      );
    }
    if (write === undefined || write.tUs - address.tUs > serveUsMax) {
      const when =
        write === undefined ? "never" : `only ${formatSeconds(write.tUs - address.tUs)} later`;
      return fail(
        `the VIP moved to ${failover.to} in time, but a write was acknowledged there ${when}`,
        evidence,
        facts,
      );
    }
    return pass(
      `the VIP moved from ${failover.from} to ${failover.to} ${formatSeconds(movedUs)} after the fault (allowed ${allowed})`,
      [...evidence, write.event],
      facts,
    );
  },
};
