/** What each event on the holder leads to. */
import { unreachable } from "../core/assert.ts";
import { formatSeconds, milliseconds } from "../core/time.ts";
import type { AwayClass } from "./classes.ts";
import { outranks } from "./cluster.ts";
import {
  afterGoodbye,
  afterSilence,
  firstSeat,
  goodbyeWait,
  masterDownOf,
  skewOf,
  skewQuantity,
  type Contender,
  type Span,
  type Standby,
} from "./election.ts";
import { afterMysqld, isLoss } from "./mysqld.ts";
import { boundsOf, constant, sum, ZERO } from "./quantity.ts";
import { duplicate, moves, never, notComputed, type Told } from "./row.ts";
import { ALONE, returning, tieNote, type Stage } from "./stage.ts";

export function awayRow(stage: Stage, event: AwayClass): Told {
  const here = stage.holder.node.name;
  if (event === "vrrp-blocked-in") {
    return never([here], ["a MASTER needs no adverts; its own still reach the others"]);
  }
  if (event === "mysqld-killed" || event === "mysqld-stopped" || event === "mysqld-frozen") {
    return mysqld(stage, event);
  }
  if (event === "vip-removed") return vipRemoved(stage);
  if (event === "vrrp-child-killed") return childKilled(stage);
  const { standby } = stage;
  if (standby === undefined) return never([], [ALONE]);
  const ties = tieNote(standby);
  switch (event) {
    case "keepalived-stopped":
      return moves(afterGoodbye(standby), standby.node, [
        "priority 0 is sent, VIP off at once",
        ...ties,
      ]);
    case "parent-killed":
      return parentKilled(stage, standby, ties);
    case "keepalived-killed":
      return kept(
        stage,
        standby,
        "VIP stays configured on HOLDER until keepalived is started there",
      );
    case "keepalived-frozen":
      return kept(
        stage,
        standby,
        "VIP stays on HOLDER: two nodes answer for it until it is thawed",
      );
    case "power-off":
      return moves(afterSilence(standby), standby.node, ["VIP gone with its host", ...ties]);
    case "cut":
      return kept(stage, standby, "HOLDER stays MASTER on its side of the cut");
    case "interface-down":
      return moves(afterSilence(standby), standby.node, [interfaceNote(stage), ...ties]);
    case "vrrp-blocked-both":
      return kept(stage, standby, "HOLDER hears nothing and stays MASTER: duplicate VIP");
    case "vrrp-blocked-out":
      return blockedOut(stage, standby);
    default:
      return unreachable(event);
  }
}

/** The other node takes over while this one still has the address. */
function kept(stage: Stage, standby: Standby, words: string): Told {
  const here = stage.holder.node.name;
  return duplicate(
    afterSilence(standby),
    [standby.node, here],
    [words.replace("HOLDER", here), ...tieNote(standby)],
  );
}

function parentKilled({ holder }: Stage, standby: Standby, ties: readonly string[]): Told {
  if (!holder.profile.childrenDieWithParent) {
    return never(
      [holder.node.name],
      ["before 1.3.3 the vrrp child goes on without its parent: it advertises and keeps the VIP"],
    );
  }
  return moves(afterGoodbye(standby), standby.node, [
    "the kernel sends the children SIGTERM: a clean stop; as PID 1 of a container it cannot be killed from inside",
    ...ties,
  ]);
}

function interfaceNote({ holder: { instance, node } }: Stage): string {
  return instance.dontTrackPrimary
    ? `dont_track_primary: ${node.name} stays MASTER without a link`
    : `${node.name} goes to FAULT and drops the VIP; its priority 0 cannot leave`;
}

/** The blocked master still hears: it answers a lower priority and yields to a higher one. */
function blockedOut(stage: Stage, standby: Standby): Told {
  const { holder } = stage;
  const wins = outranks(firstSeat(standby).member, holder);
  if (wins === true) {
    return moves(afterSilence(standby), standby.node, [
      `${holder.node.name} hears the higher priority and yields`,
    ]);
  }
  return kept(stage, standby, "HOLDER hears the lower priority, answers in vain and stays MASTER");
}

/** Fork, reading and clearing left-over VIPs: 14 ms were seen with 2.2.7, 10 with 2.3.4. */
const RESPAWN = constant(milliseconds(15), "respawn", "the parent starts a new child, 0.015 s");

/** The child comes back as BACKUP: two moves when it preempts, one when it does not. */
function childKilled(stage: Stage): Told {
  const { holder, standby } = stage;
  if (standby === undefined) return never([holder.node.name], [ALONE]);
  const own = returning(stage, standby.node);
  const back = Math.max(...own.seats.map(masterDownOf)) + boundsOf(RESPAWN).maxUs;
  const gone = "VIP off after about 0.015 s, when the new child clears it";
  if (holder.profile.stateMasterStartsEarly && holder.instance.state === "MASTER") {
    const a = holder.instance.advertIntUs;
    const early = constant(2 * a, "2A", `two advert intervals of ${formatSeconds(a)}`);
    const span: Span = { detect: RESPAWN, elect: early, total: sum(RESPAWN, early) };
    return { outcome: "returns", span, endsOn: [holder.node.name], reasons: [], notes: [gone] };
  }
  const preempts =
    !holder.instance.nopreempt && holder.restPriority > firstSeat(standby).member.restPriority;
  const span = afterSilence(standby);
  const plain = holder.instance.preemptDelayUs === 0 && !holder.profile.preemptsByAdvert;
  const when = plain ? `${formatSeconds(back)} after the fault` : "later";
  const notes = [
    gone,
    ...(preempts ? [`${holder.node.name} preempts again ${when}: two moves`] : []),
    ...(plain && back < boundsOf(span.total).maxUs
      ? [
          `after a fresh advert ${holder.node.name} is back before ${standby.node} moves, or with it`,
        ]
      : []),
    ...tieNote(standby),
  ];
  const ends = preempts ? holder.node.name : standby.node;
  return { outcome: "moves", span, endsOn: [ends], reasons: [], notes };
}

function mysqld(stage: Stage, event: "mysqld-killed" | "mysqld-stopped" | "mysqld-frozen"): Told {
  const result = afterMysqld(stage, event === "mysqld-frozen" ? "mysqld-frozen" : "mysqld-down");
  const here = stage.holder.node.name;
  if (!isLoss(result)) {
    const { reasons, notes } = result;
    return result.unknown ? notComputed(reasons, notes) : never([here], reasons, notes);
  }
  const notes = [
    ...result.notes,
    ...(event === "mysqld-stopped" ? ["counted from when mysqld closes its port"] : []),
  ];
  return result.addressStays
    ? duplicate(result.span, [result.to.node, here], notes)
    : moves(result.span, result.to.node, notes);
}

/** The daemon notices, sends priority 0 and waits its own skew: the shorter skew has the VIP next. */
function vipRemoved(stage: Stage): Told {
  const { holder, standby } = stage;
  const here = holder.node.name;
  if (holder.profile.takesVipOneIntervalLate) {
    return never([here], [`before 2.0.0 nobody notices: ${here} advertises on without the VIP`]);
  }
  const own = ownSkew(stage);
  if (standby === undefined || boundsOf(own).maxUs < boundsOf(goodbyeWait(standby)).minUs) {
    const notes = ["priority 0 is sent; the own skew is the shorter one, so the VIP returns"];
    return {
      outcome: "returns",
      span: { detect: ZERO, elect: own, total: own },
      endsOn: [here],
      reasons: [],
      notes: standby === undefined ? [] : notes,
    };
  }
  return moves(afterGoodbye(standby), standby.node, [
    `priority 0 is sent; the skew of ${standby.node} is not longer than that of ${here}`,
  ]);
}

function ownSkew(stage: Stage): ReturnType<typeof skewQuantity> {
  const seats = stage.bundle.routers.flatMap((router) =>
    router.members
      .filter((member) => member.node === stage.holder.node)
      .map((member) => ({ member, master: member })),
  );
  const self: Contender = { node: stage.holder.node.name, seats };
  const slowest = seats.reduce(
    (so, seat) => (skewOf(seat) > skewOf(so) ? seat : so),
    firstSeat(self),
  );
  return skewQuantity(slowest);
}
