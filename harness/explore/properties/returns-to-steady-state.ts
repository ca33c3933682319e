/**
 * When everything was undone, and the timers had their time, it is as it was: one holder, keepalived on
 * every node, replication running and both copies equal. Nobody restarts anything by hand.
 */
import { only } from "../../history/events.ts";
import { holdersAt, holdings } from "../../history/queries.ts";
import { fails } from "../../scenario/scenario.ts";
import { onlyRouter } from "../../topology/resolve.ts";
import {
  defineProperty,
  violated,
  type ExploredRun,
  type Property,
  type Violation,
} from "../property.ts";
import { vipOf, watched } from "./spans.ts";

export const returnsToSteadyState: Property = defineProperty({
  name: "returns-to-steady-state",
  promise: "after everything is undone: one holder, keepalived on every node, equal copies",
  judge: (run) => [...holders(run), ...daemons(run), ...copies(run)],
});

function holders(run: ExploredRun): Violation[] {
  const { endUs } = watched(run);
  const holding = holdersAt(holdings(run.events, vipOf(run)), endUs);
  if (holding.length === 1) return [];
  if (holding.length === 0) {
    const text = `nobody holds ${vipOf(run)} in the end`;
    return [
      violated("nobody holds the VIP in the end", text, {
        expectation: fails("vip-available", text),
      }),
    ];
  }
  const text = `${holding.join(" and ")} hold ${vipOf(run)} in the end`;
  const expectation = fails("single-holder", text, { ended: false });
  return [violated("two nodes hold the VIP in the end", text, { expectation })];
}

const STARTED = /^Starting Keepalived|Entering (BACKUP|MASTER|FAULT) STATE/;
const ENDED = /^Stopped Keepalived|^Stopped$|^Stopping$|^Stopping Keepalived/;

/** By what it said last. One that is killed says nothing, and its healing starts it again. */
function daemons(run: ExploredRun): Violation[] {
  return onlyRouter(run.topology).members.flatMap(({ node }) => {
    const said = only(run.events, "log").filter(
      (event) =>
        event.node === node &&
        /^keepalived/i.test(event.program) &&
        (STARTED.test(event.text) || ENDED.test(event.text)),
    );
    const last = said.at(-1);
    if (last === undefined || STARTED.test(last.text)) return [];
    const text = `keepalived of ${node} said "${last.text}", and nobody has started it again: one more failure and nobody takes over`;
    return [violated("keepalived stays down on a node", text, { evidence: [last.seq] })];
  });
}

function copies(run: ExploredRun): Violation[] {
  const { verdict, reason, evidence, facts } = run.check("replication-converged");
  if (verdict !== "fail") return [];
  const stuck = facts["stuck"] !== undefined;
  const kind = stuck ? "replication does not come back" : "copies differ in the end";
  return [violated(kind, reason, { evidence, expectation: fails("replication-converged", kind) })];
}
