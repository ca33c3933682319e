/** From a mysqld that is gone to the address on another node, and from one that is back. */
import { present } from "../core/assert.ts";
import {
  nextAdvert,
  afterGoodbye,
  afterSilence,
  afterWeakening,
  preemptionWaitOf,
  standbyOf,
  type Contender,
  type Span,
  type Standby,
} from "./election.ts";
import { first, until, type Weighty } from "./crossing.ts";
import type { Member } from "./cluster.ts";
import type { Situation } from "./conduct.ts";
import { directs, stopsFromAfar } from "./directors.ts";
import { boundsOf, earliest, formula, sum, type Quantity, type Simple } from "./quantity.ts";
import { ALONE, tieNote, type Stage } from "./stage.ts";
import { waysOut, type Way, type Ways } from "./ways.ts";

/** How the holder lost the address; the way back depends on it. */
export type LostBy = "stop" | "fault" | "weight";

export interface Loss {
  readonly span: Span;
  readonly to: Standby;
  readonly lostBy: LostBy;
  /** The old holder keeps the address: nobody is left to take it off. */
  readonly addressStays: boolean;
  readonly notes: readonly string[];
}

export interface NoLoss {
  /** Something may take the address away all the same, and it is not computed. */
  readonly unknown: boolean;
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
}

interface Option extends Omit<Loss, "notes"> {
  readonly by: readonly string[];
}

export function afterMysqld(stage: Stage, situation: Situation): Loss | NoLoss {
  const found = waysOut(stage.bundle, stage.onHolder, situation);
  if (stage.standby === undefined) return { unknown: false, reasons: [ALONE], notes: found.notes };
  const refused: string[] = [];
  const options = [
    ...bySaying(stage, stage.standby, found.ways),
    ...bySilence(stage.standby, found.ways),
    ...byWeight(stage, found.ways, refused),
  ];
  const [best, ...others] = options.toSorted((a, b) => meanUs(a) - meanUs(b));
  if (best === undefined) return noLoss(stage.holder, found, refused);
  const rivals = others.filter(
    (other) => boundsOf(other.span.total).minUs < boundsOf(best.span.total).maxUs,
  );
  return {
    ...best,
    span: rivals.length === 0 ? best.span : whicheverFirst([best, ...rivals]),
    notes: [...best.by, ...tieNote(best.to), ...rivals.flatMap(({ by }) => by), ...found.notes],
  };
}

function meanUs({ span }: Option): number {
  return boundsOf(span.total).meanUs;
}

function noLoss({ node }: Member, { reasons, notes }: Ways, refused: readonly string[]): NoLoss {
  const all = [...reasons, ...refused];
  const stops = stopsFromAfar(node);
  if (stops.length > 0) return { unknown: true, reasons: [...all, ...stops], notes };
  if (all.length > 0) return { unknown: false, reasons: all, notes };
  const behind = node.config.virtualServers.some((server) => directs(server, node))
    ? "; the servers behind its virtual_server have a table of their own"
    : "";
  return { unknown: false, reasons: [`no check of this instance looks at mysqld${behind}`], notes };
}

/** Mechanisms with different waits behind them: only the whole has an earliest. */
function whicheverFirst(options: readonly Option[]): Span {
  const totals = options.map(({ span }) => span.total);
  const simple = totals.filter(isSimple);
  const [only] = totals;
  return simple.length === totals.length
    ? { total: earliest(simple) }
    : { total: present(only, "total of the best option") };
}

function isSimple(quantity: Quantity): quantity is Simple {
  return quantity.terms.every((term) => term.kind === "constant" || term.kind === "uniform");
}

/** Stops and FAULT: the holder sends priority 0. */
function bySaying(stage: Stage, to: Standby, ways: readonly Way[]): Option[] {
  const said = ways
    .filter(({ kind }) => kind === "goodbye" || kind === "fault")
    .map((way) => (way.kind === "fault" ? { ...way, ...noticed(stage.holder, way) } : way));
  if (said.length === 0) return [];
  const span = afterGoodbye(to, first(said));
  const lostBy = said.some(({ kind }) => kind === "goodbye") ? "stop" : "fault";
  return [{ span, to, lostBy, addressStays: false, by: said.map(({ by }) => by) }];
}

/** Before 2.0.0 a MASTER looks at its checks only when its next advert is due. */
function noticed({ profile, instance }: Member, way: Way): Pick<Way, "after" | "clock"> {
  return profile.weightsActAtOnce
    ? way
    : { after: sum(way.after, nextAdvert(instance.advertIntUs)), clock: way.clock };
}

function bySilence(to: Standby, ways: readonly Way[]): Option[] {
  const silent = ways.filter(({ kind }) => kind === "silence");
  if (silent.length === 0) return [];
  const span = afterSilence(to, first(silent));
  return [{ span, to, lostBy: "stop", addressStays: true, by: silent.map(({ by }) => by) }];
}

/** The priority falls below that of a backup which preempts. */
function byWeight(stage: Stage, ways: readonly Way[], refused: string[]): Option[] {
  const falls = ways.filter(({ kind }) => kind === "weight");
  if (falls.length === 0) return [];
  const able = stage.candidates.filter((candidate) => {
    const why = candidate.seats.flatMap(({ member, master }) => {
      const reason = cannotCross(member, master, fallOn(master, falls));
      return reason === undefined ? [] : [reason];
    });
    refused.push(...why);
    return why.length === 0;
  });
  const to = standbyOf(able, preemptionWaitOf);
  if (to === undefined) return [];
  const fell = fallsBelow(to, falls);
  if (fell === undefined) {
    refused.push("members of a sync group fall at different times: not computed");
    return [];
  }
  const span = afterWeakening(to, sum(fell, priorityTimer(stage.holder)));
  return [{ span, to, lostBy: "weight", addressStays: false, by: falls.map(({ by }) => by) }];
}

/** Before 2.0.0 the effective priority is computed once per advert interval. */
function priorityTimer({ profile, instance }: Member): Quantity {
  return profile.weightsActAtOnce ? sum() : nextAdvert(instance.advertIntUs);
}

function fallOn(master: Member, falls: readonly Way[]): number {
  return falls
    .filter((way) => way.falls?.instance === master.instance.name)
    .reduce((so, way) => so + (way.falls?.by ?? 0), 0);
}

/** Why this backup stays backup although the priority of its master falls. */
function cannotCross(member: Member, master: Member, fall: number): string | undefined {
  const { name } = member.node;
  if (fall === 0) return `${master.instance.name}: nothing lowers its priority`;
  const fallen = Math.max(1, master.restPriority - fall);
  if (member.restPriority <= fallen) {
    const left = `${master.restPriority} - ${fall} = ${fallen} on ${master.node.name}`;
    return `${left} is not below ${member.restPriority} on ${name}`;
  }
  return member.instance.nopreempt
    ? `${name} has nopreempt: any advert keeps it backup, of a lower priority too`
    : undefined;
}

function fallsBelow({ seats }: Contender, falls: readonly Way[]): Quantity | undefined {
  const times = seats.map(({ member, master }) => {
    const weights: Weighty[] = falls.flatMap((way) =>
      way.falls?.instance === master.instance.name ? [{ ...way, weight: way.falls.by }] : [],
    );
    return until(master.restPriority - member.restPriority + 1, weights);
  });
  const [one] = times;
  // All instances of a group watched by the same scripts fall together.
  const same = times.every(
    (time) => time !== undefined && one !== undefined && formula(time) === formula(one),
  );
  return same ? one : undefined;
}

export function isLoss(result: Loss | NoLoss): result is Loss {
  return "span" in result;
}
