/** Hosts that are none of the cluster's and say by ARP that they have the VIP, while a node has it. */
import type { Json } from "../core/json.ts";
import { formatSeconds, intersect, type Interval } from "../core/time.ts";
import { only, type Event, type EventOf } from "../history/events.ts";
import { holdings } from "../history/queries.ts";
import { vipAddresses, type ResolvedTopology } from "../topology/resolve.ts";

/** From the first time that the host was heard to the last. */
export interface ForeignClaim extends Interval {
  readonly address: string;
  readonly mac: string;
  readonly announcements: number;
  readonly answers: number;
  /** Nodes that had the address meanwhile. */
  readonly holders: readonly string[];
  readonly evidence: readonly number[];
}

/** RFC 9568 7.3: the virtual MAC addresses of VRRP, which a node with `use_vmac` sends from. */
export const VIRTUAL_MAC: RegExp = /^00:00:5e:00:0[12]:/i;

/** The longest first. */
export function foreignClaims(
  events: readonly Event[],
  topology: ResolvedTopology,
  span: Interval,
): ForeignClaim[] {
  return vipAddresses(topology)
    .flatMap((vip) => {
      const heard = only(events, "arp").filter(
        (event) =>
          event.sender === undefined &&
          event.senderAddress === vip &&
          !VIRTUAL_MAC.test(event.senderMac) &&
          event.tUs >= span.startUs &&
          event.tUs <= span.endUs,
      );
      const byMac = Map.groupBy(heard, (event) => event.senderMac);
      return [...byMac].flatMap(([mac, packets]) => claimOf(events, vip, mac, packets));
    })
    .sort((a, b) => b.endUs - b.startUs - (a.endUs - a.startUs));
}

function claimOf(
  events: readonly Event[],
  address: string,
  mac: string,
  heard: readonly EventOf<"arp">[],
): ForeignClaim[] {
  const held = holdings(events, address);
  const disputed = heard.filter(({ tUs }) =>
    held.some(({ startUs, endUs }) => tUs >= startUs && tUs <= endUs),
  );
  const [first, last] = [disputed[0], disputed.at(-1)];
  if (first === undefined || last === undefined) return [];
  const claimed = { startUs: first.tUs, endUs: last.tUs };
  const meanwhile = held.filter(
    (holding) =>
      intersect(holding, claimed) !== undefined ||
      (holding.startUs <= first.tUs && holding.endUs >= first.tUs),
  );
  // One packet is seen at every capture point; each place tells the same, so one of them is counted.
  const atOnePlace = disputed.filter((event) => event.seenAt === first.seenAt);
  return [
    {
      ...claimed,
      address,
      mac,
      announcements: atOnePlace.filter(({ gratuitous }) => gratuitous).length,
      answers: atOnePlace.filter(
        ({ operation, gratuitous }) => operation === "reply" && !gratuitous,
      ).length,
      holders: [...new Set(meanwhile.map(({ node }) => node))],
      evidence: [...new Set([first.seq, last.seq, ...meanwhile.flatMap((item) => item.evidence)])],
    },
  ];
}

export function describeClaim(claim: ForeignClaim): string {
  const { address, mac, holders, announcements, answers, startUs, endUs } = claim;
  return (
    `a foreign host (${mac}) was heard to claim ${address} from ${formatSeconds(startUs)} to ` +
    `${formatSeconds(endUs)}, while ${holders.join(" and ")} had it, grade b: it announced it ` +
    `${times(announcements)} and answered for it ${times(answers)}`
  );
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

export function claimFacts(claim: ForeignClaim): Json {
  const { address, mac, holders, announcements, answers, startUs, endUs } = claim;
  return { address, mac, holders: [...holders], announcements, answers, startUs, endUs };
}
