/** vrrp_instance and its keywords (vrrp_parser.c:vrrp_*_handler). */
import type { VersionProfile } from "../versions.ts";
import type { Keyword, KeywordTable, Line, Reader } from "../reading/reader.ts";
import type { Word } from "../reading/words.ts";
import { readAddress } from "./addresses.ts";
import {
  emptyBlock,
  emptyTrack,
  hasInterface,
  keep,
  note,
  type AddressDraft,
  type GlobalState,
  type InstanceDraft,
  type VrrpDraft,
} from "./drafts.ts";
import { readGarp } from "./garp.ts";
import { checkRoute, checkRule } from "./routes.ts";
import { readNotifyScript } from "./scripts.ts";
import { readTracks } from "./tracks.ts";
import {
  bareAddress,
  canonicalAddress,
  isMulticast,
  problem,
  readDecimal,
  readSwitch,
  readWhole,
  socketFamilyOf,
  UINT_MAX,
  wholeOf,
  type Family,
} from "./values.ts";
import { keywordsOf } from "./known.ts";

const SECOND = 1_000_000;
const from = (handler: string): string => `vrrp_parser.c:${handler}`;

export interface InstanceContext {
  readonly reader: Reader;
  readonly vrrp: VrrpDraft;
  readonly globals: GlobalState;
}

type Take = (it: InstanceDraft, line: Line) => void;

export function instanceKeyword(context: InstanceContext): Keyword {
  const { reader, vrrp } = context;
  let current: InstanceDraft | undefined;
  const takes = handlersOf(context);
  const sub = new Map<string, Keyword>();
  for (const name of keywordsOf("vrrp_instance", reader.profile.version)) {
    const take = takes[name];
    const handler = (line: Line): void => {
      if (current === undefined) return;
      if (take === undefined) keep(current, line);
      else {
        note(current, line);
        take(current, line);
      }
    };
    const quoted = name.startsWith("notify");
    sub.set(name, BLOCKS.has(name) ? blockKeyword(reader, () => current) : { handler, quoted });
  }
  if (sub.has("authentication"))
    sub.set(
      "authentication",
      authentication(reader, () => current),
    );
  return {
    handler: (line) => {
      current = openInstance(context, line);
    },
    sub,
    unknown: (line) => {
      if (current !== undefined) keep(current, line, false);
    },
    end: () => {
      if (current === undefined) return;
      endInstance(reader, current);
      vrrp.instances.add(current);
      current = undefined;
    },
  };
}

/** Blocks that are kept as words: routes and rules have a language of their own, which is not read here. */
const BLOCKS: ReadonlySet<string> = new Set(["virtual_routes", "virtual_rules"]);

function blockKeyword(reader: Reader, current: () => InstanceDraft | undefined): Keyword {
  return {
    handler: (line) => {
      const it = current();
      const check = line.words[0]?.text === "virtual_rules" ? checkRule : checkRoute;
      reader.valueBlock(line, (each) => {
        check(reader, each);
        if (it !== undefined) keep(it, each);
      });
    },
  };
}

function openInstance(
  { reader, vrrp, globals }: InstanceContext,
  line: Line,
): InstanceDraft | undefined {
  const word = line.words[1];
  if (word === undefined || line.words.length !== 2) {
    problem(reader, word ?? { text: "", at: reader.at }, {
      code: "instance-name-missing",
      message: "vrrp_instance takes one name",
      effect: "the block is skipped",
      source: from("vrrp_handler"),
    });
    reader.skipBlock();
    return undefined;
  }
  if (vrrp.instances.get(word.text) !== undefined) {
    problem(reader, word, {
      code: "duplicate-instance",
      message: `there is a vrrp_instance ${word.text} already`,
      effect: "this second one is skipped",
      source: from("vrrp_handler"),
    });
    reader.skipBlock();
    return undefined;
  }
  return newInstance(word, globals);
}

function newInstance(word: Word, globals: GlobalState): InstanceDraft {
  return {
    ...emptyBlock(word.at),
    name: word.text,
    usable: true,
    downTimerAdverts: globals.downTimerAdverts,
    nopreempt: false,
    preemptDelayUs: 0,
    unicastPeers: [],
    unicastConfigured: false,
    unicastFaultNoPeers: false,
    skipCheckAdvAddr: globals.skipCheckAdvAddr,
    checkUnicastSrc: globals.checkUnicastSrc,
    timerExpiredBackup: false,
    dontTrackPrimary: false,
    useVmac: false,
    vmacXmitBase: false,
    noVirtualIpaddress: false,
    garp: {},
    addresses: [],
    excludedAddresses: [],
    seen: new Set(),
    track: emptyTrack(),
    notify: {},
  };
}

function handlersOf(context: InstanceContext): Readonly<Record<string, Take | undefined>> {
  const { reader, vrrp, globals } = context;
  const dynamic = (): boolean => globals.defs.dynamicInterfaces;
  const track: Take = (it, line) => readTracks(reader, line, vrrp, it.name, it.track, dynamic());
  return {
    ...timingHandlers(reader),
    ...plainHandlers(reader),
    ...flagHandlers(reader),
    ...deprecatedHandlers(reader),
    ...addressHandlers(reader, dynamic),
    ...notifyHandlers(context),
    use_vmac: (it, line) => readVmac(context, it, line),
    state: (it, line) => readState(reader, it, line),
    interface: (it, line) => readInterface(reader, it, line, dynamic()),
    virtual_router_id: (it, line) => readVrid(reader, it, line),
    priority: (it, line) => readPriority(reader, it, line),
    version: (it, line) => readVersion(reader, it, line),
    track_script: track,
    track_interface: track,
    track_file: track,
    track_process: track,
    track_bfd: track,
  };
}

/** The words may be a name for the new interface and its MAC address (vrrp_parser.c:vrrp_vmac_handler). */
function readVmac({ reader, vrrp }: InstanceContext, it: InstanceDraft, line: Line): void {
  it.useVmac = true;
  keep(it, line);
  const options = new Set(["netlink_notify_msg", "name", "group"]);
  const name = line.words.slice(1).find(({ text }) => !text.includes(":") && !options.has(text));
  const mac = line.words.slice(1).find(({ text }) => text.includes(":"));
  if (
    mac !== undefined &&
    !/^(?:[\dA-Fa-f]{1,2}:){4}(?:[\dA-Fa-f]{1,2}:?|[\dA-Fa-f]{1,2}:[\dA-Fa-f]{1,2})$/u.test(
      mac.text,
    )
  ) {
    problem(reader, mac, {
      code: "invalid-mac-address",
      message: `${mac.text} is no MAC address`,
      effect: "the usual address of VRRP is used",
      source: from("vrrp_vmac_handler"),
    });
  }
  if (name === undefined) return;
  const taken = vrrp.vmacNames.has(name.text);
  if (!taken && reader.host.interfaces?.has(name.text) !== true) {
    it.vmacName = name.text;
    vrrp.vmacNames.add(name.text);
    return;
  }
  problem(reader, name, {
    code: "vmac-name-taken",
    message: taken
      ? `another instance makes the interface ${name.text}`
      : `there is an interface ${name.text} that is no private macvlan`,
    effect: "the name is ignored, and another one chosen",
    source: from("vrrp_vmac_handler"),
  });
}

function readState(reader: Reader, it: InstanceDraft, line: Line): void {
  const word = reader.need(line, 1);
  if (word.text === "MASTER") {
    it.state = "MASTER";
  } else if (word.text === "BACKUP" && it.state === "MASTER") {
    problem(reader, word, {
      code: "state-given-twice",
      message: `${it.name}: state is MASTER already`,
      effect: "BACKUP is ignored",
      source: from("vrrp_state_handler"),
    });
  } else {
    it.state = "BACKUP";
    if (word.text === "BACKUP") return;
    problem(reader, word, {
      code: "unknown-state",
      message: `${it.name}: state ${word.text} is neither MASTER nor BACKUP`,
      effect: "it is BACKUP",
      source: from("vrrp_state_handler"),
    });
  }
}

function readInterface(reader: Reader, it: InstanceDraft, line: Line, dynamic: boolean): void {
  const word = reader.need(line, 1);
  const source = from("vrrp_int_handler");
  if (word.text.length >= 16) {
    problem(reader, word, {
      code: "interface-name-too-long",
      message: `interface name ${word.text} is longer than 15 characters`,
      effect: "the line is ignored",
      source,
    });
    return;
  }
  delete it.interface;
  if (word.text === "lo") {
    problem(reader, word, {
      code: "interface-loopback",
      message: `${it.name} cannot use the loopback interface`,
      effect: "the instance has no interface",
      source,
    });
  } else if (!dynamic && !hasInterface(reader, word.text)) {
    it.unknownInterface = word.text;
    problem(reader, word, {
      code: "interface-unknown",
      message: `interface ${word.text} of ${it.name} is not there`,
      effect: "the instance has no interface, and keepalived does not run",
      source,
    });
  } else {
    it.interface = word.text;
  }
}

function readVrid(reader: Reader, it: InstanceDraft, line: Line): void {
  const source = from("vrrp_vrid_handler");
  const rule = {
    min: 1,
    max: 255,
    what: "virtual_router_id",
    otherwise: "it stays unset",
    source,
    strict: true,
  };
  const vrid = readWhole(reader, line, 1, rule);
  if (vrid !== undefined) it.virtualRouterId = vrid;
}

function readPriority(reader: Reader, it: InstanceDraft, line: Line): void {
  const source = from("vrrp_prio_handler");
  const rule = { min: 1, max: 255, what: "priority", otherwise: "it is 100", source, strict: true };
  it.priority = readWhole(reader, line, 1, rule) ?? 100;
}

function readVersion(reader: Reader, it: InstanceDraft, line: Line): void {
  const source = from("vrrp_version_handler");
  const rule = { min: 2, max: 3, what: "version", otherwise: "it is ignored", source };
  const version = readWhole(reader, line, 1, rule);
  if (version === undefined) return;
  if ((it.version ?? version) !== version || (version === 2 && it.family === "inet6")) {
    problem(reader, reader.need(line, 1), {
      code: "version-conflict",
      message: `${it.name}: version ${version} goes against what is given or follows from the addresses above`,
      effect: "it is ignored",
      source,
    });
    return;
  }
  it.version = version === 2 ? 2 : 3;
}

function timingHandlers(reader: Reader): Readonly<Record<string, Take>> {
  const garp: Take = (it, line) => readGarp(reader, line, it.garp);
  return {
    advert_int: (it, line) => {
      const source = from("vrrp_adv_handler");
      const rule = {
        min: 10_000,
        max: 255 * SECOND,
        shift: 6,
        what: "advert_int",
        otherwise: "it is ignored",
        source,
      };
      it.advertIntUs = readDecimal(reader, line, 1, rule) ?? it.advertIntUs ?? SECOND;
    },
    preempt_delay: (it, line) => {
      const source = from("vrrp_preempt_delay_handler");
      const rule = {
        min: 0,
        max: 1000 * SECOND,
        shift: 6,
        what: "preempt_delay",
        otherwise: "there is none",
        source,
      };
      it.preemptDelayUs = readDecimal(reader, line, 1, rule) ?? 0;
    },
    down_timer_adverts: (it, line) => {
      const source = from("vrrp_down_timer_adverts_handler");
      const rule = {
        min: 1,
        max: 100,
        what: "down_timer_adverts",
        otherwise: "it is ignored",
        source,
      };
      it.downTimerAdverts = readWhole(reader, line, 1, rule) ?? it.downTimerAdverts;
    },
    garp_master_delay: garp,
    garp_master_refresh: garp,
    garp_master_repeat: garp,
    garp_master_refresh_repeat: garp,
    garp_lower_prio_delay: garp,
    garp_lower_prio_repeat: garp,
  };
}

/** Read for their errors only. */
function plainHandlers(reader: Reader): Readonly<Record<string, Take>> {
  return {
    debug: (it, line) => {
      const source = from("vrrp_debug_handler");
      readWhole(reader, line, 1, {
        min: 0,
        max: 4,
        what: "debug",
        otherwise: "it is ignored",
        source,
      });
      keep(it, line);
    },
    kernel_rx_buf_size: (it, line) => {
      const source = from("kernel_rx_buf_size_handler");
      const rule = {
        min: 0,
        max: UINT_MAX,
        what: "kernel_rx_buf_size",
        otherwise: "it is ignored",
        source,
        strict: true,
      };
      if (line.words.length === 2) readWhole(reader, line, 1, rule);
      else
        problem(reader, reader.need(line, 0), {
          code: "wrong-parameters",
          message: "kernel_rx_buf_size takes one number",
          effect: "it is ignored",
          source,
        });
      keep(it, line);
    },
  };
}

function flagHandlers(reader: Reader): Readonly<Record<string, Take>> {
  const onOff =
    (source: string, take: (it: InstanceDraft, value: boolean) => void): Take =>
    (it, line) => {
      const value = readSwitch(reader, line, from(source));
      if (value !== undefined) take(it, value);
    };
  return {
    nopreempt: (it) => void (it.nopreempt = true),
    preempt: (it) => void (it.nopreempt = false),
    strict_mode: onOff("vrrp_strict_mode_handler", (it, on) => void (it.strict = on)),
    accept: (it) => void (it.accept = true),
    no_accept: (it) => void (it.accept = false),
    // Whatever the switch says it is turned on, as long as it is one.
    skip_check_adv_addr: onOff(
      "vrrp_skip_check_adv_addr_handler",
      (it) => void (it.skipCheckAdvAddr = true),
    ),
    lower_prio_no_advert: onOff(
      "vrrp_lower_prio_no_advert_handler",
      (it, on) => void (it.lowerPrioNoAdvert = on),
    ),
    higher_prio_send_advert: onOff(
      "vrrp_higher_prio_send_advert_handler",
      (it, on) => void (it.higherPrioSendAdvert = on),
    ),
    owner_ignore_adverts: onOff(
      "vrrp_owner_ignore_adverts_handler",
      (it, on) => void (it.ownerIgnoreAdverts = on),
    ),
    smtp_alert: onOff("vrrp_smtp_handler", (it, on) => void (it.smtpAlert = on)),
    dont_track_primary: (it) => void (it.dontTrackPrimary = true),
    vmac_xmit_base: (it, line) => {
      it.vmacXmitBase = true;
      keep(it, line);
    },
    no_virtual_ipaddress: (it) => void (it.noVirtualIpaddress = true),
    unicast_fault_no_peer: (it) => {
      it.unicastConfigured = true;
      it.unicastFaultNoPeers = true;
    },
    check_unicast_src: (it) => {
      it.unicastConfigured = true;
      it.checkUnicastSrc = true;
    },
    old_unicast_checksum: (it, line) => {
      it.unicastConfigured = true;
      keep(it, line);
    },
    timer_expired_backup: (it, line) => takeTimerExpired(reader, it, line),
    native_ipv6: (it, line) => {
      if (it.family === "inet") {
        problem(reader, reader.need(line, 0), {
          code: "family-conflict",
          message: `${it.name} has IPv4 addresses, which native_ipv6 excludes`,
          effect: "native_ipv6 is ignored",
          source: from("vrrp_native_ipv6_handler"),
        });
        return;
      }
      it.family = "inet6";
      it.version = 3;
    },
  };
}

function deprecatedHandlers(reader: Reader): Readonly<Record<string, Take>> {
  const deprecated =
    (message: string, effect: string, source: string, take: Take): Take =>
    (it, line) => {
      problem(reader, reader.need(line, 0), {
        code: "deprecated-keyword",
        message,
        effect,
        source,
      });
      take(it, line);
    };
  return {
    thread_timer_expired: deprecated(
      "thread_timer_expired is called timer_expired_backup",
      "it is read as that",
      "vrrp_parser.c:vrrp_thread_timer_expired_handler (2.3.4)",
      (it, line) => takeTimerExpired(reader, it, line),
    ),
    linkbeat_use_polling: deprecated(
      "linkbeat_use_polling within an instance is deprecated; linkbeat_interfaces replaces it",
      "it is used",
      from("vrrp_linkbeat_handler"),
      keep,
    ),
    lvs_sync_daemon_interface: deprecated(
      "lvs_sync_daemon_interface is deprecated; lvs_sync_daemon in global_defs replaces it",
      "it is used",
      from("vrrp_lvs_syncd_handler"),
      keep,
    ),
    vmac_garp_intvl: deprecated(
      "vmac_garp_intvl is called garp_extra_if",
      "it is read as that",
      from("vrrp_garp_extra_if_handler"),
      keep,
    ),
  };
}

function takeTimerExpired(reader: Reader, it: InstanceDraft, line: Line): void {
  const source = "vrrp_parser.c:vrrp_timer_expired_backup_handler (2.3.4)";
  if (line.words.length >= 2) {
    const rule = {
      min: 1,
      max: 254,
      what: "priority",
      otherwise: "the keyword is ignored",
      source,
      strict: true,
    };
    if (readWhole(reader, line, 1, rule) === undefined) return;
  }
  it.timerExpiredBackup = true;
}

function addressHandlers(reader: Reader, dynamic: () => boolean): Readonly<Record<string, Take>> {
  const source: Take = (it, line) => readSource(reader, it, line);
  return {
    virtual_ipaddress: (it, line) =>
      reader.valueBlock(line, (each) => readVip(reader, it, each, dynamic())),
    virtual_ipaddress_excluded: (it, line) =>
      reader.valueBlock(line, (each) => {
        const address = readAddress(reader, each, dynamic());
        if (address !== undefined && !isDuplicate(reader, it, address, true))
          it.excludedAddresses.push(address);
      }),
    unicast_peer: (it, line) => {
      it.unicastConfigured = true;
      reader.valueBlock(line, (each) => readPeer(reader, it, each));
    },
    mcast_src_ip: source,
    unicast_src_ip: (it, line) => {
      if (!isOld(reader.profile)) it.unicastConfigured = true;
      source(it, line);
    },
    mcast_dst_ip: (it, line) => readMulticastGroup(reader, it, line),
    unicast_ttl: (it, line) => {
      const rule = {
        min: 0,
        max: 255,
        what: "unicast_ttl",
        otherwise: "it is ignored",
        source: from("vrrp_ttl_handler"),
        strict: true,
      };
      const ttl = readWhole(reader, line, 1, rule);
      if (ttl !== undefined) it.unicastTtl = ttl;
      keep(it, line);
    },
  };
}

/** Before 2.0 nothing but unicast_peer itself makes an instance unicast. */
function isOld(profile: VersionProfile): boolean {
  return profile.takesVipOneIntervalLate;
}

function agrees(it: InstanceDraft, family: Family): boolean {
  it.family ??= family;
  return it.family === family;
}

function readVip(reader: Reader, it: InstanceDraft, line: Line, dynamic: boolean): void {
  const address = readAddress(reader, line, dynamic);
  if (address === undefined) return;
  if (!agrees(it, address.family)) {
    refuseFamily(reader, line.words[0], it, "vrrp_data.c:alloc_vrrp_vip");
  } else if (!isDuplicate(reader, it, address, false)) {
    it.addresses.push(address);
  }
}

function refuseFamily(
  reader: Reader,
  word: Word | undefined,
  it: InstanceDraft,
  source: string,
): void {
  if (word === undefined) return;
  problem(reader, word, {
    code: "family-conflict",
    message: `${word.text} is not of the family of ${it.name}, ${it.family === "inet6" ? "IPv6" : "IPv4"}`,
    effect: "it is dropped",
    source,
  });
}

/** Noticed since 2.3.0 (vrrp_data.c:vip_is_duplicate). */
function isDuplicate(
  reader: Reader,
  it: InstanceDraft,
  address: AddressDraft,
  excluded: boolean,
): boolean {
  if (!reader.profile.duplicateAddressesRefused) return false;
  const key = canonicalAddress(address.address);
  const onDevice = `${key} ${address.interface ?? ""}`;
  // A VIP clashes with every VIP, an excluded one with those of its interface.
  const twin = it.seen.has(`all ${onDevice}`) || (!excluded && it.seen.has(`vip ${key}`));
  it.seen.add(`all ${onDevice}`);
  if (!excluded) it.seen.add(`vip ${key}`);
  if (!twin) return false;
  problem(
    reader,
    { text: address.address, at: address.at },
    {
      code: "duplicate-address",
      message: `${address.address} is an address of ${it.name} already`,
      effect: "this second one is dropped",
      source: "vrrp_data.c:vip_is_duplicate (2.3.4)",
    },
  );
  return true;
}

function readPeer(reader: Reader, it: InstanceDraft, line: Line): void {
  const source = "vrrp_data.c:alloc_vrrp_unicast_peer";
  const [word, ...options] = line.words;
  if (word === undefined) return;
  const family = socketFamilyOf(word.text);
  if (family === undefined) {
    problem(reader, word, {
      code: "invalid-address",
      message: `${word.text} is no address`,
      effect: "the peer is dropped",
      source,
    });
    return;
  }
  if (!agrees(it, family)) {
    refuseFamily(reader, word, it, source);
    return;
  }
  const ttl = readTtlRange(reader, it, options);
  const key = `peer ${canonicalAddress(bareAddress(word.text))}`;
  const twin = it.seen.has(key);
  it.seen.add(key);
  if (twin && reader.profile.duplicateAddressesRefused) {
    problem(reader, word, {
      code: "duplicate-address",
      message: `${word.text} is a peer of ${it.name} already`,
      effect: "this second one is dropped",
      source: "vrrp_data.c:alloc_vrrp_unicast_peer (2.3.4)",
    });
    return;
  }
  it.unicastPeers.push({ at: word.at, address: bareAddress(word.text), ...ttl });
}

function readTtlRange(
  reader: Reader,
  it: InstanceDraft,
  words: readonly Word[],
): { minTtl?: number; maxTtl?: number } {
  const source = "vrrp_data.c:alloc_vrrp_unicast_peer";
  const range: { minTtl?: number; maxTtl?: number } = {};
  for (let index = 0; index < words.length; index += 2) {
    const [name, value] = [words[index], words[index + 1]];
    if (name === undefined) break;
    const known = name.text === "min_ttl" || name.text === "max_ttl";
    if (value === undefined || !known) {
      const message =
        value === undefined ? `${name.text} has no value` : `a peer has no option ${name.text}`;
      problem(reader, name, {
        code: "unknown-option",
        message,
        effect: "the option is ignored",
        source,
      });
      break;
    }
    const rule = {
      min: 0,
      max: 255,
      what: name.text,
      otherwise: "it is ignored",
      source,
      strict: true,
    };
    const ttl = wholeOf(reader, value, rule);
    if (ttl === undefined) continue;
    if (name.text === "min_ttl") range.minTtl = ttl;
    else range.maxTtl = ttl;
    it.checkUnicastSrc = true;
  }
  return range;
}

function readSource(reader: Reader, it: InstanceDraft, line: Line): void {
  const word = reader.need(line, 1);
  const source = from("vrrp_srcip_handler");
  const family = socketFamilyOf(word.text);
  if (family === undefined) {
    problem(reader, word, {
      code: "invalid-address",
      message: `${word.text} is no address`,
      effect: "the line is ignored",
      source,
    });
    return;
  }
  it.sourceAddress = bareAddress(word.text);
  if (agrees(it, family)) return;
  refuseFamily(reader, word, it, source);
  delete it.sourceAddress;
}

function readMulticastGroup(reader: Reader, it: InstanceDraft, line: Line): void {
  const word = reader.need(line, 1);
  const source = from("vrrp_mcast_dstip_handler");
  const family = socketFamilyOf(word.text);
  if (family === undefined) {
    problem(reader, word, {
      code: "invalid-address",
      message: `${word.text} is no address`,
      effect: "the line is ignored",
      source,
    });
    return;
  }
  if (!agrees(it, family)) {
    refuseFamily(reader, word, it, source);
    return;
  }
  if (isMulticast(word.text) && (family === "inet" || /^ff[0-9a-f]2/iu.test(word.text))) {
    it.multicastGroup = word.text;
    return;
  }
  problem(reader, word, {
    code: "not-multicast",
    message: `${word.text} is no ${family === "inet6" ? "link-local " : ""}multicast address`,
    effect: "the line is ignored",
    source,
  });
}

const NOTIFY = {
  notify_master: "master",
  notify_backup: "backup",
  notify_fault: "fault",
  notify_stop: "stop",
  notify_deleted: "deleted",
  notify_master_rx_lower_pri: "masterRxLowerPri",
  notify: "any",
} as const;

export function notifyHandlers({
  reader,
  globals,
}: InstanceContext): Readonly<Record<string, Take>> {
  const handlers: Record<string, Take> = {};
  for (const [keyword, slot] of Object.entries(NOTIFY)) {
    handlers[keyword] = (it, line) => {
      const [word] = line.words;
      // `notify_deleted` alone asks for the event without a script.
      if (word === undefined || (keyword === "notify_deleted" && line.words.length < 2)) return;
      if (it.notify[slot] !== undefined) {
        problem(reader, word, {
          code: "duplicate-notify",
          message: `${keyword} is given already`,
          effect: "this second one is ignored",
          source: from(`vrrp_${keyword}_handler`),
        });
        return;
      }
      const script = readNotifyScript(reader, line, globals);
      if (script !== undefined) it.notify[slot] = script;
    };
  }
  return handlers;
}

function authentication(reader: Reader, current: () => InstanceDraft | undefined): Keyword {
  const sub: KeywordTable = new Map<string, Keyword>([
    ["auth_type", { handler: (line) => readAuthType(reader, current(), line) }],
    ["auth_pass", { handler: (line) => readAuthPass(reader, current(), line) }],
  ]);
  return { sub };
}

function readAuthType(reader: Reader, it: InstanceDraft | undefined, line: Line): void {
  const word = reader.need(line, 1);
  if (it === undefined) return;
  note(it, line);
  if (word.text === "AH" || word.text === "PASS") {
    it.authType = word.text;
    return;
  }
  if (isOld(reader.profile)) return;
  problem(reader, word, {
    code: "unknown-auth-type",
    message: `auth_type is AH or PASS, not ${word.text}`,
    effect: "the line is ignored",
    source: from("vrrp_auth_type_handler"),
  });
}

function readAuthPass(reader: Reader, it: InstanceDraft | undefined, line: Line): void {
  const word = reader.need(line, 1);
  if (it === undefined) return;
  note(it, line);
  const bytes = new TextEncoder().encode(word.text);
  it.authPass = new TextDecoder().decode(bytes.subarray(0, 8));
  if (bytes.length <= 8) return;
  problem(reader, word, {
    code: "password-truncated",
    message: `auth_pass is ${bytes.length} bytes long`,
    effect: "only its first 8 bytes are used",
    source: from("vrrp_auth_pass_handler"),
  });
}

function endInstance(reader: Reader, it: InstanceDraft): void {
  const vmac = it.useVmac || it.given["use_ipvlan"] !== undefined;
  const at = it.given["use_vmac"] ?? it.at;
  if (it.unicastConfigured && vmac && !it.vmacXmitBase) {
    it.useVmac &&= it.interface !== undefined;
    reader.report.error({
      code: "vmac-with-unicast",
      at,
      message: it.useVmac
        ? `${it.name}: use_vmac with unicast needs vmac_xmit_base`
        : `${it.name}: use_vmac with unicast needs an interface`,
      effect: it.useVmac ? "vmac_xmit_base is set" : "use_vmac is cleared",
      source: from("vrrp_end_handler"),
    });
  }
  if (it.unicastPeers.length > 0 || it.unicastTtl === undefined) return;
  reader.report.error({
    code: "unicast-ttl-without-peers",
    at: it.given["unicast_ttl"] ?? it.at,
    message: `${it.name} has unicast_ttl and no unicast_peer`,
    effect: "unicast_ttl is ignored",
    source: from("vrrp_end_handler"),
  });
}
