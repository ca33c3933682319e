/**
 * fast-check arbitraries: plans over a menu of faults, changes of a configuration, workloads.
 *
 * Times seek the edges of the cluster's timers: an interval, a wait or a check's patience, a little less or
 * more; a second failure within the first one's failover; healing between two adverts. A plan that these
 * arbitraries make is always one that can be proven: no two faults have their hands on the same thing
 * at the same time, and no more are in force than the model allows.
 */
import fc, { type Arbitrary } from "fast-check";
import { milliseconds, seconds, type Us } from "../core/time.ts";
import type { ResolvedTopology } from "../topology/resolve.ts";
import { configOf } from "../topology/routers.ts";
import type { Workload } from "../workload/workload.ts";
import type { ConfigChange } from "./config-change.ts";
import type { MenuItem } from "./menu.ts";
import type { Plan, PlannedFault } from "./plan.ts";
import type { Timers } from "./timers.ts";

export interface PlanOptions {
  /** What can happen, and how likely each is, as a whole number from 1. */
  readonly menu: readonly { readonly item: MenuItem; readonly weight: number }[];
  readonly timers: Timers;
  readonly faultsMax: number;
  /** How many faults may be in force at the same time. */
  readonly concurrency: number;
  /** Configurations around the given one are tried too. */
  readonly changes?: readonly ConfigChange[];
}

/** A fault before it has its place in time. */
export interface DrawnFault {
  readonly item: MenuItem;
  /** After the beginning of the fault before, or after its end. */
  readonly gapUs: Us;
  readonly afterHealing: boolean;
  /** Absent: in force until everything is undone. */
  readonly lastsUs: Us | undefined;
}

/** The same on another node, as when both depend on what fails: a switch, a release, a certificate. */
export function twinsOf(item: MenuItem, menu: readonly MenuItem[]): MenuItem[] {
  const [name = ""] = item.key.split("@");
  return menu.filter((other) => other !== item && other.key.startsWith(`${name}@`));
}

const NEAR_MS = [-50, -10, -1, 0, 1, 10, 50] as const;
const SHORT_MS_MAX = 300;
const LONG_MS_MAX = 8000;
/** Any phase of a 1 s advert and of a 2 s check. */
const FIRST_MS_MAX = 2100;

/** Whole milliseconds, so that a plan can be read. */
export function gapArbitrary({ edges }: Timers): Arbitrary<Us> {
  const short = fc.integer({ min: 1, max: SHORT_MS_MAX }).map(milliseconds);
  const any = fc.integer({ min: 1, max: LONG_MS_MAX }).map(milliseconds);
  if (edges.length === 0) return fc.oneof(short, any);
  const near = fc
    .tuple(fc.constantFrom(...edges), fc.constantFrom(...NEAR_MS))
    .map(([edgeUs, offMs]) =>
      Math.max(milliseconds(1), milliseconds(Math.round(edgeUs / 1000) + offMs)),
    );
  return fc.oneof(
    { weight: 5, arbitrary: near },
    { weight: 2, arbitrary: short },
    { weight: 3, arbitrary: any },
  );
}

export function planArbitrary(options: PlanOptions): Arbitrary<Plan> {
  const { menu, timers, faultsMax, concurrency, changes = [] } = options;
  const gapUs = gapArbitrary(timers);
  const items = menu.map(({ item }) => item);
  const fault: Arbitrary<DrawnFault & { readonly twinAfterUs: Us | undefined }> = fc.record({
    item: fc.oneof(...menu.map(({ item, weight }) => ({ weight, arbitrary: fc.constant(item) }))),
    gapUs,
    afterHealing: fc.boolean(),
    lastsUs: fc.option(gapUs, { nil: undefined, freq: 2 }),
    // Once in six times the same happens to the other node as well.
    twinAfterUs: fc.oneof(
      { weight: 5, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: gapUs },
    ),
  });
  return fc
    .record({
      firstUs: fc.integer({ min: 100, max: FIRST_MS_MAX }).map(milliseconds),
      drawn: fc.array(fault, { minLength: 1, maxLength: faultsMax, size: "max" }),
      // Most wait until everything has had its effect; the others undo in the midst of it.
      watchUs: fc.oneof(
        { weight: 3, arbitrary: fc.constant(timers.restUs) },
        { weight: 1, arbitrary: gapUs },
      ),
      changed: changes.length === 0 ? fc.constant([]) : fc.subarray([...changes], { maxLength: 2 }),
    })
    .map(({ firstUs, drawn, watchUs, changed }) => ({
      faults: placed(withTwins(drawn, items).slice(0, faultsMax), firstUs, concurrency),
      watchUs,
      ...(changed.length === 0 ? {} : { changes: changed }),
    }));
}

function withTwins(
  drawn: readonly (DrawnFault & { readonly twinAfterUs: Us | undefined })[],
  menu: readonly MenuItem[],
): DrawnFault[] {
  return drawn.flatMap(({ twinAfterUs, ...one }) => {
    const [twin] = twinAfterUs === undefined ? [] : twinsOf(one.item, menu);
    if (twin === undefined || twinAfterUs === undefined) return [one];
    return [one, { ...one, item: twin, gapUs: twinAfterUs, afterHealing: false }];
  });
}

/** In time, one after the other; what would be in the way of an earlier one is left out. */
export function placed(
  drawn: readonly DrawnFault[],
  firstUs: Us,
  concurrency: number,
): PlannedFault[] {
  let list: Placed[] = [];
  for (const { item, gapUs, afterHealing, lastsUs } of drawn) {
    const before = list.at(-1);
    const sinceUs = afterHealing ? (before?.healAtUs ?? before?.atUs) : before?.atUs;
    const atUs = sinceUs === undefined ? firstUs : sinceUs + gapUs;
    const healAtUs = item.heals && lastsUs !== undefined ? atUs + lastsUs : undefined;
    list = fitted(list, { item, atUs, healAtUs }, concurrency);
  }
  return list
    .toSorted((a, b) => a.atUs - b.atUs)
    .map(({ item, atUs, healAtUs }) => ({
      key: item.key,
      fault: item.fault,
      atUs,
      ...(healAtUs === undefined ? {} : { healAtUs }),
    }));
}

interface Placed {
  readonly item: MenuItem;
  readonly atUs: Us;
  readonly healAtUs: Us | undefined;
}

/** Where too many would be in force, the oldest ones are undone first. */
function fitted(list: readonly Placed[], added: Placed, concurrency: number): Placed[] {
  const inForce = list.filter((one) => endOf(one) > added.atUs);
  if (inForce.some((one) => inTheWay(one.item, added.item))) return [...list];
  const tooMany = inForce.slice(0, Math.max(0, inForce.length + 1 - concurrency));
  if (tooMany.some((one) => !one.item.heals || one.atUs >= added.atUs)) return [...list];
  return [
    ...list.map((one) => (tooMany.includes(one) ? { ...one, healAtUs: added.atUs } : one)),
    added,
  ];
}

function endOf({ item, atUs, healAtUs }: Placed): Us {
  if (!item.heals) return atUs + item.busyUs;
  return healAtUs ?? Number.POSITIVE_INFINITY;
}

function inTheWay(a: MenuItem, b: MenuItem): boolean {
  return a.holds.some((one) =>
    b.holds.some((other) => one === other || whole(one, other) || whole(other, one)),
  );
}

/** `db1 node` is all of db1. */
function whole(node: string, part: string): boolean {
  return node.endsWith(" node") && part.startsWith(node.slice(0, -"node".length));
}

/** One value at a time: priorities, intervals, preemption, what a check weighs and how patient it is. */
export function changesAround(topology: ResolvedTopology): ConfigChange[] {
  const instance = "vrrp_instance";
  const script = "vrrp_script";
  const configs = topology.nodes.flatMap((node) => {
    const config = configOf(node, topology.keepalivedVersion);
    return config === undefined ? [] : [{ name: node.name, config }];
  });
  const scripts = configs.some(({ config }) => config.scripts.length > 0);
  const all = (keyword: string, values: readonly (string | undefined)[]): ConfigChange[] =>
    values.map((value) => ({
      keyword,
      block: instance,
      ...(value === undefined ? {} : { value }),
    }));
  return [
    ...all("advert_int", ["1", "2"]),
    ...all("nopreempt", ["", undefined]),
    ...all("state", ["BACKUP"]),
    ...all("preempt_delay", ["3"]),
    ...configs.flatMap(({ name, config }) =>
      config.instances.slice(0, 1).flatMap(({ priority }) =>
        [priority - 10, priority + 10]
          .filter((value) => value >= 1 && value <= 254)
          .map((value): ConfigChange => ({
            node: name,
            keyword: "priority",
            value: String(value),
            block: instance,
          })),
      ),
    ),
    ...(scripts
      ? [
          ...["-1", "-20", "0"].map((value): ConfigChange => ({
            keyword: "weight",
            value,
            block: script,
          })),
          ...["1", "3"].flatMap((value): ConfigChange[] => [
            { keyword: "interval", value, block: script },
            { keyword: "fall", value, block: script },
            { keyword: "rise", value, block: script },
          ]),
        ]
      : []),
  ];
}

/** From a client every 50 ms to one every half second, patient or not. */
export const workloadArbitrary: Arbitrary<Workload> = fc.record({
  cadenceUs: fc.constantFrom(50, 100, 200, 500).map(milliseconds),
  connectDeadlineUs: fc.constantFrom(0.5, 1, 3).map(seconds),
  operationDeadlineUs: fc.constantFrom(0.5, 1, 3).map(seconds),
  healthCadenceUs: fc.constant(milliseconds(100)),
});
