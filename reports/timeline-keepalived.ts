/** Who holds the VIP and why: keepalived's own words, VRRP adverts, addresses, announcements. */
import { formatSeconds, type Us } from "../harness/core/time.ts";
import { only, type Event, type EventOf } from "../harness/history/events.ts";
import { vipAddresses, type ResolvedTopology } from "../harness/topology/resolve.ts";
import type { Fact } from "./timeline-fact.ts";

/** Lines in which keepalived (2.2, 2.3) tells of a change of state, or of why it made one. */
const TELLING: readonly RegExp[] = [
  /Entering \w+ STATE/,
  /Receive advertisement timeout/,
  /Backup received priority 0 advertisement/,
  /Master received advert .* higher priority/,
  /received lower priority .* advert/,
  /send advert error/,
  /Error \d+ .* sending gratuitous ARP/,
  /forcing new (VRRP )?election/i,
  /[Cc]hanging effective priority/,
  /VRRP_Script\(.*\) (failed|timed out|succeeded|is now)/,
  /^Starting Keepalived v/,
  /^Stopping$/,
  /^Stopped Keepalived v/,
  /exited (due to|with)|terminated|segfault/i,
];

export function keepalivedEntries(
  events: readonly Event[],
  topology: ResolvedTopology | undefined,
): Fact[] {
  const vips = new Set(topology === undefined ? [] : vipAddresses(topology));
  const names = new Map(topology?.nodes.map((node) => [node.address, node.name]) ?? []);
  return [
    ...logs(events, names),
    ...adverts(events, topology),
    ...addresses(events, vips),
    ...announcements(events, vips),
  ];
}

function logs(events: readonly Event[], names: ReadonlyMap<string, string>): Fact[] {
  const telling = only(events, "log").filter(
    (event) =>
      /^keepalived/i.test(event.program) && TELLING.some((pattern) => pattern.test(event.text)),
  );
  return [...byNode(telling).values()].flatMap((lines) =>
    repeats(lines).map(({ first, last, count }) => {
      const more = count === 1 ? "" : repeated(count, last.tUs - first.tUs);
      const text = `keepalived: "${shortened(first.text, names)}"${more}`;
      return told(first, first.node, text);
    }),
  );
}

interface Repeats {
  readonly first: EventOf<"log">;
  last: EventOf<"log">;
  count: number;
}

/** The same line again and again, until another one comes, is one line. */
function repeats(lines: readonly EventOf<"log">[]): Repeats[] {
  const found: Repeats[] = [];
  for (const line of lines) {
    const before = found.at(-1);
    if (before !== undefined && before.first.text === line.text) {
      before.last = line;
      before.count += 1;
    } else {
      found.push({ first: line, last: line, count: 1 });
    }
  }
  return found;
}

function repeated(count: number, spanUs: Us): string {
  return spanUs < 1000 ? ` (${count} times)` : ` (${count} times in ${formatSeconds(spanUs)})`;
}

function byNode(lines: readonly EventOf<"log">[]): Map<string, EventOf<"log">[]> {
  return Map.groupBy(lines, (line) => line.node);
}

/** Without the name of the only instance, and with nodes by name. */
function shortened(text: string, names: ReadonlyMap<string, string>): string {
  return text
    .replace(/^\([\w.-]+\):? /, "")
    .replaceAll(/\b\d+\.\d+\.\d+\.\d+\b/g, (address) => names.get(address) ?? address);
}

/** A master that was not heard for this many advert intervals was gone, and is new again. */
const SILENT_ADVERTS = 4;

/**
 * The first advert of each new master, and goodbyes. Every capture point sees every advert: the first
 * sighting counts. Other VRIDs are not ours: a fault's probe uses one of its own.
 */
function adverts(events: readonly Event[], topology: ResolvedTopology | undefined): Fact[] {
  const heardUs = new Map<string, Us>();
  const intervals = new Map(topology?.routers.map((item) => [item.vrid, item.advertIntUs]) ?? []);
  return only(events, "advert").flatMap((event) => {
    if (!intervals.has(event.vrid)) return [];
    const sender = event.sender ?? `stranger ${event.source}`;
    const name = `${event.vrid} ${sender}`;
    const lastUs = heardUs.get(name);
    if (event.priority === 0) {
      heardUs.delete(name);
      if (lastUs === undefined) return [];
      return [told(event, sender, "says goodbye (VRRP advert with priority 0)")];
    }
    heardUs.set(name, event.tUs);
    const silentUs = SILENT_ADVERTS * (intervals.get(event.vrid) ?? 0);
    if (lastUs !== undefined && event.tUs - lastUs <= silentUs) return [];
    const text = `first VRRP advert as master, priority ${event.priority}`;
    return [told(event, sender, text, event.sender === undefined ? "bad" : "plain")];
  });
}

function addresses(events: readonly Event[], vips: ReadonlySet<string>): Fact[] {
  return only(events, "address")
    .filter((event) => vips.has(event.address))
    .map((event) => told(event, event.node, `VIP ${event.action}`));
}

/** The first gratuitous ARP after a node got the VIP. */
function announcements(events: readonly Event[], vips: ReadonlySet<string>): Fact[] {
  const pending = new Map<string, Us>();
  return events.flatMap((event) => {
    if (event.kind === "address" && vips.has(event.address)) {
      const name = `${event.node} ${event.address}`;
      if (event.action === "added") pending.set(name, event.tUs);
      else pending.delete(name);
    }
    if (event.kind !== "arp" || !event.gratuitous) return [];
    const name = `${event.sender ?? ""} ${event.senderAddress}`;
    if (!pending.delete(name)) return [];
    return [told(event, event.sender ?? "", "announced by gratuitous ARP")];
  });
}

function told(event: Event, lane: string, text: string, tone: Fact["tone"] = "plain"): Fact {
  return { tUs: event.tUs, seq: event.seq, lane, text, tone, mergeable: true };
}
