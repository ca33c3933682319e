/**
 * Who takes over and how long the timers keep it waiting: after a goodbye (priority 0), after silence,
 * and after a fall of the holder's priority. In a bundle the slowest member decides, since a member
 * may only become MASTER once all others of its group want to.
 *
 * Sources: keepalived 2.2.7 `vrrp.c:vrrp_state_backup`, `vrrp_sync.c:vrrp_sync_can_goto_master`;
 * before 2.0.0 `vrrp_scheduler.c:vrrp_goto_master` (the VIP follows one advert interval later).
 */
import { present } from "../core/assert.ts";
import { formatSeconds, type Us } from "../core/time.ts";
import { masterDownUs, skewUs } from "../keepalived/timing.ts";
import { intervalHeard, memberOn, outranks, type Bundle, type Member } from "./cluster.ts";
import {
  constant,
  elapsed,
  latest,
  sum,
  ZERO,
  type Quantity,
  type SettingName,
  type Simple,
} from "./quantity.ts";

/**
 * From the fault to the address on its last holder. `detect` ends when the cluster acts on the fault,
 * or could: the check has failed, the adverts that may be missed are missed. Both parts are absent
 * where the total has no such seam.
 */
export interface Span {
  readonly detect?: Quantity;
  readonly elect?: Quantity;
  readonly total: Quantity;
}

/** One node's members of all routers of a bundle, with what they hear from the present holder. */
export interface Contender {
  readonly node: string;
  readonly seats: readonly Seat[];
}

export interface Seat {
  readonly member: Member;
  readonly master: Member;
}

export interface Standby extends Contender {
  /** Another node with the same wait, when no address tells them apart. */
  readonly tiedWith?: string;
}

/** Nodes that could take over all of the bundle. */
export function contenders(bundle: Bundle, holder: string): Contender[] {
  const names = new Set(
    bundle.routers.flatMap(({ members }) => members.map((member) => member.node.name)),
  );
  names.delete(holder);
  return [...names].flatMap((node) => {
    const seats = bundle.routers.flatMap((router) => {
      const member = memberOn(router, node);
      const master = memberOn(router, holder);
      const fit = member !== undefined && master !== undefined && member.restFault === undefined;
      return fit ? [{ member, master }] : [];
    });
    return seats.length === bundle.routers.length ? [{ node, seats }] : [];
  });
}

/**
 * The one whose timers end first; equal waits are decided by the address. `wait`: what a seat waits for, the silence of
 * its master unless said.
 */
export function standbyOf(
  candidates: readonly Contender[],
  wait: (seat: Seat) => Us = masterDownOf,
): Standby | undefined {
  const waitUs = ({ seats }: Contender): Us => Math.max(...seats.map(wait));
  const ranked = candidates.toSorted((a, b) => waitUs(a) - waitUs(b) || (beats(a, b) ? -1 : 1));
  const [first, second] = ranked;
  if (first === undefined) return undefined;
  const tied = second !== undefined && waitUs(first) === waitUs(second) && undecided(first, second);
  return tied ? { ...first, tiedWith: second.node } : first;
}

/** Before a seat takes the address from a lower master that is alive: silence is not delayed, this is. */
export function preemptionWaitOf(seat: Seat): Us {
  return masterDownOf(seat) + delayOf(seat.member);
}

/** Counted from the reading of the configuration (1.2.13) it has run out by the time anything fails. */
function delayOf({ profile, instance }: Member): Us {
  return profile.preemptDelayFromStart ? 0 : instance.preemptDelayUs;
}

function beats(a: Contender, b: Contender): boolean {
  return outranks(firstSeat(a).member, firstSeat(b).member) === true;
}

function undecided(a: Contender, b: Contender): boolean {
  return outranks(firstSeat(a).member, firstSeat(b).member) === undefined;
}

export function firstSeat({ seats }: Contender): Seat {
  return present(seats[0], "member of a contender");
}

/** Before 2.0.0 the timers follow the configured priority, later the effective one. */
export function timerPriority({ profile, instance, restPriority }: Member): number {
  return profile.skewOfEffectivePriority ? restPriority : instance.priority;
}

export function skewOf({ member, master }: Seat): Us {
  const { version } = member.instance;
  return skewUs(timerPriority(member), intervalHeard(member, master), version);
}

export function masterDownOf({ member, master }: Seat): Us {
  return masterDownUs(timerPriority(member), intervalHeard(member, master), member.instance);
}

/** The seat whose skew, or master-down time, is the longest. */
export function slowest(contender: Contender, of: (seat: Seat) => Us): Seat {
  return contender.seats.reduce(
    (so, seat) => (of(seat) > of(so) ? seat : so),
    firstSeat(contender),
  );
}

export function skewQuantity(seat: Seat): Simple {
  const priority = timerPriority(seat.member);
  const us = skewOf(seat);
  const unit = seat.member.instance.version === 3 ? "A" : "s";
  return constant(
    us,
    `skew(${priority})`,
    `(256 - ${priority})/256 ${unit} = ${formatSeconds(us)}`,
    { keyword: "priority", owner: seat.member.instance.name },
  );
}

export function masterDownQuantity(seat: Seat): Simple {
  const priority = timerPriority(seat.member);
  const us = masterDownOf(seat);
  const count = seat.member.instance.downTimerAdverts;
  return constant(
    us,
    `MD(${priority})`,
    `${count} A + skew(${priority}) = ${formatSeconds(us)}`,
    advertOf(seat),
  );
}

function advertsMissed(seat: Seat): Simple {
  const count = seat.member.instance.downTimerAdverts;
  const a = intervalHeard(seat.member, seat.master);
  return constant(
    count * a,
    `${count}A`,
    `${count} adverts of A = ${formatSeconds(a)}`,
    advertOf(seat),
  );
}

const AGE = "age of the last advert, even between 0 and A";

export function advertAge(seat: Seat, symbol = "x"): Simple {
  return elapsed(intervalHeard(seat.member, seat.master), symbol, AGE, advertOf(seat));
}

/** The interval is one and the same on all members, or they do not hear each other. */
function advertOf({ member }: Seat): SettingName {
  return { keyword: "advert_int", owner: member.instance.name };
}

/** Before 2.0.0: from the first own advert to the address. */
function vipLate(seat: Seat): Simple {
  if (!seat.member.profile.takesVipOneIntervalLate) return ZERO;
  const us = intervalHeard(seat.member, seat.master);
  return constant(us, "A", `advert interval ${formatSeconds(us)}`, advertOf(seat));
}

/** Waiting after priority 0 was heard. */
export function goodbyeWait(standby: Contender): Simple {
  const seat = slowest(standby, skewOf);
  return sum(skewQuantity(seat), vipLate(seat));
}

export function afterGoodbye(standby: Contender, noticed: Quantity = ZERO): Span {
  const elect = goodbyeWait(standby);
  return { detect: noticed, elect, total: sum(noticed, elect) };
}

/** `fell` is how long after the fault the holder falls silent. */
export function afterSilence(standby: Contender, fell: Quantity = ZERO): Span {
  const intervals = new Set(standby.seats.map((seat) => intervalHeard(seat.member, seat.master)));
  if (intervals.size > 1) return { total: sum(fell, unlocked(standby)) };
  // Members of a group become MASTER together and so advertise together: one x for all.
  const seat = slowest(standby, masterDownOf);
  const detect = sum(fell, advertsMissed(seat), advertAge(seat));
  const elect = sum(skewQuantity(seat), vipLate(seat));
  return {
    detect,
    elect,
    total: sum(fell, masterDownQuantity(seat), vipLate(seat), advertAge(seat)),
  };
}

function unlocked({ seats }: Contender): Quantity {
  return latest(seats.map((seat) => sum(masterDownQuantity(seat), vipLate(seat), advertAge(seat))));
}

/** The holder goes on advertising, with a priority below the standby's. */
export function afterWeakening(standby: Contender, fell: Quantity): Span {
  const seat = slowest(standby, preemptionWaitOf);
  const elect = delayedPreemption(seat) ?? promptPreemption(seat);
  return { detect: fell, elect, total: sum(fell, elect) };
}

function promptPreemption(seat: Seat): Simple {
  if (seat.member.profile.preemptsByAdvert) return answeredAtOnce(seat);
  return sum(masterDownQuantity(seat), advertAge(seat));
}

/**
 * With `preempt_delay`, from the moment at which the master counts as lower: the delay begins with its next advert, and
 * the timer runs from the last one before its end. 2.2.7 `vrrp.c:vrrp_state_backup`; nothing where no delay is in force.
 */
export function delayedPreemption(seat: Seat): Simple | undefined {
  const delayUs = delayOf(seat.member);
  if (delayUs === 0) return undefined;
  const heard = nextAdvert(intervalHeard(seat.member, seat.master));
  return sum(heard, preemptDelay(seat.member, delayUs), promptPreemption(seat));
}

export function preemptDelay({ instance: { name } }: Member, delayUs: Us): Simple {
  return constant(delayUs, "P", `preempt_delay ${formatSeconds(delayUs)}`, {
    keyword: "preempt_delay",
    owner: name,
  });
}

/** Before 2.0.0 a backup answers a lower advert at once, and has the address two intervals later. */
export function answeredAtOnce({ member, master }: Seat): Simple {
  const a = intervalHeard(member, master);
  return sum(nextAdvert(a), constant(2 * a, "2A", `two advert intervals of ${formatSeconds(a)}`));
}

/** Waiting for something that comes once per advert interval. */
export function nextAdvert(advertIntUs: Us): Simple {
  return uniformTo(advertIntUs, "A", "advert interval");
}

export function uniformTo(us: Us, letter: string, what: string): Simple {
  const meaning = { symbol: letter, text: `${what} ${formatSeconds(us)}` };
  return {
    terms: [
      {
        kind: "uniform",
        fromUs: 0,
        toUs: us,
        minus: false,
        symbol: `U(0, ${letter})`,
        meanings: [meaning],
      },
    ],
  };
}
