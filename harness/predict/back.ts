/**
 * What happens when the node that lost the address is well again: whether it takes it back, and when.
 *
 * Sources: keepalived 2.2.7 `vrrp.c:vrrp_state_backup`, `vrrp_scheduler.c:try_up_instance`; before
 * 2.0.0 `vrrp_scheduler.c:vrrp_leave_fault`, `vrrp_become_master`.
 */
import { unreachable } from "../core/assert.ts";
import { formatSeconds, milliseconds, type Us } from "../core/time.ts";
import { awayRow } from "./away.ts";
import type { BackClass } from "./classes.ts";
import { outranks } from "./cluster.ts";
import { last, until } from "./crossing.ts";
import { lettersFor, untilPassed } from "./detection.ts";
import {
  answeredAtOnce,
  delayedPreemption,
  firstSeat,
  masterDownQuantity,
  advertAge,
  nextAdvert,
  preemptDelay,
  preemptionWaitOf,
  slowest,
  type Contender,
  type Span,
} from "./election.ts";
import { afterMysqld, isLoss, type Loss } from "./mysqld.ts";
import { contribution, meansFault, OWNER } from "./priority.ts";
import { constant, earliest, sum, uniform, ZERO, type Quantity, type Simple } from "./quantity.ts";
import { moves, never, notComputed, type Told } from "./row.ts";
import { ALONE, returning, type Stage } from "./stage.ts";

/** Fork and reading the configuration: 7 to 20 ms were seen with 2.2.7. */
const START = uniform(milliseconds(10), milliseconds(20), "start", [
  { symbol: "start", text: "fork and reading the configuration, 0.010 to 0.020 s" },
]);
/** From the link to BACKUP, seen with 2.2.7. */
const LINK = constant(milliseconds(7), "link", "the kernel reports the link, 0.007 s");

export function backRow(stage: Stage, event: BackClass): Told {
  const { standby } = stage;
  if (standby === undefined) return never([], [ALONE]);
  const own = returning(stage, standby.node);
  switch (event) {
    case "keepalived-started":
      return restarted(own);
    case "link-up":
      return homecoming(own, LINK, "fault");
    case "mysqld-started":
      return recovered(stage);
    case "cut-healed":
    case "vrrp-unblocked":
      return reunited(stage, own);
    case "keepalived-thawed":
      return thawed(own);
    default:
      return unreachable(event);
  }
}

function masterOf(own: Contender): string {
  return firstSeat(own).master.node.name;
}

/** Why the address stays where it is. */
function stays(own: Contender): string | undefined {
  for (const { member, master } of own.seats) {
    const name = member.node.name;
    if (member.restPriority <= master.restPriority) {
      return `${member.restPriority} on ${name} is not above ${master.restPriority} on ${master.node.name}`;
    }
    if (member.instance.nopreempt) return `${name} has nopreempt`;
  }
  return undefined;
}

/** Before 2.0.0 an instance that leaves FAULT on a lower advert skips a step that one in BACKUP takes. */
type From = "start" | "fault" | "backup";

function homecoming(
  own: Contender,
  since: Quantity,
  from: From,
  notes: readonly string[] = [],
): Told {
  const why = stays(own);
  if (why !== undefined) return never([masterOf(own)], [why]);
  const elect = preemption(own, from);
  return moves({ detect: since, elect, total: sum(since, elect) }, own.node, notes);
}

/** From being BACKUP again to having the address, with a lower master alive. */
function preemption(own: Contender, from: From): Simple {
  const seat = slowest(own, preemptionWaitOf);
  const { instance, profile } = seat.member;
  if (profile.preemptsByAdvert && from === "fault") {
    const a = seat.master.instance.advertIntUs;
    return sum(nextAdvert(a), constant(a, "A", `advert interval ${formatSeconds(a)}`));
  }
  const delayed = delayedPreemption(seat);
  if (delayed !== undefined) return delayed;
  if (!profile.preemptsByAdvert) return masterDownQuantity(seat);
  const delayUs = from === "start" ? instance.preemptDelayUs : 0;
  // Where the delay counts from the start of the process it has run out later on.
  return delayUs === 0
    ? answeredAtOnce(seat)
    : sum(preemptDelay(seat.member, delayUs), answeredAtOnce(seat));
}

function restarted(own: Contender): Told {
  const { member, master } = firstSeat(own);
  const { instance, profile } = member;
  const higher = member.restPriority > master.restPriority;
  if (instance.priority === OWNER && instance.state === "MASTER" && higher) {
    return moves({ detect: START, elect: ZERO, total: START }, own.node, [
      "an owner (255) with state MASTER waits for nothing",
    ]);
  }
  if (profile.stateMasterStartsEarly && instance.state === "MASTER" && higher) {
    const a = instance.advertIntUs;
    const elect = sum(nextAdvert(a), constant(a, "A", `advert interval ${formatSeconds(a)}`));
    return moves({ detect: START, elect, total: sum(START, elect) }, own.node, [
      `no node has the VIP for the last ${formatSeconds(a)}`,
    ]);
  }
  const delayUs = member.node.config.globals.startupDelayUs;
  const delay =
    delayUs === 0
      ? ZERO
      : constant(delayUs, "startup_delay", `vrrp_startup_delay ${formatSeconds(delayUs)}`);
  return homecoming(own, sum(START, delay, firstCheck(own)), "start");
}

/** While a weight-0 script has not reported its instance does not count as BACKUP. */
function firstCheck(own: Contender): Simple {
  const runs = own.seats
    .flatMap(({ member }) => member.watches)
    .filter(({ tracked }) => tracked.weight === 0)
    .map(({ conducts }) => conducts["mysqld-up"].runUs ?? 0);
  if (runs.length === 0) return ZERO;
  const us = Math.max(...runs);
  return constant(
    us,
    "d",
    `first run of the checks, ${formatSeconds(us)} by the model of their commands`,
  );
}

/** mysqld answers again: depends on how the address was lost. */
function recovered(stage: Stage): Told {
  const loss = afterMysqld(stage, "mysqld-down");
  if (!isLoss(loss)) {
    return loss.unknown
      ? notComputed(loss.reasons, loss.notes)
      : never([stage.holder.node.name], ["the address had not moved"]);
  }
  const here = loss.to.node;
  if (loss.lostBy === "stop") {
    return never(
      [here],
      [`keepalived was stopped on ${stage.holder.node.name}, and mysqld does not start it`],
    );
  }
  const own = returning(stage, here);
  return loss.lostBy === "fault" ? outOfFault(own) : strongerAgain(own, loss);
}

function outOfFault(own: Contender): Told {
  const watches = own.seats.flatMap(({ member }) =>
    member.watches.filter(({ tracked, conducts }) =>
      meansFault(tracked, conducts["mysqld-down"].ends === "passes"),
    ),
  );
  const since = last(watches.map((watch) => passing(watch, watches.length === 1)));
  return homecoming(own, since, "fault", assumptions(watches));
}

type Watched = Contender["seats"][number]["member"]["watches"][number];

function passing({ script, conducts }: Watched, alone: boolean): { after: Simple; clock: string } {
  const letters = lettersFor(script.name, alone);
  return {
    after: untilPassed(script, conducts["mysqld-up"], letters),
    clock: `scripts every ${script.intervalUs}`,
  };
}

function assumptions(watches: readonly Watched[]): string[] {
  return watches.flatMap(({ conducts }) => conducts["mysqld-up"].assumed ?? []);
}

/** The priority rises over that of the present master, whose adverts then count as lower. */
function strongerAgain(own: Contender, { to }: Loss): Told {
  const why = stays(own);
  if (why !== undefined) return never([to.node], [why]);
  const seat = firstSeat(own);
  const rises = seat.member.watches.map((watch) => ({
    ...passing(watch, seat.member.watches.length === 1),
    weight:
      contribution(watch.tracked, watch.conducts["mysqld-up"].ends === "passes") -
      contribution(watch.tracked, watch.conducts["mysqld-down"].ends === "passes"),
  }));
  const useful = rises.filter(({ weight }) => weight > 0);
  const whole = useful.reduce((so, { weight }) => so + weight, 0);
  const fallen = Math.max(1, seat.member.restPriority - whole);
  const since = until(seat.master.restPriority - fallen + 1, useful);
  if (since === undefined) return never([to.node], ["its priority does not rise far enough"]);
  const { profile, instance } = seat.member;
  const noticed = profile.weightsActAtOnce ? ZERO : nextAdvert(instance.advertIntUs);
  const elect =
    profile.preemptsByAdvert || instance.preemptDelayUs > 0
      ? preemption(own, "backup")
      : sum(preemption(own, "backup"), advertAge(seat));
  const detect = sum(since, noticed);
  return moves(
    { detect, elect, total: sum(detect, elect) },
    own.node,
    assumptions(seat.member.watches),
  );
}

/** Two masters that hear each other again: the first advert of either ends it. */
function reunited(stage: Stage, own: Contender): Told {
  const { member, master } = firstSeat(own);
  const [one, other] = [member.instance.advertIntUs, master.instance.advertIntUs];
  const wait = (us: Us, mark: string, letter: string): Simple => {
    const text = `advert interval ${formatSeconds(us)}`;
    return uniform(0, us, `U${mark}(0, ${letter})`, [{ symbol: letter, text }]);
  };
  // Two clocks without relation: the mark tells the draws apart.
  const detect = earliest([wait(one, "", "A"), wait(other, "'", one === other ? "A" : "A'")]);
  const span: Span = { detect, elect: ZERO, total: detect };
  const wins = outranks(member, master);
  const ends = wins === false ? master.node.name : member.node.name;
  const loser = wins === false ? member.node.name : master.node.name;
  const notes = [
    wins === undefined
      ? "equal priorities: the higher address stays, which is not known"
      : `${loser} hears the stronger one and drops the VIP; notify_master is not run again on ${ends}`,
  ];
  return cutApart(stage)
    ? { outcome: "moves", span, endsOn: [ends], reasons: [], notes }
    : never([ends], ["the address had not moved"]);
}

function cutApart(stage: Stage): boolean {
  return awayRow(stage, "cut").outcome === "duplicate";
}

/** What queued while it was frozen is answered first, each advert with an advert and a GARP burst. */
function thawed(own: Contender): Told {
  const { member, master } = firstSeat(own);
  const yields = member.instance.timerExpiredBackup || outranks(member, master) === false;
  const [ends, loser] = yields ? [master, member] : [member, master];
  const at = constant(milliseconds(1), "queue", "reading the adverts that have queued, 0.001 s");
  return moves({ detect: at, elect: ZERO, total: at }, ends.node.name, [
    `${loser.node.name} drops the VIP within a millisecond`,
  ]);
}
