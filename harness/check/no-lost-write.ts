/**
 * Promise: every write that was acknowledged to a client is in the tables at the end, and no write
 * that was refused is.
 *
 * Unknown outcomes are resolved from the tables: they may be there or not, and neither is wrong.
 * Clients behind the VIP's back count like any others.
 */
import type { CompleteEvent, Event, EventOf } from "../history/events.ts";
import { only } from "../history/events.ts";
import { fail, inconclusive, pass, type Checker } from "./checker.ts";
import { clashes, clashFact, clashWords, copies, hasRow, rowName, type Copy } from "./copies.ts";

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
    const partly = acknowledged.filter(
      (write) => inSome(write) && lacking(tables, write).length > 0,
    );
    const clashing = clashes(tables);
    const resurrected = refused.filter(inSome);
    const facts = {
      acknowledged: acknowledged.length,
      refused: refused.length,
      unknown: unknown.length,
      unknownThatHappened: unknown.filter(inSome).length,
      lost: lost.map(nameOf),
      lostOnSomeCopy: partly.map(nameOf),
      resurrected: resurrected.map(nameOf),
      ...(clashing.length === 0 ? {} : { clashes: clashing.slice(0, 100).map(clashFact) }),
    };
    const wrong = [...lost, ...partly, ...resurrected];
    if (wrong.length > 0) {
      return fail(
        describe({ lost, partly, resurrected, tables, clashing: clashWords(clashing) }),
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

/** Nodes whose copy does not have it. */
function lacking(tables: ReadonlyMap<string, Copy>, write: WriteOutcome): string[] {
  return [...tables].flatMap(([node, copy]) =>
    hasRow(copy, write.lane, write.write) ? [] : [node],
  );
}

function nameOf(write: WriteOutcome): string {
  return rowName(write.lane, write.write);
}

interface Wrong {
  readonly lost: readonly WriteOutcome[];
  readonly partly: readonly WriteOutcome[];
  readonly resurrected: readonly WriteOutcome[];
  readonly tables: ReadonlyMap<string, Copy>;
  readonly clashing: string | undefined;
}

function describe({ lost, partly, resurrected, tables, clashing }: Wrong): string {
  const some = (writes: readonly WriteOutcome[]): string =>
    `${writes.slice(0, 3).map(nameOf).join(", ")}${writes.length > 3 ? ", ..." : ""}`;
  const where = [...tables.keys()].flatMap((node) => {
    const writes = partly.filter((write) => lacking(tables, write).includes(node));
    return writes.length === 0 ? [] : [`not on ${node}: ${some(writes)}`];
  });
  return [
    ...(lost.length === 0
      ? []
      : [`${lost.length} acknowledged writes are in no copy (${some(lost)})`]),
    ...(partly.length === 0
      ? []
      : [`${partly.length} acknowledged writes are missing from a copy (${where.join("; ")})`]),
    ...(resurrected.length === 0
      ? []
      : [`${resurrected.length} writes that were refused are there (${some(resurrected)})`]),
    ...(clashing === undefined ? [] : [clashing]),
  ].join("; ");
}
