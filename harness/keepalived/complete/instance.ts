/** What one instance comes to once all of it is known (vrrp.c:vrrp_complete_instance). */
import type { GarpSettings, Tracked, VirtualAddress, VrrpInstance } from "../config.ts";
import { isLinkLocalAddress } from "../keywords/addresses.ts";
import type {
  AddressDraft,
  GlobalState,
  InstanceDraft,
  SyncGroupDraft,
} from "../keywords/drafts.ts";
import { isLinkLocal } from "../keywords/values.ts";
import type { Location } from "../location.ts";
import type { Reader } from "../reading/reader.ts";

const SOURCE = "vrrp.c:vrrp_complete_instance";
const SECOND = 1_000_000;
const CENTISECOND = 10_000;
const OWNER = 255;

/** The values that depend on one another, in the order in which the daemon settles them. */
interface Settled {
  strict: boolean;
  version: 2 | 3;
  family: "inet" | "inet6";
  priority: number;
  state: "MASTER" | "BACKUP";
  unicast: boolean;
}

export class InstanceCompletion {
  readonly #reader: Reader;
  readonly #globals: GlobalState;
  readonly #it: InstanceDraft;
  readonly #group: SyncGroupDraft | undefined;

  constructor(
    reader: Reader,
    globals: GlobalState,
    it: InstanceDraft,
    group: SyncGroupDraft | undefined,
  ) {
    this.#reader = reader;
    this.#globals = globals;
    this.#it = it;
    this.#group = group;
  }

  complete(): VrrpInstance {
    const it = this.#it;
    const settled = this.#settle();
    const authentication = this.#authentication(settled);
    this.#checkAh(settled, authentication);
    this.#checkInterface(settled);
    this.#settleUnicast(settled);
    this.#checkFirstAddress(settled);
    const preemption = this.#preemption(settled);
    const downTimerAdverts = this.#downTimerAdverts(settled);
    this.#checkTimerExpired(preemption.nopreempt);
    const accept = this.#accept(settled);
    const group = this.#multicastGroup(settled);
    const garp = this.#garp(settled);
    const adverts = this.#adverts(settled);
    const advertIntUs = this.#advertInt(settled);
    this.#checkVmac();
    const tracks = this.#tracks(settled);
    this.#checkAddresses(settled);
    return {
      at: it.at,
      given: it.given,
      other: it.other,
      name: it.name,
      usable: it.usable,
      state: settled.state,
      interface: it.interface ?? it.unknownInterface ?? "",
      version: settled.version,
      family: settled.family,
      virtualRouterId: it.virtualRouterId ?? 0,
      priority: settled.priority,
      advertIntUs,
      downTimerAdverts,
      ...preemption,
      strict: settled.strict,
      accept,
      ...optional("authentication", authentication),
      ...optional("sourceAddress", it.sourceAddress),
      multicastGroup: group,
      unicastPeers: it.unicastPeers,
      ...adverts,
      skipCheckAdvAddr: it.skipCheckAdvAddr,
      checkUnicastSrc: it.checkUnicastSrc,
      timerExpiredBackup: it.timerExpiredBackup && preemption.nopreempt,
      dontTrackPrimary: it.dontTrackPrimary,
      useVmac: it.useVmac,
      garp,
      addresses: this.#addresses(it.addresses),
      excludedAddresses: this.#addresses(it.excludedAddresses),
      ...tracks,
      trackFiles: this.#fileTracks(settled),
      trackProcesses: it.track.processes,
      notify: it.notify,
      smtpAlert:
        it.smtpAlert ?? this.#globals.defs.smtpAlertVrrp ?? this.#globals.defs.smtpAlert ?? false,
      ...optional("syncGroup", this.#group?.name),
    };
  }

  #error(keyword: string, code: string, message: string, effect: string, source = SOURCE): void {
    this.#reader.report.error({
      code,
      at: this.#at(keyword),
      message: `${this.#it.name}: ${message}`,
      effect,
      source,
    });
  }

  #fatal(keyword: string, code: string, message: string, effect: string, source = SOURCE): void {
    this.#it.usable = false;
    this.#reader.report.fatal({
      code,
      at: this.#at(keyword),
      message: `${this.#it.name}: ${message}`,
      effect,
      source,
    });
  }

  #at(keyword: string): Location {
    return this.#it.given[keyword] ?? this.#it.at;
  }

  #settle(): Settled {
    const it = this.#it;
    const strict = it.strict ?? this.#globals.defs.vrrpStrict;
    let { version } = it;
    if (it.family === "inet6" && version === 2 && strict) {
      this.#error(
        "version",
        "ipv6-with-version-2",
        "IPv6 and version 2 do not go together",
        "the version is 3",
      );
      version = 3;
    }
    const family = it.family ?? "inet";
    version ??= family === "inet6" ? 3 : this.#globals.defs.vrrpVersion;
    const priority = it.priority ?? this.#defaultPriority();
    const owner = priority === OWNER;
    let state = it.state ?? (owner ? "MASTER" : "BACKUP");
    if (it.state !== undefined && strict && (state === "MASTER") !== owner) {
      this.#error(
        "state",
        "strict-state",
        `strict mode wants state MASTER with priority 255 and with no other; it is ${state} with ${priority}`,
        `the state is ${owner ? "MASTER" : "BACKUP"}`,
      );
      state = owner ? "MASTER" : "BACKUP";
    }
    return { strict, version, family, priority, state, unicast: false };
  }

  /** 255 for MASTER since 1.4 or so (vrrp.c:vrrp_complete_instance); 1.2.13 knows 100 only. */
  #defaultPriority(): number {
    if (this.#it.state !== "MASTER" || !this.#reader.profile.masterIsOwnerByDefault) return 100;
    this.#reader.report.info({
      code: "priority-owner-by-default",
      at: this.#at("state"),
      message: `${this.#it.name}: state MASTER without a priority`,
      effect: "the priority is 255, that of an address owner",
      source: SOURCE,
    });
    return OWNER;
  }

  #authentication({ strict, version, family }: Settled): VrrpInstance["authentication"] {
    const { authType, authPass = "" } = this.#it;
    if (authType === undefined) return undefined;
    const none = (code: string, message: string): undefined => {
      this.#error("auth_type", code, message, "there is no authentication");
      return undefined;
    };
    if (strict) return none("auth-in-strict-mode", "strict mode has no authentication");
    if (version === 3) return none("auth-in-version-3", "VRRP version 3 has no authentication");
    if (authPass === "") return none("auth-without-password", "authentication has no password");
    if (family === "inet6" && authType === "AH")
      return none("ah-with-ipv6", "AH does not go with IPv6");
    return { type: authType, password: authPass };
  }

  /** vrrp.c:chk_min_cfg, and the same question again later. */
  #checkInterface({ family }: Settled): void {
    const it = this.#it;
    if (it.virtualRouterId === undefined) {
      this.#fatal(
        "virtual_router_id",
        "vrid-missing",
        "there is no valid virtual_router_id",
        "keepalived does not run",
        "vrrp.c:chk_min_cfg",
      );
    }
    if (it.interface !== undefined) return;
    const named =
      it.unknownInterface === undefined
        ? "no interface is given"
        : `interface ${it.unknownInterface} is not there`;
    this.#fatal(
      "interface",
      "interface-missing",
      named,
      "keepalived does not run",
      "vrrp.c:chk_min_cfg",
    );
    if (family === "inet6" && it.sourceAddress !== undefined && isLinkLocal(it.sourceAddress)) {
      this.#fatal(
        "unicast_src_ip",
        "link-local-without-interface",
        "a link-local source needs an interface",
        "keepalived does not run",
      );
    }
  }

  #settleUnicast(settled: Settled): void {
    const it = this.#it;
    settled.unicast = it.unicastPeers.length > 0;
    if (settled.unicast || !it.unicastConfigured) return;
    const keyword = ["unicast_peer", "unicast_src_ip", "check_unicast_src"].find(
      (name) => it.given[name] !== undefined,
    );
    if (it.unicastFaultNoPeers) {
      this.#reader.report.warning({
        code: "unicast-without-peers",
        at: this.#at("unicast_fault_no_peer"),
        message: `${it.name}: unicast without peers`,
        effect: "the instance stays in FAULT",
        source: SOURCE,
      });
      return;
    }
    this.#error(
      keyword ?? "",
      "unicast-without-peers",
      "a unicast keyword is given and no peer",
      "adverts are multicast",
    );
  }

  #checkFirstAddress({ family, unicast, strict }: Settled): void {
    const [first] = this.#it.addresses;
    if (family !== "inet6" || unicast || first === undefined || isLinkLocalAddress(first)) return;
    const finding = {
      code: "first-address-not-link-local",
      at: first.at,
      message: `${this.#it.name}: the first IPv6 address is not link-local`,
      effect: "it is used",
      source: SOURCE,
    };
    if (strict) this.#reader.report.error(finding);
    else this.#reader.report.warning(finding);
  }

  #preemption(settled: Settled): { nopreempt: boolean; preemptDelayUs: number } {
    const { profile } = this.#reader;
    let { nopreempt, preemptDelayUs } = this.#it;
    const { priority, state, strict } = settled;
    if (nopreempt && priority === OWNER) {
      this.#error(
        "nopreempt",
        "nopreempt-with-owner",
        "nopreempt does not go with priority 255",
        "nopreempt is cleared",
      );
      nopreempt = false;
    }
    if (state === "MASTER" && profile.masterClearsNopreempt) {
      if (nopreempt) {
        this.#error(
          "nopreempt",
          "nopreempt-with-master",
          "nopreempt does not go with state MASTER",
          "nopreempt is cleared: it will preempt",
        );
        nopreempt = false;
      }
      if (preemptDelayUs > 0) {
        this.#error(
          "preempt_delay",
          "preempt-delay-with-master",
          "preempt_delay does not go with state MASTER",
          "preempt_delay is cleared",
        );
        preemptDelayUs = 0;
      }
    }
    if (preemptDelayUs > 0 && strict) {
      this.#error(
        "preempt_delay",
        "preempt-delay-in-strict-mode",
        "preempt_delay does not go with strict mode",
        "preempt_delay is cleared",
      );
      preemptDelayUs = 0;
    }
    if (preemptDelayUs > 0 && nopreempt) {
      this.#error(
        "preempt_delay",
        "preempt-delay-with-nopreempt",
        "preempt_delay does not go with nopreempt",
        "preempt_delay is cleared",
      );
      preemptDelayUs = 0;
    }
    return { nopreempt, preemptDelayUs };
  }

  #downTimerAdverts({ strict }: Settled): number {
    const { downTimerAdverts } = this.#it;
    if (downTimerAdverts === 3 || !strict) return downTimerAdverts;
    this.#error(
      "down_timer_adverts",
      "down-timer-adverts-in-strict-mode",
      "down_timer_adverts does not go with strict mode",
      "it is 3",
    );
    return 3;
  }

  #checkAh(settled: Settled, authentication: VrrpInstance["authentication"]): void {
    if (authentication?.type === "AH" && settled.state === "MASTER" && settled.priority !== OWNER) {
      this.#error(
        "state",
        "ah-with-master",
        "state MASTER does not go with AH authentication",
        "the state is BACKUP",
      );
      settled.state = "BACKUP";
    }
  }

  #checkVmac(): void {
    const it = this.#it;
    if (it.useVmac && it.given["promote_secondaries"] !== undefined) {
      this.#error(
        "promote_secondaries",
        "promote-secondaries-with-vmac",
        "use_vmac promotes secondaries by itself",
        "promote_secondaries is ignored",
      );
    }
  }

  #checkTimerExpired(nopreempt: boolean): void {
    if (!this.#it.timerExpiredBackup || nopreempt) return;
    this.#error(
      "timer_expired_backup",
      "timer-expired-backup-without-nopreempt",
      "timer_expired_backup needs nopreempt",
      "it is cleared",
      `${SOURCE} (2.3.4)`,
    );
  }

  #accept({ strict, priority, version }: Settled): boolean {
    const accept = this.#it.accept ?? (priority === OWNER || !strict);
    if (!accept || priority === OWNER || !strict || version !== 2) return accept;
    this.#error(
      "accept",
      "accept-in-strict-mode",
      "accept does not go with strict mode and version 2",
      "traffic to the addresses is dropped",
    );
    return false;
  }

  #multicastGroup({ unicast, family }: Settled): string {
    const { multicastGroup } = this.#it;
    if (unicast && multicastGroup !== undefined) {
      this.#error(
        "mcast_dst_ip",
        "multicast-group-with-unicast",
        "mcast_dst_ip does not go with unicast peers",
        "it is ignored",
      );
    }
    const { vrrpMcastGroup4, vrrpMcastGroup6 } = this.#globals.defs;
    const group = unicast ? undefined : multicastGroup;
    return group ?? (family === "inet" ? vrrpMcastGroup4 : vrrpMcastGroup6);
  }

  #garp({ strict }: Settled): GarpSettings {
    const { garp } = this.#it;
    const globals = this.#globals;
    // What is unset follows the global settings, not those of the instance.
    const lower = {
      lowerPrioRepeat:
        garp.lowerPrioRepeat ??
        (strict ? 0 : (globals.garpLowerPrioRepeat ?? globals.garp.masterRepeat)),
      lowerPrioDelayUs:
        garp.lowerPrioDelayUs ??
        (strict ? 0 : (globals.garpLowerPrioDelayUs ?? globals.garp.masterDelayUs)),
    };
    if (strict && lower.lowerPrioRepeat > 0) {
      this.#error(
        "garp_lower_prio_repeat",
        "garp-in-strict-mode",
        "strict mode repeats no gratuitous ARP",
        "garp_lower_prio_repeat is 0",
      );
      lower.lowerPrioRepeat = 0;
    }
    if (strict && lower.lowerPrioDelayUs > 0) {
      this.#error(
        "garp_lower_prio_delay",
        "garp-in-strict-mode",
        "strict mode repeats no gratuitous ARP",
        "garp_lower_prio_delay is 0",
      );
      lower.lowerPrioDelayUs = 0;
    }
    return { ...globals.garp, ...garp, ...lower };
  }

  #adverts({
    strict,
    priority,
  }: Settled): Pick<
    VrrpInstance,
    "lowerPrioNoAdvert" | "higherPrioSendAdvert" | "ownerIgnoreAdverts"
  > {
    const it = this.#it;
    let lowerPrioNoAdvert = it.lowerPrioNoAdvert ?? (strict || this.#globals.lowerPrioNoAdvert);
    let higherPrioSendAdvert =
      it.higherPrioSendAdvert ?? (!strict && this.#globals.higherPrioSendAdvert);
    if (strict && !lowerPrioNoAdvert) {
      this.#error(
        "lower_prio_no_advert",
        "advert-in-strict-mode",
        "strict mode needs lower_prio_no_advert",
        "it is set",
      );
      lowerPrioNoAdvert = true;
    }
    if (strict && higherPrioSendAdvert) {
      this.#error(
        "higher_prio_send_advert",
        "advert-in-strict-mode",
        "strict mode excludes higher_prio_send_advert",
        "it is cleared",
      );
      higherPrioSendAdvert = false;
    }
    return {
      lowerPrioNoAdvert,
      higherPrioSendAdvert,
      ownerIgnoreAdverts: this.#ownerIgnoreAdverts(strict, priority),
    };
  }

  #ownerIgnoreAdverts(strict: boolean, priority: number): boolean {
    const { ownerIgnoreAdverts } = this.#it;
    const owner = priority === OWNER;
    if (ownerIgnoreAdverts === undefined)
      return owner && (strict || this.#globals.ownerIgnoreAdverts);
    if (ownerIgnoreAdverts === owner) return ownerIgnoreAdverts;
    if (!owner && !ownerIgnoreAdverts) return false;
    this.#error(
      "owner_ignore_adverts",
      "owner-ignore-adverts",
      owner
        ? "an owner has to ignore adverts"
        : "only an owner, with priority 255, ignores adverts",
      owner ? "it is set" : "it is cleared",
      `${SOURCE} (2.3.4)`,
    );
    return owner;
  }

  #advertInt({ version }: Settled): number {
    const written = this.#it.advertIntUs ?? SECOND;
    const unit = version === 2 ? SECOND : CENTISECOND;
    const most = version === 2 ? 255 * SECOND : 4095 * CENTISECOND;
    const rounded = Math.max(unit, Math.floor((written + unit / 2) / unit) * unit);
    if (written > most && written >= most + unit) {
      this.#error(
        "advert_int",
        "advert-int-too-long",
        `advert_int ${written / SECOND} is too long for version ${version}`,
        `it is ${most / SECOND}`,
      );
      return most;
    }
    if (written % unit !== 0) {
      this.#error(
        "advert_int",
        "advert-int-rounded",
        `advert_int ${written / SECOND} is no multiple of ${unit / SECOND} s, as version ${version} wants`,
        `it is ${Math.min(rounded, most) / SECOND}`,
      );
    }
    return Math.min(rounded, most);
  }

  #tracks(settled: Settled): Pick<VrrpInstance, "trackScripts" | "trackInterfaces"> {
    const own = (track: Tracked): boolean => {
      if (track.name !== this.#it.interface) return true;
      this.#reader.report.error({
        code: "track-own-interface",
        at: track.at,
        message: `${this.#it.name} tracks its own interface ${track.name}, which it does anyway`,
        effect: "the line is ignored",
        source: SOURCE,
      });
      return false;
    };
    const interfaces = this.#it.track.interfaces.filter(own);
    const weightless = this.#weightless(settled);
    if (weightless === undefined)
      return { trackScripts: this.#it.track.scripts, trackInterfaces: interfaces };
    return {
      trackInterfaces: interfaces.flatMap((track) => {
        if (track.weight === 0) return [track];
        this.#dropWeight(
          track,
          weightless,
          weightless === "sync"
            ? "it is tracked without a weight: its loss means FAULT"
            : "it is not tracked",
        );
        return weightless === "sync" ? [{ ...track, weight: 0 }] : [];
      }),
      trackScripts: this.#it.track.scripts.filter((track) => {
        if (track.weight === 0) return true;
        this.#dropWeight(track, weightless, "the script is not tracked at all");
        return false;
      }),
    };
  }

  #fileTracks(settled: Settled): readonly Tracked[] {
    const weightless = this.#weightless(settled);
    if (weightless === undefined) return this.#it.track.files;
    return this.#it.track.files.flatMap((track) => {
      if (track.weight === 0) return [track];
      this.#dropWeight(
        track,
        weightless,
        track.weight === 1 ? "its weight is 0" : "it is not tracked",
      );
      return track.weight === 1 ? [{ ...track, weight: 0 }] : [];
    });
  }

  #dropWeight(track: Tracked, why: "sync" | "owner", effect: string): void {
    this.#reader.report.error({
      code: why === "sync" ? "weight-in-sync-group" : "weight-with-owner",
      at: track.at,
      message: `${this.#it.name} tracks ${track.name} with weight ${track.weight}, ${
        why === "sync"
          ? "and is in a sync group without sync_group_tracking_weight"
          : "and is the address owner"
      }`,
      effect,
      source: SOURCE,
    });
  }

  /** Why the priority may not move; absent when it may. */
  #weightless({ priority }: Settled): "sync" | "owner" | undefined {
    if (this.#group !== undefined && !this.#group.trackingWeight) return "sync";
    return priority === OWNER ? "owner" : undefined;
  }

  #checkAddresses({ version, strict }: Settled): void {
    const it = this.#it;
    if (it.noVirtualIpaddress && strict) {
      this.#error(
        "no_virtual_ipaddress",
        "no-address-in-strict-mode",
        "no_virtual_ipaddress does not go with strict mode",
        "it is cleared",
        `${SOURCE} (2.3.4)`,
      );
    }
    if (it.addresses.length > 0 || (it.noVirtualIpaddress && !strict)) return;
    const message = "there is no virtual address";
    if (version === 3 || strict) {
      this.#fatal("virtual_ipaddress", "address-missing", message, "keepalived does not run");
    } else {
      this.#error(
        "virtual_ipaddress",
        "address-missing",
        message,
        "the instance runs, with nothing to move",
      );
    }
  }

  #addresses(drafts: readonly AddressDraft[]): readonly VirtualAddress[] {
    return drafts.map(
      ({ at, address, prefixLength, prefixGiven, interface: device, label, options }) => ({
        at,
        address,
        prefixLength,
        prefixGiven,
        interface: device ?? this.#it.interface ?? this.#it.unknownInterface ?? "",
        ...(label === undefined ? {} : { label }),
        options,
      }),
    );
  }
}

/** The property, unless there is nothing to put in it. */
function optional<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<K, T>>);
}
