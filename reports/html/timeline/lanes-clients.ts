/** What clients went through: operations by outcome, spells without service, handshakes. */
import { formatSeconds } from "../../../harness/core/time.ts";
import { shorten } from "./wire.ts";
import { only, type EventOf } from "../../../harness/history/events.ts";
import { serversOf } from "../../../harness/timing/failover.ts";
import { isVipLane, type Lane as ClientLane } from "../../../harness/workload/workload.ts";
import { LANE_WORDS, type Outage } from "../../clients.ts";
import { lookOfNode, type Lane, type LaneMark, type LaneSpan, type Source } from "./lane.ts";

const GROUP = "Clients";

export function clientLanes(source: Source, outages: readonly Outage[]): Lane[] {
  const { events } = source;
  const ends = new Map(only(events, "complete").map((event) => [event.op, event]));
  const servers = serversOf(events);
  const lanes = [...Map.groupBy(only(events, "invoke"), ({ lane }) => lane)];
  const operations = lanes.sort(byPlace).map(([lane, invoked]): Lane => {
    const marks = invoked.map((event) => operationMark(event, ends.get(event.op), servers));
    return {
      group: GROUP,
      label: nameOf(lane),
      size: "split",
      hint: "One mark for each operation, at its end: low tick acknowledged, tall cross failed, ring unknown (sent, no answer). Hatched: no write was acknowledged.",
      spans: outages.filter((outage) => outage.lane === lane).map(outageSpan),
      marks: marks.sort((a, b) => a.tUs - b.tUs || a.seq - b.seq),
    };
  });
  return [...operations, ...handshakeLanes(source)];
}

/** Lanes through the VIP come first. */
function byPlace([a]: [ClientLane, unknown], [b]: [ClientLane, unknown]): number {
  return Number(isVipLane(b)) - Number(isVipLane(a)) || (a < b ? -1 : 1);
}

function nameOf(lane: ClientLane): string {
  return isVipLane(lane) ? LANE_WORDS[lane] : `past the VIP, ${lane.replace("at-", "at ")}`;
}

function operationMark(
  invoked: EventOf<"invoke">,
  end: EventOf<"complete"> | undefined,
  servers: ReadonlyMap<string, string>,
): LaneMark {
  if (end === undefined) {
    const { tUs, seq, action } = invoked;
    return { tUs, seq, look: "unknown", text: `${action} never came back: outcome unknown` };
  }
  const { tUs, seq, action, outcome, server, error } = end;
  const why = error === undefined ? "" : `: ${shorten(error)}`;
  if (outcome === "failed") return { tUs, seq, look: "failed", text: `${action} failed${why}` };
  if (outcome === "indeterminate") {
    return { tUs, seq, look: "unknown", text: `${action}, outcome unknown${why}` };
  }
  const by = servers.get(server ?? "");
  const done = action === "write" ? "write acknowledged" : "read answered";
  return { tUs, seq, look: "ok", text: `${done}${by === undefined ? "" : ` by ${by}`}` };
}

function outageSpan(outage: Outage): LaneSpan {
  const { startUs, endUs, first, last } = outage;
  const spell = formatSeconds(endUs - startUs);
  return {
    startUs,
    endUs,
    look: "bad",
    text: `no write acknowledged for ${spell}${first === undefined ? ", until the load ended" : ""}`,
    seq: first?.seq ?? last?.seq ?? 0,
  };
}

function handshakeLanes(source: Source): Lane[] {
  const packets = only(source.events, "tcp");
  if (packets.length === 0) return [];
  return [
    {
      group: GROUP,
      label: "TCP handshakes",
      hint: "First packets between client and VIP, captured at the client: SYN grey, SYN-ACK in the colour of the node that answers, a cross for RST (refused).",
      spans: [],
      marks: packets.map(({ tUs, seq, flag, sender }) => {
        const by = sender === undefined ? "" : ` from ${sender}`;
        if (flag === "syn") return { tUs, seq, look: "tick", text: "SYN" };
        if (flag === "rst") return { tUs, seq, look: "failed", text: `RST${by}: refused` };
        return { tUs, seq, look: lookOfNode(source, sender) ?? "note", text: `SYN-ACK${by}` };
      }),
    },
  ];
}
