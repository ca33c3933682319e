/**
 * Promise: the mysqld of the node that holds the VIP answers, but for spells no longer than the
 * scenario allows (a check needs time to notice).
 *
 * Known from a probe at each node's own address; the spell is counted from the last moment at which
 * the server still answered, so it is never shown shorter than it was.
 */
import { durationUs, formatSeconds, intersect, milliseconds, type Interval } from "../core/time.ts";
import { endOfWatch, holdings, judgedSpan } from "../history/queries.ts";
import { only, type Event } from "../history/events.ts";
import { vipAddresses } from "../topology/resolve.ts";
import { fail, inconclusive, pass, setting, type Checker } from "./checker.ts";
import { underNoise } from "./noise.ts";

export const holderCanServe: Checker = {
  name: "holder-can-serve",
  promise: "the holder's mysqld answers, but for spells within the allowance",
  settings: { maxSpellMs: "number" },
  judge: (subject) => {
    const span = judgedSpan(subject.events);
    if (span === undefined) return inconclusive("the run ended before anything could be judged");
    const unwatched = subject.topology.nodes.find(
      (node) => !only(subject.events, "mysqld").some((event) => event.node === node.name),
    );
    if (unwatched !== undefined) {
      return inconclusive(`the mysqld of ${unwatched.name} was not watched`);
    }
    const allowedUs = milliseconds(setting(subject, "maxSpellMs", 0));
    const spells = vipAddresses(subject.topology)
      .flatMap((vip) => holdings(subject.events, vip))
      .flatMap((holding) =>
        silentSpans(subject.events, holding.node).flatMap((silent) => {
          const shared = intersect(silent, holding);
          const judged = shared === undefined ? undefined : intersect(shared, span);
          if (judged === undefined) return [];
          return [{ ...judged, node: holding.node, event: silent.event }];
        }),
      )
      .sort((a, b) => durationUs(b) - durationUs(a));
    const longest = spells[0];
    const facts = {
      allowedUs,
      longestUs: longest === undefined ? 0 : durationUs(longest),
      spells: spells.map(({ node, startUs, endUs }) => ({ node, startUs, endUs })),
    };
    if (longest === undefined) return pass("the holder's mysqld answered all the time", [], facts);
    const text = `${longest.node} held the VIP for ${formatSeconds(durationUs(longest))} while its mysqld did not answer`;
    const evidence = [longest.event];
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

/** Spans in which a node's mysqld was down or silent. */
function silentSpans(
  events: readonly Event[],
  node: string,
): (Interval & { readonly event: number })[] {
  const changes = only(events, "mysqld").filter((event) => event.node === node);
  return changes.flatMap((event, index) => {
    // Silence goes on through `unresponsive` and `down`, until the server is up again.
    const goesOn = index > 0 && changes[index - 1]?.state !== "up";
    if (event.state === "up" || goesOn) return [];
    const up = changes.slice(index).find((change) => change.state === "up");
    const endUs = up?.tUs ?? endOfWatch(events);
    // A closed connection is an event of its own; silence began at the last answer.
    const startUs = event.state === "down" ? event.tUs : event.notBeforeUs;
    return [{ startUs, endUs, event: event.seq }];
  });
}
