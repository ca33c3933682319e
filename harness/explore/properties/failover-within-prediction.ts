/**
 * A single failure of the holder moves the VIP in the interval that its timers allow.
 *
 * Judged only where the closed formulas say something: the first fault, on the holder, and nothing else
 * done by anybody until the latest moment they name.
 */
import { seconds } from "../../core/time.ts";
import { only } from "../../history/events.ts";
import { holdersAt, holdings, injections } from "../../history/queries.ts";
import { fails } from "../../scenario/scenario.ts";
import { predictMove } from "../../timing/predict.ts";
import { defineProperty, violated, type ExploredRun, type Property } from "../property.ts";
import { vipOf } from "./spans.ts";

/** After the latest predicted moment: ARP, a handshake, a login (`failover-within` allows 1.5 s). */
const SERVED_US = seconds(1.5);

export const failoverWithinPrediction: Property = defineProperty({
  name: "failover-within-prediction",
  promise:
    "a single failure of the holder moves the VIP when the timers say, and it is served there",
  judge: (run) => {
    if (!isPredicted(run)) return [];
    const finding = run.check("failover-within");
    if (finding.verdict !== "fail") return [];
    const { reason, evidence, facts } = finding;
    const kind = kindOf(facts);
    const expectation = fails("failover-within", "the VIP does not move as the timers say");
    return [violated(kind, reason, { evidence, expectation })];
  },
});

function isPredicted(run: ExploredRun): boolean {
  const first = injections(run.events)[0];
  if (first === undefined || first.fault.kind === "sabotaged") return false;
  const holder = holdersAt(holdings(run.events, vipOf(run)), first.tUs)[0];
  if (holder === undefined || first.node !== holder) return false;
  const predicted = predictMove(run.topology, first.fault, holder);
  if (predicted === undefined) return false;
  const untilUs = first.tUs + predicted.maxUs + SERVED_US;
  const others = only(run.events, "fault").filter(
    (event) => event.edge === "begin" && event !== first && event.tUs <= untilUs,
  );
  return others.length === 0;
}

function kindOf({ moved, movedUs, minUs, maxUs }: Readonly<Record<string, unknown>>): string {
  if (moved !== true) return "the VIP does not move";
  if (Number(movedUs) > Number(maxUs)) return "the VIP moves too late";
  return Number(movedUs) < Number(minUs) ? "the VIP moves too early" : "moved and not served";
}
