/**
 * Promise: the VIP is on some node at all times, but for gaps no longer than the scenario allows.
 *
 * Being on a node is not being served: that is `holder-can-serve`.
 */
import { durationUs, formatSeconds, milliseconds } from "../core/time.ts";
import { only } from "../history/events.ts";
import { gaps, holdings, judgedSpan } from "../history/queries.ts";
import { vipAddresses } from "../topology/resolve.ts";
import { fail, inconclusive, pass, setting, type Checker } from "./checker.ts";
import { underNoise } from "./noise.ts";

/**
 * At a hand-over the old master drops the VIP when the new one's advert arrives, and the new one adds
 * it right after sending: which comes first is a matter of scheduling (0.1 to 1 ms were measured).
 */
const HAND_OVER_MS = 20;

export const vipAvailable: Checker = {
  name: "vip-available",
  promise: "the VIP is held by a node, but for gaps within the allowance",
  settings: { maxGapMs: "number" },
  judge: (subject) => {
    const span = judgedSpan(subject.events);
    if (span === undefined) return inconclusive("the run ended before anything could be judged");
    const allowedUs = milliseconds(setting(subject, "maxGapMs", HAND_OVER_MS));
    const found = vipAddresses(subject.topology)
      .flatMap((vip) => gaps(holdings(subject.events, vip), span).map((gap) => ({ ...gap, vip })))
      .sort((a, b) => durationUs(b) - durationUs(a));
    const longest = found[0];
    const facts = {
      allowedUs,
      longestUs: longest === undefined ? 0 : durationUs(longest),
      totalUs: found.reduce((sum, gap) => sum + durationUs(gap), 0),
      gaps: found.map(({ startUs, endUs }) => ({ startUs, endUs })),
    };
    if (longest === undefined) return pass("a node held the VIP at all times", [], facts);
    const text = `nobody held ${longest.vip} for ${formatSeconds(durationUs(longest))} from ${formatSeconds(longest.startUs)}`;
    const evidence = only(subject.events, "address")
      .filter((event) => event.tUs === longest.startUs || event.tUs === longest.endUs)
      .map((event) => event.seq);
    const judgement =
      durationUs(longest) <= allowedUs
        ? pass(`${text}, within the allowance of ${formatSeconds(allowedUs)}`, evidence, facts)
        : fail(`${text}; ${formatSeconds(allowedUs)} is allowed`, evidence, facts);
    return underNoise(judgement, {
      events: subject.events,
      span: longest,
      missedByUs: durationUs(longest) - allowedUs,
    });
  },
};
