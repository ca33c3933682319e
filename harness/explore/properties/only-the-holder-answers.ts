/**
 * By ARP a node says that it has the VIP only while it has. A real server of a director that answers for the address on
 * its loopback interface takes clients past the director, by chance, and as long as nobody asks again.
 *
 * What a foreign host says is its own fault, and its fault is what was drawn.
 */
import { fails } from "../../scenario/scenario.ts";
import { defineProperty, violated, type Property } from "../property.ts";

export const onlyTheHolderAnswers: Property = defineProperty({
  name: "only-the-holder-answers",
  promise: "no node answers for the VIP, or announces it, without holding it",
  judge: (run) => {
    const { verdict, facts, reason, evidence } = run.check("vip-answered-by");
    if (verdict !== "fail") return [];
    const nodes = run.topology.nodes.map(({ name }) => name);
    const beyond = Object.keys((facts["beyondHolder"] ?? {}) as object);
    if (!beyond.some((name) => nodes.includes(name))) return [];
    const kind = "a node answers for the VIP without holding it";
    return [violated(kind, reason, { evidence, expectation: fails("vip-answered-by", kind) })];
  },
});
