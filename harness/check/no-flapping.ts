/**
 * Promise: the VIP changes its holder no more often than a drill gives reason to, and is not moved and moved
 * back within a moment.
 *
 * Of two nodes that have the VIP, the one that took it last counts as the holder (`queries.ts:tenures`).
 * Cannot see: a node that loses the VIP and takes it again with nobody else in between, which is a gap
 * (`vip-available`).
 */
import { formatSeconds, milliseconds, type Us } from "../core/time.ts";
import { only, type Event } from "../history/events.ts";
import { judgedSpan, moves, tenures, type Move } from "../history/queries.ts";
import { vipAddresses } from "../topology/resolve.ts";
import { fail, inconclusive, pass, setting, type Checker } from "./checker.ts";

/** Away and back: one failure and its repair. */
const MOVES_MAX = 2;
/** A hand-over and its reversal inside one advert interval: two nodes disagree about who is master. */
const UNDONE_WITHIN_MS = 1000;

export const noFlapping: Checker = {
  name: "no-flapping",
  promise: "the VIP moves no more often than there is reason to, and is not moved back at once",
  settings: { maxMoves: "number", withinMs: "number" },
  judge: (subject) => {
    const { events, topology } = subject;
    const span = judgedSpan(events);
    if (span === undefined) return inconclusive("the run ended before anything could be judged");
    if (only(events, "address").length === 0) return inconclusive("no address was seen anywhere");
    const allowed = setting(subject, "maxMoves", MOVES_MAX);
    const withinUs = milliseconds(setting(subject, "withinMs", UNDONE_WITHIN_MS));
    const found = vipAddresses(topology).map((vip) => ({
      vip,
      list: moves(tenures(events, vip)).filter((move) => move.tUs >= span.startUs),
    }));
    const busiest = found.toSorted((a, b) => b.list.length - a.list.length)[0];
    const list = busiest?.list ?? [];
    const undone = found
      .flatMap((item) => undoings(item.list, events))
      .toSorted((a, b) => a.afterUs - b.afterUs)[0];
    const facts = {
      moves: list.length,
      allowed,
      quickestUndoneUs: undone?.afterUs ?? null,
    };
    const evidence = list.map((move) => move.event);
    if (undone !== undefined && undone.afterUs < withinUs) {
      return fail(
        `the VIP went to ${undone.move.to} at ${formatSeconds(undone.move.tUs)} and back to ` +
          `${undone.move.from} ${formatSeconds(undone.afterUs)} later, without a fault or healing in between`,
        evidence,
        facts,
      );
    }
    const text = `the VIP changed its holder ${times(list.length)}${way(list)}`;
    return list.length <= allowed
      ? pass(text, evidence, facts)
      : fail(`${text}; ${times(allowed)} is allowed`, evidence, facts);
  },
};

interface Undoing {
  readonly move: Move;
  readonly afterUs: Us;
}

/** Moves that the next one takes back, of its own accord. */
function undoings(list: readonly Move[], events: readonly Event[]): Undoing[] {
  return list.flatMap((move, index) => {
    const next = list[index + 1];
    if (next?.to !== move.from) return [];
    const reason = only(events, "fault").some(
      (event) => event.tUs > move.tUs && event.tUs <= next.tUs,
    );
    return reason ? [] : [{ move, afterUs: next.tUs - move.tUs }];
  });
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function way(list: readonly Move[]): string {
  const [first] = list;
  if (first === undefined) return "";
  return `: ${[first.from, ...list.map((move) => `${move.to} (${formatSeconds(move.tUs)})`)].join(", ")}`;
}
