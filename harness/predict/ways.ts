/**
 * How a node can lose the address because of its mysqld: every script, checker and process watch that
 * reacts, when it does, and by what. What reacts in no way leaves a reason.
 */
import type { Checker, RealServer, VirtualServer, VrrpTrackProcess } from "../keepalived/config.ts";
import { formatSeconds } from "../core/time.ts";
import { endpointName } from "../keepalived/services.ts";
import { passesAtRest, surroundingsOf, type Bundle, type Member, type Watch } from "./cluster.ts";
import { ANY_BACK_LOG } from "../mysql/listen-queue.ts";
import { conductOf, type Conduct, type Situation, type StopKind } from "./conduct.ts";
import { lettersFor, untilActs, untilFailed, untilMiscFailed, untilRefused } from "./detection.ts";
import { isOwnServer } from "./directors.ts";
import { contribution, meansFault, OWNER } from "./priority.ts";
import { constant, sum, type Simple } from "./quantity.ts";

/** A reaction and when it comes. Those of one clock share their phase. */
export interface Way {
  readonly kind: "goodbye" | "silence" | "fault" | "weight";
  readonly after: Simple;
  readonly clock: string;
  readonly by: string;
  /** Of a weight: how far the priority falls on which instance. */
  readonly falls?: { readonly instance: string; readonly by: number };
}

export interface Ways {
  readonly ways: readonly Way[];
  /** Why something that watches brings no move. */
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
}

/** `members`: all instances of the node in question; the bundle is those that are to move. */
export function waysOut(bundle: Bundle, members: readonly Member[], situation: Situation): Ways {
  const own = members.filter((member) =>
    bundle.routers.some((router) => router.members.includes(member)),
  );
  const scripts = new Map(
    members.flatMap(({ watches }) => watches.map((watch) => [watch.script.name, watch] as const)),
  );
  const alone = scripts.size === 1;
  const found = [
    ...[...scripts.values()].map((watch) => stops(members, watch, situation, alone)),
    ...own.flatMap((member) =>
      member.watches.map((watch) => results(member, watch, situation, alone)),
    ),
    ...own.flatMap((member) => processes(member, situation)),
    ...checkers(members, situation),
  ];
  return {
    ways: found.flatMap(({ ways }) => ways),
    reasons: [...new Set(found.flatMap(({ reasons }) => reasons))],
    notes: [...new Set(found.flatMap(({ notes }) => notes))],
  };
}

const NOTHING: Ways = { ways: [], reasons: [], notes: [] };

const KILLED_PARENT =
  "only the parent is killed: before 1.3.3 its children go on and keep the address";

/** What a stop of that kind looks like from outside. */
function stopWay(how: StopKind, member: Member | undefined): "goodbye" | "silence" | undefined {
  if (how === "KILL-all") return "silence";
  if (how === "TERM" || member?.profile.childrenDieWithParent !== false) return "goodbye";
  return undefined;
}

/** A script that stops keepalived takes every instance of the node along, whoever tracks it. */
function stops(
  members: readonly Member[],
  { script, conducts }: Watch,
  situation: Situation,
  alone: boolean,
): Ways {
  const conduct = conducts[situation];
  if (conduct.stops === undefined) return { ...NOTHING, notes: notesOf(conduct) };
  const kind = stopWay(conduct.stops.how, members[0]);
  if (kind === undefined) return { ...NOTHING, reasons: [`${script.name}: ${KILLED_PARENT}`] };
  const letters = lettersFor(script.name, alone);
  return {
    ways: [
      {
        kind,
        after: untilActs(script, conduct.stops.atUs, letters),
        clock: `scripts every ${script.intervalUs}`,
        by: `${script.name} stops keepalived in its first failing run`,
      },
    ],
    reasons: [],
    notes: [
      ...notesOf(conduct),
      ...(conduct.stops.how === "KILL-all"
        ? [`${script.name} kills all of keepalived: the address stays where it was`]
        : []),
    ],
  };
}

function notesOf(conduct: Conduct): string[] {
  return [...(conduct.assumed === undefined ? [] : [conduct.assumed]), ...conduct.remarks];
}

/** What its exit code does to one instance. */
function results(member: Member, watch: Watch, situation: Situation, alone: boolean): Ways {
  const { script, tracked } = watch;
  const conduct = watch.conducts[situation];
  if (conduct.stops !== undefined) return NOTHING;
  const name = script.name;
  const passed = passesAtRest(watch);
  const passes = conduct.ends === "passes";
  if (passes === passed) {
    const state = situation === "mysqld-frozen" ? "frozen" : "down";
    const says = passes ? `exits 0 while mysqld is ${state}` : "fails while mysqld is up, too";
    return { ...NOTHING, reasons: [conduct.assumed ?? `${name} ${says}`] };
  }
  if (tracked.weight === 0 && !meansFault(tracked, passes)) return NOTHING;
  const letters = lettersFor(name, alone);
  const after = untilFailed(script, conduct, member.profile, letters);
  return weighed(member, {
    name,
    after,
    clock: `scripts every ${script.intervalUs}`,
    fall: contribution(tracked, passed) - contribution(tracked, passes),
    fault: tracked.weight === 0,
  });
}

interface Loss {
  readonly name: string;
  readonly after: Simple;
  readonly clock: string;
  readonly fall: number;
  readonly fault: boolean;
}

function weighed(member: Member, { name, after, clock, fall, fault }: Loss): Ways {
  if (fault) {
    const by = `${name} fails, ${member.instance.name} goes to FAULT`;
    return { ...NOTHING, ways: [{ kind: "fault", after, clock, by }] };
  }
  if (member.instance.priority === OWNER) {
    return {
      ...NOTHING,
      reasons: [`${name}: weights do not change the priority of an owner (255)`],
    };
  }
  if (fall <= 0) {
    return { ...NOTHING, reasons: [`${name}: its weight does not lower the priority`] };
  }
  const falls = { instance: member.instance.name, by: fall };
  return { ...NOTHING, ways: [{ kind: "weight", after, clock, by: `${name} fails`, falls }] };
}

/** A watched process is missed at once when it dies, and not at all when it is frozen. */
function processes(member: Member, situation: Situation): Ways[] {
  return member.instance.trackProcesses.flatMap((tracked): Ways[] => {
    const watch = member.node.config.trackProcesses.find((item) => item.name === tracked.name);
    if (watch === undefined || !/mysqld|mariadbd/.test(watch.process)) return [];
    if (situation === "mysqld-frozen") {
      return [{ ...NOTHING, reasons: [`${watch.name}: a frozen process is still there`] }];
    }
    const passed = contribution(tracked, true) - contribution(tracked, false);
    const loss = { ...lossOf(watch), fall: passed, fault: tracked.weight === 0 };
    const notes = [`${watch.name}: track_process does not work in containers`];
    return [{ ...weighed(member, loss), notes }];
  });
}

function lossOf(watch: VrrpTrackProcess): Pick<Loss, "name" | "after" | "clock"> {
  const text = `delay of ${watch.name}, ${formatSeconds(watch.delayUs)}`;
  return { name: watch.name, after: constant(watch.delayUs, "delay", text), clock: watch.name };
}

const NEEDS_IPVS =
  "virtual_server needs ip_vs in the kernel; without it keepalived ends at its start";

/** virtual_server used as a health check: notify_down stops keepalived. */
function checkers(members: readonly Member[], situation: Situation): Ways[] {
  const [first] = members;
  if (first === undefined) return [];
  return first.node.config.virtualServers
    .filter((server) => server.usable)
    .flatMap((server) =>
      server.realServers
        .filter((real) => isOwnServer(real, server, first.node))
        .flatMap((real) =>
          real.checkers.map((checker) => oneChecker(first, { server, real, checker }, situation)),
        ),
    );
}

interface Probe {
  readonly server: VirtualServer;
  readonly real: RealServer;
  readonly checker: Checker;
}

function oneChecker(member: Member, { server, real, checker }: Probe, situation: Situation): Ways {
  const host = surroundingsOf(member.node);
  const name = `${checker.kind} of ${endpointName(real)}`;
  const commands = [real.notifyDown, server.quorumDown].filter((command) => command !== undefined);
  if (commands.length === 0) return { ...NOTHING, reasons: [`${name} has no notify_down`] };
  const found = commands.map((command) => conductOf(command, host, situation));
  const stop = found.flatMap((conduct) => conduct.stops ?? [])[0];
  if (stop === undefined) {
    const texts = commands.map((command) => command.text).join(", ");
    return {
      ...NOTHING,
      reasons: [`${name}: ${texts} does not stop keepalived, as far as is known`],
    };
  }
  const noticed = checkerFails(member, checker, situation);
  if (noticed === undefined) return { ...NOTHING, reasons: [`${name} does not fail`] };
  if (noticed === "unknown")
    return { ...NOTHING, reasons: [`${name}: this checker is not computed`] };
  const kind = stopWay(stop.how, member);
  if (kind === undefined) return { ...NOTHING, reasons: [`${name}: ${KILLED_PARENT}`] };
  const act = constant(stop.atUs, "s", `notify_down up to its act, ${formatSeconds(stop.atUs)}`);
  return {
    ways: [
      {
        kind,
        after: sum(noticed, act),
        clock: name,
        by: `${name} fails, notify_down stops keepalived`,
      },
    ],
    reasons: [],
    notes: [NEEDS_IPVS, ...frozenNote(checker, situation)],
  };
}

function frozenNote(checker: Checker, situation: Situation): string[] {
  if (situation !== "mysqld-frozen" || checker.kind !== "TCP_CHECK") return [];
  return [
    `TCP_CHECK: the kernel answers for a frozen mysqld until its queue is full, ${ANY_BACK_LOG.least} (MariaDB) to ${ANY_BACK_LOG.most} (MySQL 9.7) places: the mean says nothing; clients fill it sooner`,
  ];
}

function checkerFails(
  member: Member,
  checker: Checker,
  situation: Situation,
): Simple | "unknown" | undefined {
  if (checker.kind === "TCP_CHECK") {
    return untilRefused(checker, member.profile, situation === "mysqld-frozen");
  }
  if (checker.kind !== "MISC_CHECK" || checker.command === undefined) return "unknown";
  const conduct = conductOf(checker.command, surroundingsOf(member.node), situation);
  return conduct.ends === "passes" ? undefined : untilMiscFailed(checker, conduct);
}
