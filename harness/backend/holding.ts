/** Who holds what, asked of the facts so far; both backends choose and wait by it. */
import { present } from "../core/assert.ts";
import { HarnessError } from "../core/errors.ts";
import type { Us } from "../core/time.ts";
import type { NodeSelector } from "../fault/fault.ts";
import type { AddressEvent, TimedEventOf } from "../history/events.ts";
import { holdersAfter } from "../history/queries.ts";
import { onlyRouter, type ResolvedRouter, type ResolvedTopology } from "../topology/resolve.ts";

export interface HoldingFacts {
  readonly addresses: readonly TimedEventOf<"address">[];
  readonly adverts: readonly TimedEventOf<"advert">[];
}

/** What is still missing before a router counts as settled; nothing when it is. */
export function pendingOf(facts: HoldingFacts, router: ResolvedRouter): string | undefined {
  for (const vip of router.vips) {
    const holders = holdersAfter(facts.addresses, vip.address);
    const [holder] = holders;
    if (holder === undefined || holders.length !== 1) {
      return `${vip.address} is held by ${holders.join(" and ") || "nobody"}`;
    }
    const best = router.members.toSorted((a, b) => b.priority - a.priority)[0];
    if (best?.node !== holder && best?.preempts === true) {
      return `${vip.address} is on ${holder}, while ${best.node} will preempt it`;
    }
    const deaf = router.members.find(
      (member) =>
        member.node !== holder &&
        !facts.adverts.some(
          (advert) =>
            advert.seenAt === member.node &&
            advert.sender === holder &&
            advert.vrid === router.vrid,
        ),
    );
    if (deaf !== undefined) return `${deaf.node} has not heard an advert of ${holder}`;
  }
  return undefined;
}

/** Three intervals without an advert end a master's rule (RFC 3768, section 6.1, Master_Down_Interval). */
const SILENT_INTERVALS = 3;

/**
 * The node speaks as master right now: it has sent an advert that was not a farewell, not long ago, and has not
 * heard since from one with a higher priority, which makes a master step down.
 */
export function isMaster(
  adverts: HoldingFacts["adverts"],
  router: ResolvedRouter,
  node: string,
  nowUs: Us,
): boolean {
  const last = adverts.findLast((advert) => advert.sender === node && advert.vrid === router.vrid);
  if (last === undefined || last.priority === 0) return false;
  const steppedDown = adverts.some(
    ({ tUs, seenAt, vrid, priority }) =>
      tUs > last.tUs && seenAt === node && vrid === router.vrid && priority > last.priority,
  );
  return !steppedDown && nowUs - last.tUs < SILENT_INTERVALS * router.advertIntUs;
}

/** The node a selector means right now. Throws `NO_TARGET` when no node plays that role. */
export function pickNode(
  topology: ResolvedTopology,
  addresses: readonly AddressEvent[],
  selector: NodeSelector,
): string {
  if ("name" in selector) return selector.name;
  const router = onlyRouter(topology);
  const vip = present(router.vips[0], "VIP").address;
  const held = holdersAfter(addresses, vip);
  const wanted = router.members.find(
    (member) => held.includes(member.node) === (selector.role === "holder"),
  );
  if (wanted !== undefined) return wanted.node;
  throw new HarnessError("NO_TARGET", `no node is ${selector.role} of ${vip} right now`);
}
