/**
 * A first holder that is well again gets the VIP back, or does not, as whoever wrote the configuration meant it:
 * `nopreempt` on any node is taken for the wish that it stays where it is.
 *
 * Judged only where the checker can tell a return from a failover: everything that was done was done to the first
 * holder's processes or to all of it. Of a cable, an advert or a configuration the formulas know nothing.
 *
 * Where nothing was done at all, the VIP is where the priorities as they are written put it.
 *
 * What the text then really does (`nopreempt` beside `state MASTER`, or on the node that would never
 * preempt) is another matter, and that is the point.
 */
import { definitionOf, plainOf } from "../../fault/facts.ts";
import { holdersAt, holdings, injections } from "../../history/queries.ts";
import { fails } from "../../scenario/scenario.ts";
import { onlyRouter, type ResolvedTopology } from "../../topology/resolve.ts";
import {
  defineProperty,
  violated,
  type ExploredRun,
  type Property,
  type Violation,
} from "../property.ts";
import { vipOf } from "./spans.ts";

export const preemptionAsConfigured: Property = defineProperty({
  name: "preemption-as-configured",
  promise: "the VIP goes back to a first holder that is well again, or with nopreempt stays",
  judge: (run) => {
    if (injections(run.events).length === 0) return misplaced(run);
    if (!isPlain(run)) return [];
    const expect = meant(run.topology);
    const { verdict, reason, evidence, facts } = run.check("preemption", { expect });
    if (verdict !== "fail") return [];
    const seen = facts["seen"];
    const kind =
      seen === "stayed"
        ? "the VIP does not go back"
        : expect === "stays"
          ? "the VIP goes back although nopreempt is configured"
          : "the VIP goes back too late";
    const expectation = fails("preemption", kind, {}, { expect });
    return [violated(kind, reason, { evidence, expectation })];
  },
});

/** A check that fails on a healthy node, or whose weight turns the order round. */
function misplaced(run: ExploredRun): Violation[] {
  if (meant(run.topology) === "stays") return [];
  const ranks = onlyRouter(run.topology).members.toSorted((a, b) => b.priority - a.priority);
  const [first, second] = ranks;
  if (first === undefined || first.priority === second?.priority) return [];
  const { startUs, endUs } = run.span;
  const held = holdings(run.events, vipOf(run));
  const seen = [startUs, endUs].map((atUs) => holdersAt(held, atUs));
  const [holder] = seen[0] ?? [];
  const stayed = seen.every((names) => names.length === 1 && names[0] === holder);
  if (!stayed || holder === undefined || holder === first.node) return [];
  const text = `nothing was done, and ${holder} holds ${vipOf(run)} although ${first.node} has the highest configured priority`;
  return [violated("the VIP is not with the highest priority", text)];
}

function isPlain(run: ExploredRun): boolean {
  const home = holdersAt(holdings(run.events, vipOf(run)), run.span.startUs)[0];
  return injections(run.events).every(({ node, fault }) => {
    const plain = plainOf(fault);
    const { group } = definitionOf(plain);
    const counts = group === "process" || group === "node";
    return node === home && counts && plain.kind !== "check-script-replaced";
  });
}

function meant({ nodes }: ResolvedTopology): "stays" | "returns" {
  return nodes.some(({ keepalived = "" }) => /^\s*nopreempt\b/m.test(keepalived))
    ? "stays"
    : "returns";
}
