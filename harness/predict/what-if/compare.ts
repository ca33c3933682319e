/** Two tables of one cluster, event by event. */
import type { FaultClass } from "../classes.ts";
import type { PredictedRouter } from "../predict.ts";
import { boundsOf, type Bounds } from "../quantity.ts";
import type { Row } from "../row.ts";

/** What an event leads to, without the way there. */
export interface Course {
  readonly outcome: Row["outcome"];
  /** From the event to the VIP elsewhere; absent when nothing moves. */
  readonly total?: Bounds;
  readonly endsOn: readonly string[];
  readonly reasons: readonly string[];
}

export interface Difference {
  readonly event: FaultClass;
  readonly before: Course;
  readonly after: Course;
  readonly same: boolean;
}

export interface RouterDifference {
  readonly name: string;
  readonly vrid: number;
  readonly holder: { readonly before?: string; readonly after?: string };
  /** Why there is no table, before or after. */
  readonly problem: { readonly before?: string; readonly after?: string };
  readonly rows: readonly Difference[];
}

export function compareRouters(
  before: readonly PredictedRouter[],
  after: readonly PredictedRouter[],
): RouterDifference[] {
  return before.map((router) => {
    // The VRID is what makes it the same router.
    const other = after.find(({ vrid, name }) => vrid === router.vrid && name === router.name);
    return {
      name: router.name,
      vrid: router.vrid,
      holder: both(router.holder, other?.holder),
      problem: both(
        router.problem,
        other === undefined ? "there is no such router any more" : other.problem,
      ),
      rows: router.rows.flatMap((row) => {
        const now = other?.rows.find(({ event }) => event === row.event);
        return now === undefined ? [] : [difference(row, now)];
      }),
    };
  });
}

function both<T>(before: T | undefined, after: T | undefined): { before?: T; after?: T } {
  return {
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

function difference(before: Row, after: Row): Difference {
  const [one, other] = [courseOf(before), courseOf(after)];
  const plain = (course: Course): string => JSON.stringify({ ...course, reasons: [] });
  return { event: before.event, before: one, after: other, same: plain(one) === plain(other) };
}

function courseOf({ outcome, span, endsOn, reasons }: Row): Course {
  return {
    outcome,
    endsOn,
    reasons,
    ...(span === undefined ? {} : { total: boundsOf(span.total) }),
  };
}
