/**
 * When everything was undone, and the timers had their time, it is as it was: one holder, keepalived on
 * every node, replication running and both copies equal. Nobody restarts anything by hand.
 */
import { formatSeconds } from "../../core/time.ts";
import { only, type EventOf } from "../../history/events.ts";
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
import { faultsInForce, vipOf, watched } from "./spans.ts";

export const returnsToSteadyState: Property = defineProperty({
  name: "returns-to-steady-state",
  promise: "after everything is undone: one holder, keepalived on every node, equal copies",
  judge: (run) => [...holders(run), ...daemons(run), ...servers(run), ...copies(run)],
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

const DOWN = "keepalived stays down on a node";
const STARTED = /^Starting Keepalived|Entering (BACKUP|MASTER|FAULT) STATE/;
const ENDED = /^Stopped Keepalived|^Stopped$|^Stopping$|^Stopping Keepalived/;

/** What ends it without a word; it has to say that it started after that. */
const SILENT_ENDS: ReadonlySet<string> = new Set([
  "keepalived-killed",
  "node-powered-off",
  "node-rebooted",
]);

/** By what it said last, and what was done to it since. */
function daemons(run: ExploredRun): Violation[] {
  return onlyRouter(run.topology).members.flatMap(({ node }) => {
    const said = only(run.events, "log").filter(
      (event) =>
        event.node === node &&
        /^keepalived/i.test(event.program) &&
        (STARTED.test(event.text) || ENDED.test(event.text)),
    );
    const last = said.at(-1);
    if (last === undefined) return [];
    if (STARTED.test(last.text)) return notStartedSince(run, node, last);
    const text = `keepalived of ${node} said "${last.text}", and nobody has started it again: one more failure and nobody takes over`;
    return [violated(DOWN, text, { evidence: [last.seq] })];
  });
}

/** Killed, or without power, after the last sign of its start: an init system that was not told to start it. */
function notStartedSince(run: ExploredRun, node: string, last: EventOf<"log">): Violation[] {
  const ended = faultsInForce(run).find(
    ({ node: hit, startUs, event }) =>
      hit === node && startUs > last.tUs && SILENT_ENDS.has(event.fault.kind),
  );
  if (ended === undefined) return [];
  const text = `keepalived of ${node} ended at ${formatSeconds(ended.startUs)} and was not seen to start again: one more failure and nobody takes over`;
  return [violated(DOWN, text, { evidence: [ended.event.seq] })];
}

/** A server that was started again, and is not there. */
function servers(run: ExploredRun): Violation[] {
  return run.topology.nodes.flatMap(({ name, mysql }) => {
    if (mysql === undefined) return [];
    const last = only(run.events, "mysqld").findLast(
      ({ node, tUs }) => node === name && tUs <= watched(run).endUs,
    );
    if (last === undefined || last.state === "up") return [];
    const text = `mysqld of ${name} is ${last.state} in the end, although everything was undone`;
    return [violated("mysqld stays down on a node", text, { evidence: [last.seq] })];
  });
}

function copies(run: ExploredRun): Violation[] {
  const { verdict, reason, evidence, facts } = run.check("replication-converged");
  if (verdict !== "fail") return [];
  const stuck = facts["stuck"] !== undefined;
  const kind = stuck ? "replication does not come back" : "copies differ in the end";
  return [violated(kind, reason, { evidence, expectation: fails("replication-converged", kind) })];
}
