/** Where the VIP points to, for those who have to find it: neighbour tables and ARP. */
import { only, type EventOf } from "../../../harness/history/events.ts";
import { byName, lasting, lookOfNode, type Lane, type Source } from "./lane.ts";
import { shortAddress, vipsOf } from "./lanes-vrrp.ts";
import type { SpanLookName } from "./looks.ts";

const GROUP = "Where the VIP points to";

export function neighbourLanes(source: Source): Lane[] {
  const vips = vipsOf(source);
  const several = vips.length > 1;
  const entries = only(source.events, "neighbour").filter(({ address }) => vips.includes(address));
  const tables = byName(source, entries, ({ at }) => at).flatMap(([at, list]) =>
    [...Map.groupBy(list, ({ address }) => address)].map(([address, events]) => ({
      group: GROUP,
      label: `${at === "client" ? "client" : at} sends${several ? ` ${shortAddress(address)}` : ""} to`,
      hint: `The neighbour entry for ${address} in the kernel there: to which node its packets go.`,
      spans: lasting(
        events.map((event) => ({ tUs: event.tUs, seq: event.seq, shown: pointsTo(source, event) })),
        source.watchEndUs,
      ),
      marks: [],
    })),
  );
  return [...tables, ...arpLane(source, vips)];
}

function pointsTo(
  source: Source,
  { mac, node, state }: EventOf<"neighbour">,
): { look: SpanLookName; text: string } {
  if (mac === undefined) return { look: "absent", text: `nobody (${state})` };
  if (node === undefined) return { look: "violation", text: `a stranger, ${mac} (${state})` };
  return { look: lookOfNode(source, node) ?? "info", text: `${node} (${state}, ${mac})` };
}

function arpLane(source: Source, vips: readonly string[]): Lane[] {
  const asked = only(source.events, "arp").filter(
    (event) =>
      !event.gratuitous &&
      (vips.includes(event.targetAddress) || vips.includes(event.senderAddress)),
  );
  if (asked.length === 0) return [];
  return [
    {
      group: GROUP,
      label: "ARP for the VIP",
      hint: "Questions who has the VIP, and answers, in the colour of the node that answers.",
      spans: [],
      marks: asked.map((event) => {
        const by = event.sender ?? event.senderMac;
        const answers = event.operation === "reply" && vips.includes(event.senderAddress);
        return {
          tUs: event.tUs,
          seq: event.seq,
          look: answers ? (lookOfNode(source, event.sender) ?? "warn") : "tick",
          text: answers
            ? `${by} answers: ${event.senderAddress} is at ${event.senderMac}`
            : `${by} asks who has ${event.targetAddress}`,
        };
      }),
    },
  ];
}
