/** Who says to be master, who holds the VIP, and what each tells the others. */
import { formatSeconds } from "../../../harness/core/time.ts";
import { only, type EventOf } from "../../../harness/history/events.ts";
import { holdings, overlaps, type Holding } from "../../../harness/history/queries.ts";
import { vipAddresses } from "../../../harness/topology/resolve.ts";
import {
  byName,
  lasting,
  lookOfNode,
  nodeNames,
  type Lane,
  type LaneMark,
  type LaneSpan,
  type Source,
} from "./lane.ts";
import type { SpanLookName } from "./looks.ts";

const WHO = "Who has the VIP";
const TOLD = "What they tell each other";

/** For each node what it says of itself, and below it what is true of its addresses. */
export function holderLanes(source: Source): Lane[] {
  const vips = vipsOf(source);
  const claims = claimLanes(source);
  const held = new Map(vips.map((vip) => [vip, holdings(source.events, vip, source.watchEndUs)]));
  const names = new Set([
    ...keepalivedNodes(source),
    ...[...held.values()].flat().map(({ node }) => node),
  ]);
  const nodes = [
    ...nodeNames(source).filter((name) => names.has(name)),
    ...[...names].filter((name) => !nodeNames(source).includes(name)),
  ];
  const holds = nodes.flatMap((node) => [
    ...claims.filter((lane) => lane.node === node).map(({ lane }) => lane),
    ...[...held].map(([vip, list]) => holdingLane(source, node, vip, list)),
  ]);
  return holds;
}

export function vipsOf({ topology }: Source): string[] {
  return topology === undefined ? [] : [...new Set(vipAddresses(topology))];
}

/** Addresses of a test network differ in their last byte. */
export function shortAddress(address: string): string {
  return address.replace(/^.*\./, ".");
}

function keepalivedNodes({ topology }: Source): string[] {
  return (
    topology?.nodes.filter(({ keepalived }) => keepalived !== undefined).map(({ name }) => name) ??
    []
  );
}

/** `(VI_1) Entering MASTER STATE`, before 2.0 `VRRP_Instance(VI_1) Entering MASTER STATE`. */
const ENTERS = /^(?:VRRP_Instance)?\(([^)]+)\) Entering (\w+) STATE/i;
const BEGINS = /^Starting Keepalived v/;
const ENDS = /^Stopp(ing|ed)\b|terminating on signal|exited (due to|with)/i;

/** Its own words. A keepalived that is killed says nothing: its last claim stands until it starts again. */
function claimLanes(source: Source): { readonly node: string; readonly lane: Lane }[] {
  const lines = only(source.events, "log").filter(({ program }) => /^keepalived/i.test(program));
  const nodes = byName(source, lines, ({ node }) => node);
  const many = new Set(lines.flatMap(({ text }) => ENTERS.exec(text)?.[1] ?? [])).size > 1;
  return nodes.flatMap(([node, list]) => {
    const instances = [...new Set(list.flatMap(({ text }) => ENTERS.exec(text)?.[1] ?? []))].sort();
    const master: SpanLookName = `says-${lookOfNode(source, node) ?? "calm"}`;
    return instances.map((instance) => ({
      node,
      lane: {
        group: WHO,
        label: many ? `${node} says (${instance})` : `${node} says`,
        hint: "The VRRP state that keepalived claims in its log, in outline: it is a claim. A killed keepalived cannot take it back.",
        spans: lasting(
          list.flatMap((line) => claim(line, instance, master)),
          source.watchEndUs,
        ),
        marks: [],
      },
    }));
  });
}

function claim(
  { tUs, seq, text }: EventOf<"log">,
  instance: string,
  master: SpanLookName,
): { tUs: number; seq: number; shown?: { look: SpanLookName; text: string } }[] {
  const [, name, state] = ENTERS.exec(text) ?? [];
  if (state !== undefined) {
    return name === instance
      ? [{ tUs, seq, shown: { look: lookOfState(state, master), text: state } }]
      : [];
  }
  if (ENDS.test(text))
    return [
      {
        tUs,
        seq,
        shown: { look: "absent", text: text.startsWith("Stopping") ? "stopping" : "stopped" },
      },
    ];
  return BEGINS.test(text) ? [{ tUs, seq, shown: { look: "absent", text: "starts" } }] : [];
}

function lookOfState(state: string, master: SpanLookName): SpanLookName {
  const name = state.toUpperCase();
  return name === "MASTER" ? master : name === "FAULT" ? "bad" : "says-calm";
}

function holdingLane(source: Source, node: string, vip: string, all: readonly Holding[]): Lane {
  const several = vipsOf(source).length > 1;
  const mine = all.filter((holding) => holding.node === node);
  return {
    group: WHO,
    label: `${node} HOLDS ${several ? shortAddress(vip) : "VIP"}`,
    hint: `Whether ${vip} is on the node's interface, from its kernel (netlink). Red hatching: another node holds it too.`,
    spans: [
      ...mine.map((holding): LaneSpan => ({
        startUs: holding.startUs,
        endUs: holding.endUs,
        look: lookOfNode(source, node) ?? "info",
        text: `holds ${vip}`,
        seq: holding.evidence[0] ?? 0,
      })),
      ...sharedSpans(node, all),
    ].sort((a, b) => a.startUs - b.startUs),
    marks: only(source.events, "address")
      .filter((event) => event.node === node && event.address === vip)
      .map((event) => ({
        tUs: event.tUs,
        seq: event.seq,
        look: "event",
        text: `VIP ${event.action} (${event.interface})`,
      })),
  };
}

/** Drawn for both holders. */
function sharedSpans(node: string, all: readonly Holding[]): LaneSpan[] {
  return overlaps(all)
    .filter(({ first, second }) => first.node === node || second.node === node)
    .map(({ startUs, endUs, first, second }) => ({
      startUs,
      endUs,
      look: "violation",
      text: `TWO HOLD IT: ${first.node} and ${second.node}, ${formatSeconds(endUs - startUs)}`,
      seq: second.evidence[0] ?? 0,
    }));
}

/** Adverts by sender. Every capture point sees every advert; each sighting is a mark. */
export function advertLanes(source: Source): Lane[] {
  const vrids = new Set(source.topology?.routers.map(({ vrid }) => vrid) ?? []);
  const ours = only(source.events, "advert").filter(({ vrid }) => vrids.has(vrid));
  const many = vrids.size > 1;
  const nameOf = (event: EventOf<"advert">): string => event.sender ?? `stranger ${event.source}`;
  return byName(source, ours, nameOf).flatMap(([sender, events]) =>
    [...Map.groupBy(events, ({ vrid }) => vrid)].map(([vrid, list]) => ({
      group: TOLD,
      label: `${sender} adverts${many ? ` (VRID ${vrid})` : ""}`,
      hint: "VRRP adverts as captured at the nodes and on the segment. A triangle is priority 0: it says goodbye.",
      spans: [],
      marks: list.map((event) => advertMark(source, event)),
    })),
  );
}

function advertMark(source: Source, event: EventOf<"advert">): LaneMark {
  const { tUs, seq, priority, seenAt, sender } = event;
  const goodbye = priority === 0;
  return {
    tUs,
    seq,
    look: goodbye ? "goodbye" : (lookOfNode(source, sender) ?? "warn"),
    text: `advert, priority ${priority}${goodbye ? " (goodbye)" : ""}, seen at ${seenAt}`,
  };
}

/** Announcements of VIPs by sender. */
export function announcementLanes(source: Source): Lane[] {
  const vips = vipsOf(source);
  const gratuitous = only(source.events, "arp").filter(
    (event) => event.gratuitous && vips.includes(event.senderAddress),
  );
  const nameOf = (event: EventOf<"arp">): string => event.sender ?? `stranger ${event.senderMac}`;
  return byName(source, gratuitous, nameOf).map(([sender, events]) => ({
    group: TOLD,
    label: `${sender} GARPs`,
    hint: "Gratuitous ARP: the node announces that the VIP is at its MAC address.",
    spans: [],
    marks: events.map(({ tUs, seq, seenAt, senderAddress, senderMac }) => ({
      tUs,
      seq,
      look: lookOfNode(source, sender) ?? "warn",
      text: `${senderAddress} is at ${senderMac}, seen at ${seenAt}`,
    })),
  }));
}
