/** Faults with their receipts, links that went down. */
import {
  aimedAt,
  definitionOf,
  describeFault,
  describeHealing,
  plainOf,
} from "../../../harness/fault/facts.ts";
import type { Fault } from "../../../harness/fault/fault.ts";
import { only, type Event, type EventOf } from "../../../harness/history/events.ts";
import { byName, lasting, type Lane, type LaneMark, type LaneSpan, type Source } from "./lane.ts";

const GROUP = "Faults";

export function faultLanes(source: Source): Lane[] {
  const { events } = source;
  const names = new Map<string, Event[]>();
  for (const event of events) {
    if (event.kind !== "fault" && event.kind !== "receipt") continue;
    const key = `${event.step} ${event.node}`;
    names.set(key, [...(names.get(key) ?? []), event]);
  }
  return [...names.values()].flatMap((group) => laneOf(group, source));
}

function laneOf(group: readonly Event[], source: Source): Lane[] {
  const edges = only(group, "fault");
  const first = edges[0];
  if (first === undefined) return [];
  const what = describeFault(aimedAt(first.fault, first.node));
  const receipts = only(group, "receipt");
  return [
    {
      group: GROUP,
      label: what,
      size: "split",
      hint: `From just before its injection to the end of its healing (${describeHealing(first.fault)}). A diamond is a receipt: the proof that it took effect.`,
      spans: spansOf(edges, receipts, source).map((span) => ({
        ...span,
        text: `${what}${span.text}`,
      })),
      marks: [...edges.map(edgeMark), ...receipts.map(receiptMark)].sort((a, b) => a.seq - b.seq),
    },
  ];
}

/** Texts are what follows the name of the fault. */
function spansOf(
  edges: readonly EventOf<"fault">[],
  receipts: readonly EventOf<"receipt">[],
  { watchEndUs }: Source,
): LaneSpan[] {
  const injected = edges.filter(({ action, edge }) => action === "inject" && edge === "begin");
  return injected.map((begin, index) => {
    const nextUs = injected[index + 1]?.tUs ?? Number.POSITIVE_INFINITY;
    const within = ({ tUs, seq }: Event): boolean => seq > begin.seq && tUs < nextUs;
    const healed = edges.findLast((event) => event.action === "heal" && within(event));
    const receipt = receipts.find((event) => event.action === "inject" && within(event));
    const healable = isHealable(begin.fault);
    const doneUs = edges.findLast(within)?.tUs ?? begin.tUs;
    const proven = receipt?.receipt.confirmed === true;
    return {
      startUs: begin.tUs,
      endUs: healed?.tUs ?? (healable ? Math.max(begin.tUs, Math.min(watchEndUs, nextUs)) : doneUs),
      look: proven ? "fault" : "unproven",
      text: `${proven ? "" : ", NOT CONFIRMED"}${healable && healed === undefined ? ", not healed" : ""}`,
      seq: receipt?.seq ?? begin.seq,
    };
  });
}

/** Acts such as a start of keepalived are done when they are done. */
function isHealable(fault: Fault): boolean {
  return definitionOf(plainOf(fault)).healing !== undefined;
}

function edgeMark({ tUs, seq, action, edge }: EventOf<"fault">): LaneMark {
  const text = `${action === "inject" ? "injection" : "healing"} ${edge === "begin" ? "begins" : "done"}`;
  return { tUs, seq, look: "event", text };
}

function receiptMark({ tUs, seq, action, receipt }: EventOf<"receipt">): LaneMark {
  const { confirmed, proof } = receipt;
  const of = action === "inject" ? "injection" : "healing";
  return {
    tUs,
    seq,
    look: confirmed ? "proof" : "failed",
    text: `receipt of the ${of}, ${confirmed ? "confirmed" : "NOT CONFIRMED"}: ${proof}`,
  };
}

/** Only links that were seen down: all others are up, as they should. */
export function linkLanes(source: Source): Lane[] {
  const changes = byName(source, only(source.events, "link"), ({ node }) => node);
  return changes.flatMap(([node, list]) =>
    [...Map.groupBy(list, (event) => event.interface)].flatMap(([name, events]): Lane[] => {
      if (events.every(({ up }) => up)) return [];
      const states = events.map(({ tUs, seq, up }) => ({
        tUs,
        seq,
        shown: up
          ? { look: "good" as const, text: "link up" }
          : { look: "bad" as const, text: "link DOWN" },
      }));
      return [
        {
          group: GROUP,
          label: `${node} link ${name}`,
          hint: "What the node's kernel says of its link (netlink).",
          spans: lasting(states, source.watchEndUs),
          marks: [],
        },
      ];
    }),
  );
}
