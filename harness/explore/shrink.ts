/**
 * From a plan that shows something to the smallest one that still shows the same: fewer faults, simpler
 * faults, nothing undone on the way, rounder times, fewer nodes. Greedy, in a fixed order, bounded.
 *
 * "The same" is the same property and the same kind of violation, not just any failure. A canonical form
 * is tried first (each fault alone, at 1 s, in force until the end; then each two): it is what most plans end
 * as, and the same for all of them, so that it is run once.
 */
import { milliseconds, seconds, type Us } from "../core/time.ts";
import { twinsOf } from "./arbitraries.ts";
import { sees, type Judge, type Seen } from "./judged.ts";
import type { MenuItem } from "./menu.ts";
import { planText, stepCount, type Plan, type PlannedFault } from "./plan.ts";

export interface ShrinkOptions {
  readonly judge: Judge;
  readonly menu: readonly MenuItem[];
  /** Whom the VIP belongs to when nothing is wrong. */
  readonly home: string;
  readonly restUs: Us;
  /** Nodes that can be left out because no fault needs them; none for a pair. */
  readonly spare: readonly string[];
}

export interface Shrunk {
  readonly plan: Plan;
  readonly seen: Seen;
  /** How many plans were looked at. */
  readonly tried: number;
}

const TRIED_MAX = 160;
const FIRST_US = seconds(1);
const APART_US = [1, 8].map(seconds);

/** The plan itself shows it; that is for the caller to have seen. */
export async function shrink(start: Plan, wanted: Seen, options: ShrinkOptions): Promise<Shrunk> {
  let plan = start;
  let seen = wanted;
  let tried = 0;
  const accept = async (candidate: Plan): Promise<boolean> => {
    if (tried >= TRIED_MAX || planText(candidate) === planText(plan)) return false;
    tried += 1;
    const found = sees(await options.judge.judge(candidate), wanted);
    if (found === undefined) return false;
    plan = candidate;
    seen = found;
    return true;
  };
  const firstOf = async (candidates: readonly Plan[]): Promise<boolean> => {
    for (const candidate of candidates) if (await accept(candidate)) return true;
    return false;
  };
  await firstOf(canonical(start, options));
  for (let before = ""; before !== planText(plan);) {
    before = planText(plan);
    for (const reduce of REDUCTIONS) while (await firstOf(reduce(plan, options)));
  }
  return { plan, seen, tried };
}

type Reduction = (plan: Plan, options: ShrinkOptions) => Plan[];

/** Each is used until it gives nothing any more; then the next, and all again until nothing changes. */
const REDUCTIONS: readonly Reduction[] = [
  fewerChanges,
  fewerFaults,
  fewerNodes,
  nothingUndone,
  watchedToTheEnd,
  fewerSteps,
  simplerFaults,
  rounderTimes,
];

/** Nothing at all; each fault alone; each two, a second apart or a failover apart; as configured. */
function canonical({ faults }: Plan, { restUs }: ShrinkOptions): Plan[] {
  const at = ({ key, fault }: PlannedFault, atUs: Us): PlannedFault => ({ key, fault, atUs });
  const pairs = faults.flatMap((first, index) =>
    faults
      .slice(index + 1)
      .flatMap((second) =>
        APART_US.map((apartUs) => [at(first, FIRST_US), at(second, FIRST_US + apartUs)]),
      ),
  );
  return [[], ...faults.map((one) => [at(one, FIRST_US)]), ...(faults.length > 1 ? pairs : [])].map(
    (list) => ({ faults: list, watchUs: restUs }),
  );
}

function fewerChanges(plan: Plan): Plan[] {
  const { changes = [], ...rest } = plan;
  if (changes.length === 0) return [];
  const less = changes.map((_, index) => ({ ...rest, changes: changes.toSpliced(index, 1) }));
  return [rest, ...(changes.length > 1 ? less : [])];
}

function fewerFaults(plan: Plan): Plan[] {
  return plan.faults.map((_, index) => ({ ...plan, faults: plan.faults.toSpliced(index, 1) }));
}

function fewerNodes(plan: Plan, { spare }: ShrinkOptions): Plan[] {
  const { without = [] } = plan;
  return spare
    .filter(
      (name) => !without.includes(name) && !plan.faults.some(({ key }) => key.endsWith(`@${name}`)),
    )
    .map((name) => ({ ...plan, without: [...without, name] }));
}

function nothingUndone(plan: Plan): Plan[] {
  const healed = plan.faults.filter(({ healAtUs }) => healAtUs !== undefined);
  const none = plan.faults.map(({ healAtUs: _healAtUs, ...rest }) => rest);
  const each = plan.faults.flatMap((fault, index) => {
    const { healAtUs, ...rest } = fault;
    return healAtUs === undefined ? [] : [{ ...plan, faults: plan.faults.with(index, rest) }];
  });
  return healed.length > 1 ? [{ ...plan, faults: none }, ...each] : each;
}

/** More steps than that nobody keeps in mind. */
const MANY_STEPS = 3;

/** What is stopped and started again, in one step. */
const RESTARTS: Readonly<Record<string, string>> = {
  "keepalived-stopped": "service-restarted keepalived",
  "keepalived-killed": "service-restarted keepalived",
  "mysqld-stopped": "service-restarted mysql",
  "mysqld-killed": "service-restarted mysql",
};

/** A plan of many steps: a restart in place of a fault and its end, or something simpler that needs no end. */
function fewerSteps(plan: Plan, { menu }: ShrinkOptions): Plan[] {
  if (stepCount(plan) <= MANY_STEPS) return [];
  return plan.faults.flatMap((one, index) => {
    if (one.healAtUs === undefined) return [];
    const [, where = ""] = one.key.split("@");
    const restart = RESTARTS[one.fault.kind];
    const names = [...(restart === undefined ? [] : [restart]), ...(SIMPLER[one.fault.kind] ?? [])];
    return names
      .flatMap((name) => menu.filter(({ key }) => key === `${name}@${where}`))
      .map(({ key, fault }) => ({
        ...plan,
        faults: plan.faults.with(index, { key, fault, atUs: one.atUs }),
      }));
  });
}

function watchedToTheEnd(plan: Plan, { restUs }: ShrinkOptions): Plan[] {
  return plan.watchUs === restUs ? [] : [{ ...plan, watchUs: restUs }];
}

/** What has the same effect with less: a process instead of a node, VRRP instead of a cable. */
const SIMPLER: Readonly<Record<string, readonly string[]>> = {
  "node-powered-off": [
    "keepalived-stopped",
    "mysqld-killed",
    "keepalived-killed all",
    "replication-stopped receiver",
    "node-powered-off",
  ],
  "node-rebooted": ["keepalived-stopped", "mysqld-killed", "node-powered-off"],
  "node-paused": [
    "service-frozen keepalived",
    "service-frozen mysql",
    "vrrp-blocked both",
    "replication-stopped receiver",
    "cut both",
    "node-paused silent",
  ],
  cut: ["vrrp-blocked both", "replication-stopped receiver", "cut both"],
  "interface-down": [
    "vrrp-blocked both",
    "keepalived-stopped",
    "replication-stopped receiver",
    "cut both",
  ],
  "network-disconnected": [
    "vrrp-blocked both",
    "keepalived-stopped",
    "replication-stopped receiver",
    "cut both",
  ],
  "packets-lost": ["vrrp-blocked both", "replication-stopped receiver", "adverts-lost"],
  "packets-delayed": ["adverts-delayed 0.5 s"],
  "adverts-lost": ["vrrp-blocked both", "vrrp-blocked out"],
  "adverts-delayed": ["vrrp-blocked both", "vrrp-blocked out", "adverts-lost"],
  "auth-mismatch": ["vrrp-blocked both"],
  "unicast-peer-missing": ["vrrp-blocked both"],
  "vrrp-blocked": ["keepalived-stopped", "vrrp-blocked both"],
  "service-frozen": [
    "vrrp-blocked both",
    "keepalived-stopped",
    "mysqld-killed",
    "replication-stopped receiver",
  ],
  "keepalived-killed": ["keepalived-stopped", "keepalived-killed all"],
  "service-restarted": ["keepalived-stopped", "mysqld-stopped", "mysqld-killed"],
  "check-script-replaced": ["keepalived-stopped", "mysqld-killed"],
  switchover: ["keepalived-stopped"],
  "mysqld-killed": ["keepalived-stopped"],
  "mysqld-stopped": ["keepalived-stopped", "mysqld-killed"],
  "mysqld-crash-looping": ["mysqld-killed"],
  "crash-recovery-slow": ["mysqld-killed"],
  "memory-exhausted": ["mysqld-killed"],
  "tables-locked": ["mysql-read-only"],
  "connections-exhausted": ["mysqld-killed", "mysql-read-only"],
  "replication-stopped": ["replication-stopped receiver"],
  "replication-delayed": ["replication-stopped receiver"],
  "replication-broken": ["replication-stopped receiver"],
};

/** On its own node, or on another one: replication from a node that is cut off stops on its replica as well. */
function simplerFaults(plan: Plan, { menu, home }: ShrinkOptions): Plan[] {
  return plan.faults.flatMap((one, index) => {
    const [name = "", where = ""] = one.key.split("@");
    const names = SIMPLER[one.fault.kind] ?? [];
    const simpler = names.slice(0, names.includes(name) ? names.indexOf(name) : undefined);
    const own = simpler.flatMap((other) => menu.filter(({ key }) => key === `${other}@${where}`));
    const elsewhere = own.flatMap((item) => twinsOf(item, menu));
    // The same on the holder is easier to tell.
    const moved = menu.filter(({ key }) => where !== home && key === `${name}@${home}`);
    return [...own, ...moved, ...elsewhere].map((item) => ({
      ...plan,
      faults: plan.faults.with(index, replacedBy(one, item)),
    }));
  });
}

function replacedBy(
  { atUs, healAtUs }: PlannedFault,
  { key, fault, heals }: MenuItem,
): PlannedFault {
  return { key, fault, atUs, ...(healAtUs === undefined || !heals ? {} : { healAtUs }) };
}

const SHORT_US = [1, 2, 3, 5, 8].map(seconds);
const GRIDS_US = [seconds(1), milliseconds(500), milliseconds(100)] as const;

/** The first fault at 1 s, or else rounder; then each distance on the coarsest grid on which it still shows. */
function rounderTimes(plan: Plan, { restUs }: ShrinkOptions): Plan[] {
  const { faults, watchUs } = plan;
  const firstUs = faults[0]?.atUs ?? FIRST_US;
  const starts = firstUs === FIRST_US ? [] : [FIRST_US, ...rounded(firstUs).filter(isNew)];
  const shifted = starts.map((us) => ({ ...plan, faults: movedFrom(faults, 0, us - firstUs) }));
  const gaps = faults.flatMap((one, index): Plan[] => {
    const before = faults[index - 1];
    if (before === undefined) return [];
    return rounded(one.atUs - before.atUs).map((gapUs) => ({
      ...plan,
      faults: movedFrom(faults, index, before.atUs + gapUs - one.atUs),
    }));
  });
  const lasts = faults.flatMap((one, index): Plan[] => {
    const { atUs, healAtUs } = one;
    if (healAtUs === undefined) return [];
    return rounded(healAtUs - atUs).map((lastsUs) => ({
      ...plan,
      faults: faults.with(index, { ...one, healAtUs: atUs + lastsUs }),
    }));
  });
  const watches =
    watchUs === restUs ? [] : rounded(watchUs).map((us) => ({ ...plan, watchUs: us }));
  return [...shifted, ...gaps, ...lasts, ...watches].filter(inOrder);
}

/** This fault and all after it, with their ends. */
function movedFrom(faults: readonly PlannedFault[], from: number, byUs: Us): PlannedFault[] {
  return faults.map((one, index) =>
    index < from
      ? one
      : {
          ...one,
          atUs: one.atUs + byUs,
          ...(one.healAtUs === undefined ? {} : { healAtUs: one.healAtUs + byUs }),
        },
  );
}

/** Shorter values that everybody can count to; then rounder ones, down and up, where it is not on the coarsest grid. */
function rounded(us: Us): Us[] {
  const found = SHORT_US.filter((value) => value < us);
  for (const gridUs of GRIDS_US) {
    if (us % gridUs === 0) break;
    for (const value of [Math.floor(us / gridUs) * gridUs, Math.ceil(us / gridUs) * gridUs]) {
      if (value > 0 && !found.includes(value)) found.push(value);
    }
  }
  return found;
}

function isNew(us: Us): boolean {
  return us !== FIRST_US;
}

function inOrder({ faults }: Plan): boolean {
  return faults.every((one, index) => one.atUs >= (faults[index - 1]?.atUs ?? 0));
}
