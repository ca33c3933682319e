/** No two nodes that hold the VIP would accept writes, or did, for longer than a hand-over permits. */
import { fails } from "../../scenario/scenario.ts";
import { defineProperty, violated, type Property } from "../property.ts";

export const noSplitBrain: Property = defineProperty({
  name: "no-split-brain",
  promise: "two nodes never hold the VIP and accept writes (grade c or d of single-holder)",
  judge: (run) => {
    const { facts, reason, evidence } = run.check("single-holder");
    const { worstGrade, ended } = facts;
    if (worstGrade !== "c" && worstGrade !== "d") return [];
    const kind =
      ended === false ? "two writable holders, and it does not end" : "two writable holders";
    const expectation = fails(
      "single-holder",
      "two nodes hold the VIP and would accept writes",
      ended === false ? { ended } : {},
    );
    return [violated(kind, reason, { evidence, expectation })];
  },
});
