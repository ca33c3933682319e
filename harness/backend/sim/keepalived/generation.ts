/**
 * From a configuration to what the vrrp child works with: instances with who tracks what, their first
 * states and timers; and over a reload, what is kept (sections 2.1, 2.2, 3.3, 4.3, 5; 2.3 page rows 8, 14).
 *
 * Sources: `vrrp.c:vrrp_complete_init`, `:clear_diff_vrrp`, `:clear_diff_script`, `vrrp_track.c:
 * initialise_tracking_priorities`, `vrrp_scheduler.c:vrrp_init_state`, `vrrp_daemon.c:start_vrrp`, 2.3.4.
 */
import type {
  KeepalivedConfig,
  Tracked,
  VrrpInstance,
  VrrpTrackFile,
} from "../../../keepalived/config.ts";
import { isIpv6 } from "./addresses.ts";
import { setSource } from "./advert.ts";
import { announceVips, announceVipsLater, refreshForEver } from "./garp.ts";
import { letGo } from "./fsm.ts";
import {
  Group,
  Instance,
  PRIORITY_OWNER,
  say,
  Script,
  type Generation,
  type TrackedInterface,
  type VrrpState,
} from "./model.ts";
import { notifyGroup, notifyInstance } from "./notify.ts";
import { armDeadline, masterDownUs, skewMinUs } from "./timers.ts";
import { setEffectivePriority } from "./track.ts";
import { addVips, removeAddresses, removeVips } from "./vip.ts";

export function buildGeneration(
  generation: Generation,
  config: KeepalivedConfig,
  onDeadline: (instance: Instance) => void,
): void {
  const { profile, isReload } = generation;
  for (const script of config.scripts) {
    if (!script.usable) continue;
    const failed = script.initFail && !profile.initFailIgnored;
    const init = failed ? "failed" : isReload ? "reload" : "start";
    generation.scripts.push(new Script(script, init));
  }
  for (const instance of config.instances) {
    generation.instances.push(new Instance(generation, instance, onDeadline));
  }
  for (const group of config.syncGroups) if (group.usable) addGroup(generation, group.name, config);
  for (const instance of generation.instances) {
    trackInterfaces(instance);
    trackScripts(instance);
  }
  // A script that nobody tracks is dropped (`vrrp.c:vrrp_complete_init`)
  const used = generation.scripts.filter(({ trackers }) => trackers.length > 0);
  generation.scripts.splice(0, generation.scripts.length, ...used);
}

function addGroup(generation: Generation, name: string, config: KeepalivedConfig): void {
  const written = config.syncGroups.find((g) => g.name === name);
  if (written === undefined) return;
  const group = new Group(written);
  for (const member of written.members) {
    const instance = generation.instances.find((i) => i.config.name === member);
    if (instance === undefined || instance.group !== undefined) continue;
    instance.group = group;
    group.members.push(instance);
  }
  if (group.members.length === 0) return;
  const owns = (i: Instance): boolean =>
    i.wantState === "MASTER" && i.basePriority === PRIORITY_OWNER;
  group.state = group.members.every(owns) ? "MASTER" : "BACKUP";
  generation.groups.push(group);
}

/** Section 4.1: the own interface, those that carry a VIP, and the named ones. */
function trackInterfaces(instance: Instance): void {
  const { config, group } = instance;
  if (!config.dontTrackPrimary) trackInterface(instance, config.interface, 0, false);
  for (const vip of [...config.addresses, ...config.excludedAddresses]) {
    if (vip.interface !== config.interface && !vip.options.includes("no_track")) {
      trackInterface(instance, vip.interface, 0, false);
    }
  }
  const named = [...config.trackInterfaces, ...(group?.config.trackInterfaces ?? [])];
  for (const { name, weight, reverse } of named) trackInterface(instance, name, weight, reverse);
}

function trackInterface(
  instance: Instance,
  name: string,
  weight: number,
  isReverse: boolean,
): void {
  const { interfaces, host } = instance.generation;
  let tracked: TrackedInterface | undefined = interfaces.get(name);
  if (tracked === undefined) {
    tracked = { name, isUp: host.exists(name) && host.isUp(name), trackers: [] };
    interfaces.set(name, tracked);
  }
  if (tracked.trackers.some((t) => t.instance === instance)) return;
  tracked.trackers.push({ instance, weight, multiplier: isReverse ? -1 : 1 });
}

function trackScripts(instance: Instance): void {
  const { generation, config, group } = instance;
  const named: readonly Tracked[] = [...config.trackScripts, ...(group?.config.trackScripts ?? [])];
  for (const { name, weight, reverse } of named) {
    const script = generation.scripts.find((s) => s.config.name === name);
    script?.trackers.push({ instance, weight, multiplier: reverse ? -1 : 1 });
  }
}

/** First address of the interface that is no VIP of anybody here, unless one is configured. */
export function findSource(instance: Instance): string | undefined {
  const { generation, config } = instance;
  const { host, profile, instances } = generation;
  if (config.sourceAddress !== undefined) {
    const isThere = host.hasAddress(config.sourceAddress);
    return isThere || !profile.missingSourceAddressIsFault ? config.sourceAddress : undefined;
  }
  const virtual = new Set(
    instances.flatMap((i) =>
      [...i.config.addresses, ...i.config.excludedAddresses].map(({ address }) => address),
    ),
  );
  return host
    .addressesOf(config.interface)
    .find((a) => isIpv6(a) === (config.family === "inet6") && !virtual.has(a));
}

/** Addresses that a crash has left behind go first (section 5). */
export function removeLeftovers(generation: Generation): void {
  for (const instance of generation.instances) removeVips(instance);
}

/** `vrrp_track.c:initialise_tracking_priorities`: faults and priorities as they are now. */
export function initialiseTracking(generation: Generation): void {
  if (generation.profile.faultsNoticedAtTimer) {
    for (const instance of generation.instances) setSource(instance, findSource(instance));
    return;
  }
  for (const tracked of generation.interfaces.values()) {
    for (const { instance, weight, multiplier } of tracked.trackers) {
      if (weight !== 0) {
        if (tracked.isUp === weight > 0) instance.totalPriority += weight * multiplier;
      } else if (tracked.isUp !== (multiplier === 1)) {
        const down = generation.profile.interfaceFaultsShareABit ? 1 : instance.interfaceFaults + 1;
        instance.interfaceFaults = down;
        instance.state = "FAULT";
        say(instance, `: entering FAULT state (interface ${tracked.name} down)`, "");
      }
    }
  }
  for (const instance of generation.instances) {
    initialiseFilesAndProcesses(instance, generation.trackFiles);
    initialiseSourceAndScripts(instance);
    setEffectivePriority(instance);
    initialiseGroupOf(instance);
  }
  for (const group of generation.groups) wantTheSame(group);
}

/** Files keep their initial value; processes cannot be watched in a network namespace (2.3 page, 3.4). */
function initialiseFilesAndProcesses(instance: Instance, files: readonly VrrpTrackFile[]): void {
  const { generation, config, group } = instance;
  for (const { name, weight, reverse } of both(config, group, "trackFiles")) {
    const value = files.find((file) => file.name === name)?.initValue ?? 0;
    if (weight !== 0) instance.totalPriority += value * weight * (reverse ? -1 : 1);
    else if ((value !== 0) !== reverse) faultByTracker(instance, `tracked file ${name}`);
  }
  for (const { name, weight, reverse } of both(config, group, "trackProcesses")) {
    generation.log("Failed to set process event listen - errno 111 - Connection refused");
    if (weight < 0) instance.totalPriority += weight * (reverse ? -1 : 1);
    else if (weight === 0 && !reverse) faultByTracker(instance, `tracked process ${name}`);
  }
}

function both(
  config: VrrpInstance,
  group: Group | undefined,
  kind: "trackFiles" | "trackProcesses",
): readonly Tracked[] {
  return [...config[kind], ...(group?.config[kind] ?? [])];
}

function faultByTracker(instance: Instance, what: string): void {
  say(instance, `: entering FAULT state (${what})`, "");
  instance.trackerFaults += 1;
  instance.state = "FAULT";
}

function initialiseSourceAndScripts(instance: Instance): void {
  const { generation, config } = instance;
  setSource(instance, findSource(instance));
  if (instance.source === undefined) {
    const family = config.family === "inet" ? 4 : 6;
    say(instance, `entering FAULT state (no IPv${family} address for interface)`);
    instance.hasNoSource = true;
    instance.state = "FAULT";
  }
  for (const script of generation.scripts) {
    for (const tracker of script.trackers) {
      if (tracker.instance !== instance) continue;
      if (tracker.weight !== 0) {
        if (script.init !== "done") continue;
        if (script.isUp === tracker.weight > 0) instance.totalPriority += tracker.weight;
      } else if (script.init === "start") {
        instance.scriptsInInit += 1;
      } else if (script.init === "failed" || (script.init !== "reload" && !script.isUp)) {
        instance.trackerFaults += 1;
        instance.state = "FAULT";
        say(instance, `: entering FAULT state due to script ${script.config.name}`, "");
      }
    }
  }
}

function initialiseGroupOf(instance: Instance): void {
  const { group, generation } = instance;
  if (group === undefined) return;
  if (instance.state === "FAULT") {
    if (group.state !== "FAULT") {
      group.state = "FAULT";
      generation.log(
        `VRRP_Group(${group.config.name}): Syncing ${instance.config.name} to FAULT state`,
      );
    }
    group.memberFaults += 1;
  }
  if (instance.scriptsInInit > 0) {
    group.membersInInit += 1;
    if (group.state !== "FAULT") group.state = "INIT";
  }
}

/** A group with a member that wants to be BACKUP has none that wants MASTER. */
function wantTheSame({ members }: Group): void {
  if (members.every((m) => m.wantState === "MASTER" && m.basePriority === PRIORITY_OWNER)) return;
  for (const member of members) if (member.wantState === "MASTER") member.wantState = "BACKUP";
}

/** Members of a faulty group are faulty before anything is armed. */
export function faultAtStart(generation: Generation, old: Generation | undefined): void {
  for (const instance of generation.instances) {
    if (instance.state !== "FAULT" && instance.group?.state !== "FAULT") continue;
    instance.state = "FAULT";
    if (old !== undefined && counterpart(instance, old)?.state === "FAULT") continue;
    say(instance, "entering FAULT state");
    notifyInstance(instance);
  }
}

/** `vrrp_scheduler.c:vrrp_init_state` and `:vrrp_init_sands`. */
export function initialiseStates(generation: Generation): void {
  for (const group of generation.groups) {
    if ((group.state === "FAULT" || group.state === "BACKUP") && !group.isSameAtReload) {
      notifyGroup(generation, group);
    }
    group.isSameAtReload = false;
  }
  for (const instance of generation.instances) initialiseState(instance);
  for (const instance of generation.instances) {
    armDeadline(instance);
    instance.isReloadMaster = false;
  }
}

function initialiseState(instance: Instance): void {
  const before = instance.state;
  const { group } = instance;
  if (before === "FAULT") instance.wantState = "FAULT";
  const next = group === undefined ? instance.wantState : group.state;
  const isReady =
    !instance.isFaulty &&
    instance.scriptsInInit === 0 &&
    (group === undefined || group.membersInInit === 0);
  const isOwner = instance.basePriority === PRIORITY_OWNER;
  if (
    isReady &&
    next === "MASTER" &&
    instance.wantState === "MASTER" &&
    (isOwner || instance.isReloadMaster)
  ) {
    if (instance.isReloadMaster) return;
    // The owner does not wait: it is a backup for a microsecond (section 1.3)
    instance.state = "BACKUP";
    instance.masterDownUs = 1;
    return;
  }
  instance.masterDownUs =
    next === "BACKUP" && instance.wantState === "MASTER"
      ? instance.masterAdvertIntUs + skewMinUs(instance)
      : masterDownUs(instance);
  removeVips(instance);
  if (isReady && next !== "FAULT") {
    if (before !== "BACKUP") say(instance, "Entering BACKUP STATE (init)");
    instance.state = "BACKUP";
  } else {
    instance.state = "FAULT";
  }
  if (before !== instance.state && (instance.state !== "FAULT" || instance.isFaulty)) {
    notifyInstance(instance);
  }
}

/** `vrrp.c:vrrp_exist`: same interface, VRID, family and kind of destination, whatever the name. */
export function counterpart(instance: Instance, other: Generation): Instance | undefined {
  const { config, isUnicast } = instance;
  return other.instances.find(
    (o) =>
      o.config.interface === config.interface &&
      o.config.virtualRouterId === config.virtualRouterId &&
      o.config.family === config.family &&
      o.isUnicast === isUnicast &&
      (isUnicast
        ? o.config.sourceAddress === config.sourceAddress
        : o.config.multicastGroup === config.multicastGroup),
  );
}

/** `vrrp.c:clear_diff_script`: counters of scripts that are the same go on. */
export function keepScriptResults(generation: Generation, old: Generation): void {
  for (const script of generation.scripts) {
    const before = old.scripts.find((s) => s.config.name === script.config.name);
    if (before === undefined) continue;
    const isSame =
      before.config.command.argv.join("\0") === script.config.command.argv.join("\0") &&
      before.config.command.user === script.config.command.user &&
      before.config.command.group === script.config.command.group;
    if (!isSame && !generation.profile.changedScriptKeepsResult) continue;
    if (before.init === "start" || before.init === "reload") {
      script.init = before.init;
      if (before.init === "start") script.result = script.config.rise - 1;
      continue;
    }
    const { rise, fall } = script.config;
    if (before.isUp) {
      const isFull = before.result === before.config.rise + before.config.fall - 1;
      const above = before.result - before.config.rise;
      script.result = isFull ? rise + fall - 1 : Math.min(rise + above, rise + fall - 1);
    } else {
      const below = before.config.rise - before.result;
      script.result = before.result === 0 ? 0 : Math.max(0, rise - below);
    }
    const what = before.isUp ? "successful" : "unsuccessful";
    generation.log(`VRRP_Script(${script.config.name}) considered ${what} on reload`);
    script.lastStatus = before.lastStatus;
    script.init = "done";
  }
}

/** States of before, where nothing forbids them now. */
export function keepStates(generation: Generation, old: Generation): void {
  for (const before of old.instances) {
    const instance = counterpart(before, generation);
    if (before.state === "FAULT" || instance === undefined) continue;
    if (instance.state === "FAULT" || instance.scriptsInInit > 0) continue;
    instance.state = before.state;
    if (before.state !== "INIT") instance.wantState = before.state;
  }
  for (const group of generation.groups) {
    if (group.memberFaults !== 0 || group.membersInInit !== 0) continue;
    if (group.members.every(({ state }) => state === "MASTER")) group.state = "MASTER";
    const before = old.groups.find((g) => g.config.name === group.config.name);
    group.isSameAtReload = before?.state === group.state;
  }
}

/** Addresses that are no longer wanted go, new ones come, and are announced (2.3 page, row 21). */
export function keepAddresses(generation: Generation, old: Generation): void {
  for (const before of old.instances) {
    if (counterpart(before, generation) !== undefined) continue;
    if (before.state === "MASTER") letGo(before, true);
    if (before.state !== "FAULT" || before.config.notify.deleted !== undefined) {
      notifyInstance(before, "DELETED");
    }
  }
  for (const before of old.instances) {
    const instance = counterpart(before, generation);
    if (instance === undefined) continue;
    keepAddressesOf(instance, before);
  }
}

function keepAddressesOf(instance: Instance, before: Instance): void {
  const { generation, config } = instance;
  const wanted = [...config.addresses, ...config.excludedAddresses];
  const had = [...before.config.addresses, ...before.config.excludedAddresses];
  if (before.isVipSet) {
    const gone = had.filter((a) => !wanted.some((w) => w.address === a.address));
    removeAddresses(generation, gone);
  }
  const state: VrrpState = instance.state;
  instance.isReloadMaster = state === "MASTER";
  const hasNew = before.isVipSet && wanted.some((w) => !generation.host.hasAddress(w.address));
  if (before.isVipSet) addVips(instance);
  if (state !== "MASTER") return;
  const { garp } = config;
  if (hasNew || garp.masterRefreshUs > 0) {
    announceVips(instance, garp.masterRepeat);
    if (hasNew && generation.profile.garpRefreshLeaks) {
      announceVipsLater(instance, garp.masterDelayUs, garp.masterRepeat);
    }
  }
  if (generation.profile.garpRefreshLeaks) {
    refreshForEver(instance, (hasNew ? garp.masterDelayUs : 0) + garp.masterRefreshUs);
  }
}
