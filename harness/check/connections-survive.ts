/**
 * Promise: the kept connection that was open when the fault began is never reset or closed, through the move and after it.
 *
 * The client opens a new one if and only if an operation on the old one did not end well, so the first operation of the
 * lane that failed or got no answer is the end of the connection. One that the client itself gave up at its own
 * deadline may have survived for a client with more patience: then nothing can be said. Silence is not an end.
 *
 * Cannot see: connections that nobody uses.
 */
import { formatSeconds, type Us } from "../core/time.ts";
import { only, type EventOf } from "../history/events.ts";
import { moves, tenures } from "../history/queries.ts";
import { loadSpan } from "../timing/outages.ts";
import { vipAddresses } from "../topology/resolve.ts";
import { causeOf } from "./cause.ts";
import { fail, inconclusive, pass, type Checker, type Subject } from "./checker.ts";

/** What our client says when its own deadline was over (`images/observer/client/connection.ts`). */
const OWN_DEADLINE = "DEADLINE";

export const connectionsSurvive: Checker = {
  name: "connections-survive",
  promise: "the kept connection through the VIP is not reset by the fault or by the move",
  settings: { after: "text" },
  judge: (subject) => {
    const { events } = subject;
    const span = loadSpan(events);
    if (span === undefined) return inconclusive("the run ended before anything could be judged");
    const cause = causeOf(subject);
    if (cause === undefined) return inconclusive("no fault was injected");
    const ends = only(events, "complete").filter(
      ({ lane, tUs }) => lane === "held" && tUs <= span.endUs,
    );
    const before = ends.findLast(({ tUs }) => tUs <= cause.tUs);
    if (before?.outcome !== "ok") {
      return inconclusive("no kept connection was open when the fault began", [cause.event]);
    }
    const after = ends.filter(({ tUs }) => tUs > cause.tUs);
    const end = after.find(({ outcome }) => outcome !== "ok");
    const last = after.findLast(({ outcome }) => outcome === "ok");
    const silenceUs = longestSilence([before, ...after], end, span.endUs);
    const moved = movedBetween(subject, cause.tUs, span.endUs);
    const facts = {
      brokenAfterMs: end === undefined ? null : (end.tUs - cause.tUs) / 1000,
      silenceMs: silenceUs / 1000,
      moved: moved !== undefined,
    };
    if (end !== undefined) {
      const evidence = [cause.event, before.seq, end.seq];
      const error = end.error ?? "no answer";
      const when = `${formatSeconds(end.tUs - cause.tUs)} after ${cause.step}`;
      return error === OWN_DEADLINE
        ? inconclusive(
            `the client gave the kept connection up ${when}, at its own deadline: a longer one is needed to tell`,
            evidence,
            facts,
          )
        : fail(`the kept connection ended ${when}: ${error}`, evidence, facts);
    }
    if (last === undefined) {
      return inconclusive("the kept connection was not used any more", [cause.event], facts);
    }
    const move = moved === undefined ? "the VIP did not move" : `the VIP went to ${moved.to}`;
    return pass(
      `the kept connection went on (${move}), silent for ${formatSeconds(silenceUs)} at most`,
      [cause.event, before.seq, last.seq, ...(moved === undefined ? [] : [moved.event])],
      facts,
    );
  },
};

/** Between two good answers, while it lasted; with the time since the last one, if that is longer. */
function longestSilence(
  ends: readonly EventOf<"complete">[],
  broken: EventOf<"complete"> | undefined,
  loadEndUs: Us,
): Us {
  const untilUs = broken?.tUs ?? loadEndUs;
  const good = ends.filter(({ outcome, tUs }) => outcome === "ok" && tUs <= untilUs);
  const edges = [...good.map(({ tUs }) => tUs), untilUs];
  return Math.max(0, ...edges.slice(1).map((tUs, index) => tUs - (edges[index] ?? tUs)));
}

function movedBetween(
  { events, topology }: Subject,
  fromUs: Us,
  untilUs: Us,
): ReturnType<typeof moves>[number] | undefined {
  const vip = vipAddresses(topology)[0];
  if (vip === undefined) return undefined;
  return moves(tenures(events, vip)).find(({ tUs }) => tUs > fromUs && tUs <= untilUs);
}
