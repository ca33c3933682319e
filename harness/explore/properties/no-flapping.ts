/** The VIP moves once for what was done and once for what was undone, and is not moved back at once. */
import { only } from "../../history/events.ts";
import { fails } from "../../scenario/scenario.ts";
import { defineProperty, violated, type Property } from "../property.ts";

export const noFlapping: Property = defineProperty({
  name: "no-flapping",
  promise: "the VIP moves no more often than something was done or undone, and not back at once",
  judge: (run) => {
    const acts = only(run.events, "fault").filter(({ edge }) => edge === "begin").length;
    const maxMoves = Math.max(2, acts);
    const { verdict, reason, evidence, facts } = run.check("no-flapping", { maxMoves });
    if (verdict !== "fail") return [];
    const often = Number(facts["moves"]) > maxMoves;
    const kind = often ? "the VIP moves to and fro" : "the VIP is moved back at once";
    const expectation = fails("no-flapping", kind, {}, { maxMoves });
    return [violated(kind, reason, { evidence, expectation })];
  },
});
