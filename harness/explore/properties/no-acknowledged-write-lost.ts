/**
 * What a client was told is written can be read from then on, and is in every copy at the end.
 *
 * Asynchronous replication does not promise that: there a finding is measured, and still shown, because the
 * application has to know. Semi-synchronous replication on any node counts as the promise.
 */
import { fails } from "../../scenario/scenario.ts";
import { moves, tenures } from "../../history/queries.ts";
import { onlyRouter, type ResolvedTopology } from "../../topology/resolve.ts";
import {
  defineProperty,
  violated,
  type ExploredRun,
  type Property,
  type Violation,
} from "../property.ts";
import { hasServer, vipOf } from "./spans.ts";

export const noAcknowledgedWriteLost: Property = defineProperty({
  name: "no-acknowledged-write-lost",
  promise: "an acknowledged write can be read from then on, and is in every copy at the end",
  measuredOnly: whyMeasured,
  judge: (run) => {
    const atTheEnd = lostAtTheEnd(run);
    return atTheEnd === undefined ? missingForClients(run) : [atTheEnd];
  },
});

function whyMeasured({ nodes }: ResolvedTopology): string | undefined {
  const promised = nodes.some(({ mysql }) => mysql?.semiSync !== undefined);
  return promised
    ? undefined
    : "replication is asynchronous: an acknowledgement waits for no other server";
}

function lostAtTheEnd(run: ExploredRun): Violation | undefined {
  const { verdict, facts, reason, evidence } = run.check("no-lost-write");
  if (verdict !== "fail") return undefined;
  const some = (name: string): boolean => {
    const list = facts[name];
    return Array.isArray(list) && list.length > 0;
  };
  const kind = some("lost")
    ? "acknowledged writes are lost for good"
    : some("resurrected")
      ? "refused writes were done"
      : "acknowledged writes are missing from a copy";
  const expectation = fails("no-lost-write", kind);
  return violated(kind, reason, { evidence, expectation });
}

/** Whoever reads next does not find it, and may act on that. */
function missingForClients(run: ExploredRun): Violation[] {
  const { verdict, reason, evidence } = run.check("no-stale-read");
  if (verdict !== "fail") return [];
  const kind = `acknowledged writes are not there ${where(run)}`;
  const expectation = fails("no-stale-read", kind);
  return [violated(kind, reason, { evidence, expectation })];
}

/** A director has the VIP and no copy: its clients read from real servers, wherever the VIP is. */
function where(run: ExploredRun): string {
  const { members } = onlyRouter(run.topology);
  if (!members.some(({ node }) => hasServer(run, node))) return "for clients";
  if (run.check("single-holder").verdict === "fail") return "for clients of the other holder";
  const moved = moves(tenures(run.events, vipOf(run))).some(({ tUs }) => tUs >= run.span.startUs);
  return moved ? "on the new holder" : "for clients";
}
