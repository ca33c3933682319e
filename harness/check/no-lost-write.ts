/**
 * Promise: every write that was acknowledged to a client is in the tables at the end, and no write
 * that was refused is.
 *
 * Unknown outcomes are resolved from the tables: they may be there or not, and neither is wrong.
 */
import type { CompleteEvent, Event, EventOf } from "../history/events.ts";
import { only } from "../history/events.ts";
import { fail, inconclusive, pass, type Checker } from "./checker.ts";
import { copies, hasRow, type Copy } from "./copies.ts";

export const noLostWrite: Checker = {
  name: "no-lost-write",
  promise: "acknowledged writes are there at the end, refused ones are not",
  judge: ({ events, topology }) => {
    const tables = copies(events);
    const unread = topology.nodes.filter(
      (node) => node.mysql !== undefined && !tables.has(node.name),
    );
    if (unread.length > 0) {
      return inconclusive(
        `the table of ${unread.map((node) => node.name).join(", ")} was not read`,
      );
    }
    const outcomes = writeOutcomes(events);
    const inNo = (write: WriteOutcome): boolean =>
      [...tables.values()].every((copy) => !hasRow(copy, write.lane, write.write));
    const inSome = (write: WriteOutcome): boolean => !inNo(write);
    const acknowledged = outcomes.filter((write) => write.outcome === "ok");
    const unknown = outcomes.filter((write) => write.outcome === "indeterminate");
    const refused = outcomes.filter((write) => write.outcome === "failed");
    const lost = acknowledged.filter(inNo);
    const partly = acknowledged.filter((write) => inSome(write) && missingSomewhere(tables, write));
    const resurrected = refused.filter(inSome);
    const facts = {
      acknowledged: acknowledged.length,
      refused: refused.length,
      unknown: unknown.length,
      unknownThatHappened: unknown.filter(inSome).length,
      lost: lost.map(nameOf),
      lostOnSomeCopy: partly.map(nameOf),
      resurrected: resurrected.map(nameOf),
    };
    const wrong = [...lost, ...partly, ...resurrected];
    if (wrong.length > 0) {
      return fail(
        describe({ lost, partly, resurrected }),
        wrong.map((write) => write.seq),
        facts,
      );
    }
    if (acknowledged.length === 0) return inconclusive("no write was acknowledged", [], facts);
    return pass(
      `all ${acknowledged.length} acknowledged writes are in every copy` +
        (unknown.length === 0
          ? ""
          : `; of ${unknown.length} with unknown outcome ${facts.unknownThatHappened} happened`),
      [],
      facts,
    );
  },
};

interface WriteOutcome {
  readonly lane: string;
  readonly write: number;
  readonly outcome: CompleteEvent["outcome"];
  readonly server?: string;
  readonly seq: number;
}

/** How each write ended; one that was invoked and never completed is indeterminate. */
function writeOutcomes(events: readonly Event[]): WriteOutcome[] {
  const completed = new Map<number, EventOf<"complete">>();
  for (const event of only(events, "complete")) completed.set(event.op, event);
  return only(events, "invoke").flatMap((event) => {
    if (event.write === undefined) return [];
    const end = completed.get(event.op);
    return [
      {
        lane: event.lane,
        write: event.write,
        outcome: end?.outcome ?? ("indeterminate" as const),
        ...(end?.server === undefined ? {} : { server: end.server }),
        seq: end?.seq ?? event.seq,
      },
    ];
  });
}

function missingSomewhere(tables: ReadonlyMap<string, Copy>, write: WriteOutcome): boolean {
  return [...tables.values()].some((copy) => !hasRow(copy, write.lane, write.write));
}

function nameOf(write: WriteOutcome): string {
  return `${write.lane}#${write.write}`;
}

function describe(found: {
  lost: readonly WriteOutcome[];
  partly: readonly WriteOutcome[];
  resurrected: readonly WriteOutcome[];
}): string {
  const some = (writes: readonly WriteOutcome[]): string =>
    `${writes.slice(0, 3).map(nameOf).join(", ")}${writes.length > 3 ? ", ..." : ""}`;
  return [
    found.lost.length === 0
      ? ""
      : `${found.lost.length} acknowledged writes are in no copy (${some(found.lost)})`,
    found.partly.length === 0
      ? ""
      : `${found.partly.length} acknowledged writes are missing from a copy (${some(found.partly)})`,
    found.resurrected.length === 0
      ? ""
      : `${found.resurrected.length} writes that were refused are there (${some(found.resurrected)})`,
  ]
    .filter(Boolean)
    .join("; ");
}
