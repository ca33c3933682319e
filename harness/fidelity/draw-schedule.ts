/**
 * A random schedule for a drawn configuration: one to three faults, a hold, the healing, and what an
 * operator has to start again.
 *
 * Only what can prove itself is drawn, because an unproven fault voids the run: a service that runs is
 * ended, one that is surely down is started, and one link fault at a time lets its probes pass. What a
 * node's services surely do is believed from the schedule alone, since nothing has happened yet.
 */
import type { RandomStream } from "../core/random.ts";
import { milliseconds, seconds, type Us } from "../core/time.ts";
import type { PlainFault } from "../fault/fault.ts";
import { after, type Step } from "../fault/schedule.ts";
import {
  NODE_NAMES,
  pick,
  preferred,
  slowestDownUs,
  type DrawnConfig,
  type NodeName,
} from "./draw-config.ts";

/** The faults that are drawn, with what they are given; `service-started` needs something that is down. */
export const FAULT_KEYS = [
  "mysqld-killed",
  "mysqld-stopped",
  "keepalived-stopped",
  "keepalived-killed",
  "vrrp-blocked in",
  "vrrp-blocked out",
  "vrrp-blocked both",
  "cut",
  "address-added",
  "service-frozen mysql",
  "service-frozen keepalived",
  "service-started mysql",
  "service-started keepalived",
] as const;
export type FaultKey = (typeof FAULT_KEYS)[number];

/** Those that a schedule can begin with: on a healthy cluster nothing is there to be started. */
export const FIRST_KEYS: readonly FaultKey[] = FAULT_KEYS.filter(
  (key) => !key.startsWith("service-started"),
);

export function keyOf(fault: PlainFault): string {
  switch (fault.kind) {
    case "vrrp-blocked":
      return `${fault.kind} ${fault.direction}`;
    case "service-frozen":
    case "service-started":
      return `${fault.kind} ${fault.service}`;
    default:
      return fault.kind;
  }
}

type Service = "mysql" | "keepalived";
/** `unsure`: a check script may have stopped it by now. */
type Condition = "up" | "down" | "frozen" | "unsure";

interface Believed {
  readonly services: Readonly<Record<NodeName, Readonly<Record<Service, Condition>>>>;
  /** Services that a step has touched, `db1 mysql`. */
  readonly touched: ReadonlySet<string>;
  readonly linkFault: boolean;
  readonly addressAdded: boolean;
}

interface Choice {
  readonly key: FaultKey;
  readonly node: NodeName;
}

export interface DrawnSchedule {
  readonly disturb: readonly Step[];
  readonly recover: readonly Step[];
}

const FAULTS_MAX = 3;
const GAP_MIN_US = milliseconds(100);
const GAP_MAX_US = seconds(6);
/** A stopped keepalived lingers about 1 s (2.2.7 `vrrp_daemon.c:vrrp_terminate_phase1`); then it is gone. */
const SURELY_GONE_US = milliseconds(2500);

export function drawSchedule(
  draw: RandomStream,
  config: DrawnConfig,
  firstKey: FaultKey,
): DrawnSchedule {
  let believed: Believed = {
    services: { db1: { mysql: "up", keepalived: "up" }, db2: { mysql: "up", keepalived: "up" } },
    touched: new Set(),
    linkFault: false,
    addressAdded: false,
  };
  const steps: Step[] = [];
  const count = draw.integer(1, FAULTS_MAX);
  for (let index = 0; index < count; index += 1) {
    const choice = choose(draw, config, believed, index === 0 ? firstKey : undefined);
    if (choice === undefined) break;
    const leastUs = choice.key.startsWith("service-started") ? SURELY_GONE_US : GAP_MIN_US;
    const delayUs = Math.max(leastUs, drawGap(draw));
    steps.push({ id: `fault-${index + 1}`, when: after(delayUs), fault: faultOf(choice) });
    believed = believe(believed, config, choice);
  }
  const stopped = NODE_NAMES.filter((name) => believed.services[name].keepalived === "unsure");
  const mysqldDown = NODE_NAMES.some((name) => believed.services[name].mysql === "down");
  const holdUs = Math.max(
    drawHold(draw, config, mysqldDown),
    stopped.length === 0 ? 0 : config.intervalUs + SURELY_GONE_US,
  );
  return {
    disturb: [...steps, { id: "hold", when: after(holdUs) }],
    recover: [
      ...stopped.map((name): Step => {
        const fault = faultOf({ key: "service-started keepalived", node: name });
        return { id: `start-keepalived-${name}`, when: after(drawGap(draw)), fault };
      }),
      { id: "watch", when: after(watchUs(config)) },
    ],
  };
}

/** Long enough for a check to come good, a delayed preemption and one more election. */
function watchUs(config: DrawnConfig): Us {
  const checkUs = config.intervalUs * Math.max(config.fall, config.rise);
  return 2 * slowestDownUs(config) + checkUs + config.preemptDelayUs + milliseconds(500);
}

/** Half of them short: races are where model and machine can differ. */
function drawGap(draw: RandomStream): Us {
  const most = draw.next() < 0.5 ? milliseconds(1500) : GAP_MAX_US;
  return milliseconds(draw.integer(GAP_MIN_US / 1000, most / 1000));
}

/** Most are long enough for the faults to have their effect; the others heal in the midst of it. */
function drawHold(draw: RandomStream, config: DrawnConfig, mysqldDown: boolean): Us {
  const gapUs = drawGap(draw);
  if (draw.next() < 0.35) return gapUs;
  const noticeUs = mysqldDown ? config.intervalUs * config.fall : 0;
  return noticeUs + slowestDownUs(config) + milliseconds(draw.integer(200, 1500));
}

function choose(
  draw: RandomStream,
  config: DrawnConfig,
  believed: Believed,
  wanted: FaultKey | undefined,
): Choice | undefined {
  const home = preferred(config);
  // The holder is hit more often than the standby: most of what can go wrong begins there.
  const nodes = draw.next() < 0.7 ? byPreference(home) : byPreference(home).toReversed();
  const possible = FAULT_KEYS.flatMap((key): Choice[] => {
    const node = nodes.find((name) => isProvable(key, name, config, believed));
    return node === undefined ? [] : [{ key, node }];
  });
  if (wanted !== undefined) return possible.find((choice) => choice.key === wanted);
  const starts = possible.filter((choice) => choice.key.startsWith("service-started"));
  const [first, ...rest] = starts.length > 0 && draw.next() < 0.5 ? starts : possible;
  return first === undefined ? undefined : pick(draw, [first, ...rest]);
}

function byPreference(home: NodeName): NodeName[] {
  return [home, ...NODE_NAMES.filter((name) => name !== home)];
}

function isProvable(
  key: FaultKey,
  node: NodeName,
  config: DrawnConfig,
  believed: Believed,
): boolean {
  const { mysql, keepalived } = believed.services[node];
  switch (key) {
    case "mysqld-killed":
    case "mysqld-stopped":
      return mysql === "up" && !entangled(node, "mysql", config, believed);
    case "service-frozen mysql":
      return mysql === "up";
    case "keepalived-stopped":
    case "keepalived-killed":
    case "service-frozen keepalived":
      return keepalived === "up" && !entangled(node, "keepalived", config, believed);
    case "vrrp-blocked in":
    case "vrrp-blocked out":
    case "vrrp-blocked both":
    case "cut":
      return !believed.linkFault;
    case "address-added":
      return node !== preferred(config) && !believed.addressAdded && keepalived === "up";
    case "service-started mysql":
      return mysql === "down" && config.check !== "stops-keepalived";
    case "service-started keepalived":
      return keepalived === "down" && mysql === "up";
  }
}

/**
 * A script that stops keepalived ties the two services of a node together: with faults on both,
 * whether keepalived runs when it is healed would be a matter of milliseconds.
 */
function entangled(
  node: NodeName,
  service: Service,
  config: DrawnConfig,
  { touched }: Believed,
): boolean {
  const other = service === "mysql" ? "keepalived" : "mysql";
  return config.check === "stops-keepalived" && touched.has(`${node} ${other}`);
}

function believe(believed: Believed, config: DrawnConfig, { key, node }: Choice): Believed {
  const set = (service: Service, condition: Condition): Believed => {
    const now = { ...believed.services[node], [service]: condition };
    // Without mysqld the script stops keepalived at its next run.
    const stops = config.check === "stops-keepalived" && now.mysql === "down";
    const settled = stops ? { ...now, keepalived: "unsure" as const } : now;
    return {
      ...believed,
      services: { ...believed.services, [node]: settled },
      touched: new Set([...believed.touched, `${node} ${service}`]),
    };
  };
  switch (key) {
    case "mysqld-killed":
    case "mysqld-stopped":
      return set("mysql", "down");
    case "keepalived-stopped":
    case "keepalived-killed":
      return set("keepalived", "down");
    case "service-frozen mysql":
      return set("mysql", "frozen");
    case "service-frozen keepalived":
      return set("keepalived", "frozen");
    case "service-started mysql":
      return set("mysql", "up");
    case "service-started keepalived":
      return set("keepalived", "up");
    case "vrrp-blocked in":
    case "vrrp-blocked out":
    case "vrrp-blocked both":
    case "cut":
      return { ...believed, linkFault: true };
    case "address-added":
      return { ...believed, addressAdded: true };
  }
}

function faultOf({ key, node: name }: Choice): PlainFault {
  const node = { name };
  switch (key) {
    case "mysqld-killed":
    case "mysqld-stopped":
    case "keepalived-stopped":
    case "keepalived-killed":
    case "cut":
    case "address-added":
      return { kind: key, node };
    case "vrrp-blocked in":
      return { kind: "vrrp-blocked", node, direction: "in" };
    case "vrrp-blocked out":
      return { kind: "vrrp-blocked", node, direction: "out" };
    case "vrrp-blocked both":
      return { kind: "vrrp-blocked", node, direction: "both" };
    case "service-frozen mysql":
      return { kind: "service-frozen", node, service: "mysql" };
    case "service-frozen keepalived":
      return { kind: "service-frozen", node, service: "keepalived" };
    case "service-started mysql":
      return { kind: "service-started", node, service: "mysql" };
    case "service-started keepalived":
      return { kind: "service-started", node, service: "keepalived" };
  }
}
