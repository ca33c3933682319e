/** What the drill itself did: phases, steps, faults with their receipts, observers, links. */
import { describeFault } from "../harness/fault/facts.ts";
import { only, type Event, type EventOf, type Phase } from "../harness/history/events.ts";
import { describeHealing, aimedAt } from "../harness/fault/facts.ts";
import type { Fact } from "./timeline-fact.ts";

const PHASE_WORDS: Readonly<Record<Phase, string | undefined>> = {
  prepare: undefined,
  settle: "services start; waiting for a steady state",
  disturb: "steady; clients are at work, the drill begins",
  heal: "healing, then recovery",
  quiesce: "the load ends; replication may catch up",
  collect: "tables and addresses are read",
  dismantle: undefined,
};

export function runEntries(events: readonly Event[]): Fact[] {
  return [
    ...phases(events),
    ...steps(events),
    ...faults(events),
    ...only(events, "observer")
      .filter((event) => event.state === "lost")
      .map((event) => fact(event, "run", `observer lost: ${event.observer}`, "bad")),
    ...links(events),
  ];
}

function fact(event: Event, lane: string, text: string, tone: Fact["tone"] = "plain"): Fact {
  return { tUs: event.tUs, seq: event.seq, lane, text, tone };
}

function phases(events: readonly Event[]): Fact[] {
  return only(events, "phase").flatMap((event) => {
    const words = PHASE_WORDS[event.phase];
    return event.edge === "end" || words === undefined ? [] : [fact(event, "run", words)];
  });
}

/** A step that only led up to its fault is told by the fault. */
function steps(events: readonly Event[]): Fact[] {
  const withFault = new Set(only(events, "fault").map((event) => event.step));
  return only(events, "step").flatMap((event) => {
    if (event.met && withFault.has(event.step)) return [];
    return event.met
      ? [fact(event, "run", `step ${event.step}: waited for ${event.waitedFor}`, "aside")]
      : [fact(event, "run", `step ${event.step}: waited in vain for ${event.waitedFor}`, "bad")];
  });
}

function faults(events: readonly Event[]): Fact[] {
  const receipts = only(events, "receipt");
  return only(events, "fault")
    .filter((event) => event.edge === "begin")
    .map((event) => {
      const receipt = receipts.find(
        (item) => item.step === event.step && item.action === event.action,
      );
      const what = describeFault(aimedAt(event.fault, event.node));
      const told =
        event.action === "inject" ? what : `healed (${what}): ${describeHealing(event.fault)}`;
      const proven = receipt?.receipt.confirmed === true;
      const tone = proven ? (event.action === "inject" ? "fault" : "good") : "bad";
      return fact(event, event.node, `${told}; ${proofOf(receipt)}`, tone);
    });
}

function proofOf(event: EventOf<"receipt"> | undefined): string {
  if (event === undefined) return "NO RECEIPT";
  const { confirmed, proof } = event.receipt;
  return confirmed ? `confirmed: ${proof}` : `NOT CONFIRMED: ${proof}`;
}

function links(events: readonly Event[]): Fact[] {
  const up = new Map<string, boolean>();
  return only(events, "link").flatMap((event) => {
    const name = `${event.node} ${event.interface}`;
    if (up.get(name) === event.up) return [];
    const known = up.has(name);
    up.set(name, event.up);
    if (!known && event.up) return [];
    const words = `link ${event.interface} ${event.up ? "up" : "down"}`;
    return [fact(event, event.node, words, event.up ? "good" : "bad")];
  });
}
