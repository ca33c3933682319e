/**
 * From what was written to what runs, for the VRRP process (vrrp.c:vrrp_complete_init).
 *
 * The daemon stops at the first instance that makes it impossible to run; this goes on, so that all such
 * instances are named at once.
 */
import type { KeepalivedConfig, VrrpInstance, VrrpSyncGroup } from "../config.ts";
import type { GlobalState, InstanceDraft, SyncGroupDraft, VrrpDraft } from "../keywords/drafts.ts";
import { canonicalAddress } from "../keywords/values.ts";
import type { Reader } from "../reading/reader.ts";
import { InstanceCompletion } from "./instance.ts";
import { checkScripts } from "./scripts.ts";

export type VrrpPart = Pick<
  KeepalivedConfig,
  "scripts" | "trackFiles" | "trackProcesses" | "instances" | "syncGroups"
>;

export function completeVrrp(reader: Reader, vrrp: VrrpDraft, globals: GlobalState): VrrpPart {
  // The daemon gives up at a missing interface before it looks at the scripts.
  if (!reader.missesInterface) checkScripts(reader, vrrp, globals);
  for (const group of vrrp.syncGroups.all) joinGroup(reader, vrrp, group);
  const instances = vrrp.instances.all.map((draft) => {
    const group = vrrp.syncGroups.get(draft.syncGroup ?? "");
    return new InstanceCompletion(reader, globals, draft, group).complete();
  });
  const conflicting = findVridConflicts(reader, instances);
  const used = usedScripts(vrrp);
  for (const { name, at, reads } of vrrp.scripts.all) {
    if (used.has(name) || !reads) continue;
    reader.report.info({
      code: "script-unused",
      at,
      message: `nothing tracks the script ${name}`,
      effect: "it is not run",
      source: "vrrp.c:vrrp_complete_init",
    });
  }
  return {
    scripts: vrrp.scripts.all.map(({ reads, ...script }) => ({
      ...script,
      usable: reads && script.usable,
    })),
    trackFiles: vrrp.trackFiles.all,
    trackProcesses: vrrp.trackProcesses.all,
    instances: instances.map((it) => (conflicting.has(it.name) ? { ...it, usable: false } : it)),
    syncGroups: vrrp.syncGroups.all.map((group) => finishGroup(group, vrrp, globals)),
  };
}

function usedScripts(vrrp: VrrpDraft): ReadonlySet<string> {
  const owners = [...vrrp.instances.all, ...vrrp.syncGroups.all.filter(({ usable }) => usable)];
  return new Set(owners.flatMap(({ track }) => track.scripts.map(({ name }) => name)));
}

/** vrrp_sync.c:vrrp_sync_set_group. */
function joinGroup(reader: Reader, vrrp: VrrpDraft, group: SyncGroupDraft): void {
  const source = "vrrp_sync.c:vrrp_sync_set_group";
  const members: InstanceDraft[] = [];
  for (const { text, at } of group.members ?? []) {
    const instance = vrrp.instances.get(text);
    if (instance !== undefined && instance.syncGroup === undefined) {
      instance.syncGroup = group.name;
      members.push(instance);
      continue;
    }
    const why =
      instance === undefined
        ? "does not exist"
        : `is in sync group ${instance.syncGroup ?? ""} already`;
    reader.report.error({
      code: instance === undefined ? "sync-group-member-unknown" : "sync-group-member-twice",
      at,
      message: `${text}, of sync group ${group.name}, ${why}`,
      effect: "it is not a member",
      source,
    });
  }
  if (members.length > 1) return;
  group.usable = members.length === 1;
  reader.report.error({
    code: group.usable ? "sync-group-of-one" : "sync-group-empty",
    at: group.at,
    message: `sync group ${group.name} has ${group.usable ? "one member" : "no members"}`,
    effect: group.usable ? "it works, to no purpose" : "it is dropped",
    source,
  });
}

function finishGroup(group: SyncGroupDraft, vrrp: VrrpDraft, globals: GlobalState): VrrpSyncGroup {
  const members = (group.members ?? []).map(({ text }) => text);
  const own = members
    .map((name) => vrrp.instances.get(name))
    .filter((each) => each?.syncGroup === group.name);
  const owner = own.some((each) => each?.priority === 255);
  const weigh = <T extends { readonly weight: number }>(tracks: readonly T[]): readonly T[] =>
    owner ? tracks.map((track) => ({ ...track, weight: 0 })) : tracks;
  return {
    at: group.at,
    given: group.given,
    other: group.other,
    name: group.name,
    members: members.filter((name) => vrrp.instances.get(name)?.syncGroup === group.name),
    trackScripts: weigh(group.track.scripts),
    trackInterfaces: weigh(group.track.interfaces),
    trackFiles: weigh(group.track.files),
    trackProcesses: weigh(group.track.processes),
    trackingWeight: group.trackingWeight,
    notify: group.notify,
    smtpAlert: group.smtpAlert ?? globals.defs.smtpAlertVrrp ?? globals.defs.smtpAlert ?? false,
    usable: group.usable,
  };
}

/**
 * vrrp.c:check_vrid_conflicts: the names of instances that cannot be told apart on the wire. Each is told of
 * the first one that has its identity, where the daemon names every pair.
 */
function findVridConflicts(
  reader: Reader,
  instances: readonly VrrpInstance[],
): ReadonlySet<string> {
  const names = new Set<string>();
  const owners = new Map<string, VrrpInstance>();
  for (const it of instances) {
    if (it.virtualRouterId === 0) continue;
    for (const identity of identitiesOf(it)) {
      const twin = owners.get(identity);
      if (twin === undefined) {
        owners.set(identity, it);
      } else if (twin !== it && !names.has(it.name)) {
        names.add(it.name).add(twin.name);
        reportConflict(reader, it, twin);
      }
    }
  }
  return names;
}

/** Multicast: by interface and group. Unicast: by source, once for each peer. */
function identitiesOf(it: VrrpInstance): readonly string[] {
  const common = `${it.family} ${it.virtualRouterId} ${it.interface}`;
  if (it.unicastPeers.length === 0) return [`${common} ${it.multicastGroup}`];
  const source = it.sourceAddress === undefined ? "" : canonicalAddress(it.sourceAddress);
  return it.unicastPeers.map(
    ({ address }) => `${common} ${source} to ${canonicalAddress(address)}`,
  );
}

function reportConflict(reader: Reader, it: VrrpInstance, twin: VrrpInstance): void {
  reader.report.fatal({
    code: "duplicate-vrid",
    at: it.given["virtual_router_id"] ?? it.at,
    message: `${it.name} and ${twin.name} both have virtual_router_id ${it.virtualRouterId} on ${it.interface}`,
    effect: "keepalived does not run",
    source: "vrrp.c:check_vrid_conflicts",
  });
}
