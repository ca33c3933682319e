/**
 * Promise: nobody but its holder says by ARP that it has the VIP. The classic mistake of LVS-DR is a real server with the
 * VIP on `lo` that answers for it: clients then reach that server past the director, by chance.
 *
 * Answers and announcements count, of nodes and of foreign hosts (`single-holder` counts those as well; it does not look
 * at a node that has the address on `lo` only). A host that had the VIP less than 25 ms before or has it less than 25 ms after
 * is its holder: netlink and packets are held to that (`witnesses-agree`).
 *
 * Cannot see: what a host would answer if it were asked.
 */
import { compareText } from "../core/text.ts";
import { formatSeconds, milliseconds, type Us } from "../core/time.ts";
import { only, type EventOf } from "../history/events.ts";
import { holdings, judgedSpan, type Holding } from "../history/queries.ts";
import { vipAddresses } from "../topology/resolve.ts";
import { choice, fail, inconclusive, pass, type Checker } from "./checker.ts";
import { VIRTUAL_MAC } from "./foreign-claims.ts";

const NEAR_US: Us = milliseconds(25);
const CITED_MAX = 20;

export const vipAnsweredBy: Checker = {
  name: "vip-answered-by",
  promise: "nobody but the holder answers ARP requests for the VIP or announces it",
  settings: { expect: ["holder-only"] },
  judge: (subject) => {
    choice(subject, "expect", ["holder-only"]);
    const { events, topology } = subject;
    const span = judgedSpan(events);
    if (span === undefined) return inconclusive("the run ended before anything could be judged");
    const vips = vipAddresses(topology);
    const claims = only(events, "arp").filter(
      ({ operation, gratuitous, senderAddress, senderMac, tUs }) =>
        (operation === "reply" || gratuitous) &&
        vips.includes(senderAddress) &&
        !VIRTUAL_MAC.test(senderMac) &&
        tUs >= span.startUs &&
        tUs <= span.endUs,
    );
    if (!claims.some(({ gratuitous }) => !gratuitous)) {
      return inconclusive("no ARP request for the VIP was seen to be answered, by anybody");
    }
    const held = vips.flatMap((vip) => holdings(events, vip));
    const wrong = claims.filter((event) => !isHolder(event, held));
    const facts = { claims: countsOf(claims), beyondHolder: countsOf(wrong) };
    const [first] = wrong;
    if (first === undefined) {
      const by = [...new Set(claims.map(nameOf))].sort(compareText).join(" and ");
      return pass(`only holders answered for the VIP or announced it (${by})`, [], facts);
    }
    const names = [...new Set(wrong.map(nameOf))].sort(compareText);
    const counts = countsOf(wrong);
    const list = names.map((name) => `${name} ${times(counts[name] ?? 0)}`).join(", ");
    return fail(
      `${list} said by ARP to have ${first.senderAddress} without being its holder, first at ${formatSeconds(first.tUs)}`,
      wrong.slice(0, CITED_MAX).map(({ seq }) => seq),
      facts,
    );
  },
};

function isHolder(
  { sender, senderAddress, tUs }: EventOf<"arp">,
  held: readonly Holding[],
): boolean {
  return held.some(
    ({ node, address, startUs, endUs, open }) =>
      node === sender &&
      address === senderAddress &&
      tUs >= startUs - NEAR_US &&
      (open || tUs <= endUs + NEAR_US),
  );
}

function nameOf({ sender, senderMac }: EventOf<"arp">): string {
  return sender ?? `a foreign host (${senderMac})`;
}

/** One packet is seen at several places: for each host those of the place that saw most. */
function countsOf(packets: readonly EventOf<"arp">[]): Record<string, number> {
  const counts = [...Map.groupBy(packets, nameOf)].map(([name, own]) => {
    const places = [...Map.groupBy(own, ({ seenAt }) => seenAt).values()];
    return [name, Math.max(...places.map((seen) => seen.length))] as const;
  });
  return Object.fromEntries(counts.sort(([a], [b]) => compareText(a, b)));
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
