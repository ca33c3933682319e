/**
 * May an advert be processed? The checks of section 7.1 in their order, with their log lines.
 *
 * Source: `vrrp.c:vrrp_check_packet`, 2.2.7 and 2.3.4. Left out: lengths, checksums, packet types,
 * which a peer of the model cannot get wrong.
 */
import { PRIORITY_OWNER, say, type Instance } from "./model.ts";
import type { Advert } from "./host.ts";
import { MICROSECONDS_PER_SECOND } from "../../../core/time.ts";

/** Before 2.0.0 a backup tells "bad" (its timer starts anew) from "dropped" (processed all the same). */
export type PacketVerdict = "ok" | "bad" | "dropped";

const TTL = 255;
const AUTH_NUMBERS = { none: 0, PASS: 1, AH: 2 } as const;

/** Bits of `loggedKinds`: since 2.3.3 each kind is logged once until the state or the master changes. */
const KIND = {
  ttl: 1,
  version: 2,
  authType: 4,
  password: 8,
  interval: 16,
  count: 32,
  addresses: 64,
  peer: 128,
  owner: 256,
} as const;

export function checkPacket(
  instance: Instance,
  advert: Advert,
  checkAddresses: boolean,
): PacketVerdict {
  const { config } = instance;
  const { version } = config;
  if (!instance.isUnicast && advert.ttl !== TTL) return badTtl(instance, advert);
  if (advert.version !== version) return badVersion(instance, advert);
  if (version === 2) {
    const { authentication } = config;
    const type = authentication?.type ?? "none";
    if (type !== advert.authentication) return badAuthType(instance, advert);
    if (type === "PASS" && authentication?.password !== advert.password) {
      complain(instance, advert, KIND.password, "received an invalid passwd", "!");
      return "bad";
    }
    if (advert.advertIntUs !== config.advertIntUs) return badInterval(instance, advert);
  } else if (advert.advertIntUs !== config.advertIntUs) {
    noteInterval(instance, advert);
  }
  if (config.ownerIgnoreAdverts && instance.effectivePriority === PRIORITY_OWNER) {
    log(
      instance,
      KIND.owner,
      `Dropping packet(s) from ${advert.source} since we are address owner`,
    );
    return "dropped";
  }
  if (advert.addresses !== instance.knownAddresses) {
    const verdict = checkVips(instance, advert, checkAddresses);
    if (verdict !== "ok") return verdict;
  }
  return instance.isUnicast ? checkPeer(instance, advert, checkAddresses) : "ok";
}

function badTtl(instance: Instance, advert: Advert): PacketVerdict {
  complain(
    instance,
    advert,
    KIND.ttl,
    "invalid TTL/HL",
    `. Received ${advert.ttl} and expect ${TTL}`,
  );
  return "bad";
}

function badVersion(instance: Instance, advert: Advert): PacketVerdict {
  const rest = `. Received ${advert.version} and expect ${instance.config.version}`;
  const what = instance.generation.profile.badPacketsLoggedOnce
    ? "wrong VRRP version"
    : "wrong version";
  complain(instance, advert, KIND.version, what, rest);
  return "bad";
}

function badAuthType(instance: Instance, advert: Advert): PacketVerdict {
  const ours = AUTH_NUMBERS[instance.config.authentication?.type ?? "none"];
  const theirs = AUTH_NUMBERS[advert.authentication];
  complain(instance, advert, KIND.authType, `received a ${theirs} auth`, `, expecting ${ours}!`);
  return "bad";
}

/** Since 2.0.0 also in a backup; before, only a MASTER minds. */
function badInterval(instance: Instance, advert: Advert): PacketVerdict {
  const mine = instance.config.advertIntUs / MICROSECONDS_PER_SECOND;
  const theirs = advert.advertIntUs / MICROSECONDS_PER_SECOND;
  const rest = ` mine=${mine} sec rcv'd=${theirs} sec`;
  const named = instance.generation.profile.badPacketsLoggedOnce ? ` with ${advert.source}` : "";
  log(instance, KIND.interval, `advertisement interval mismatch${named}${rest}`);
  return "dropped";
}

/** VRRPv3 learns the interval; since 2.3.3 it says so. */
function noteInterval(instance: Instance, advert: Advert): void {
  if (!instance.generation.profile.badPacketsLoggedOnce) return;
  if ((instance.loggedKinds & KIND.interval) !== 0) return;
  const [mine, theirs] = [instance.config.advertIntUs / 10_000, advert.advertIntUs / 10_000];
  log(
    instance,
    KIND.interval,
    `advertisement interval mismatch ours = ${mine} centi-sec rcv'd=${theirs} centi-sec`,
  );
}

/** Rows 9 and 13; since 2.3.3 a mismatch is logged and the advert taken (2.3 page, section 3.2). */
function checkVips(instance: Instance, advert: Advert, checkAddresses: boolean): PacketVerdict {
  const { vips, generation } = instance;
  const rejects = generation.profile.vipMismatchRejected;
  if (rejects && !checkAddresses) return "ok";
  if (advert.addresses.length !== vips.length) {
    log(instance, KIND.count, countText(instance, advert));
    return rejects ? "bad" : "ok";
  }
  if (!checkAddresses) return "ok";
  const missing = vips.find((vip) => !advert.addresses.includes(vip));
  if (missing === undefined) {
    instance.knownAddresses = advert.addresses;
    return "ok";
  }
  const where = rejects ? `MASTER advert: ` : `advert from ${advert.source}: `;
  log(
    instance,
    KIND.addresses,
    `ip address associated with VRID ${instance.config.virtualRouterId} not present in ${where}${missing}`,
  );
  return rejects ? "bad" : "ok";
}

function countText({ vips, generation }: Instance, { addresses }: Advert): string {
  return generation.profile.vipMismatchRejected
    ? `received an unexpected ip number count ${addresses.length}, expected ${vips.length}!`
    : `expected ${vips.length} VIPs but received ${addresses.length}`;
}

/** Row 14. Before 2.3.3 it is left out together with the look at the addresses. */
function checkPeer(instance: Instance, advert: Advert, checkAddresses: boolean): PacketVerdict {
  const { config, generation } = instance;
  if (!instance.checksPeers) return "ok";
  if (!generation.profile.unicastSourceAlwaysChecked && !checkAddresses) return "ok";
  const peer = config.unicastPeers.find(({ address }) => address === advert.source);
  if (peer === undefined) {
    log(instance, KIND.peer, `unicast source address ${advert.source} not a unicast peer`);
    return "bad";
  }
  const [least, most] = [peer.minTtl ?? 0, peer.maxTtl ?? TTL];
  if (advert.ttl >= least && advert.ttl <= most) return "ok";
  const { badPacketsLoggedOnce } = generation.profile;
  const range = badPacketsLoggedOnce ? `[${least}, ${most}]` : `${least} - ${most}`;
  const from = badPacketsLoggedOnce ? ` from ${advert.source}` : "";
  log(instance, KIND.ttl, `TTL/HL ${advert.ttl}${from} not in range ${range}`);
  return generation.profile.unicastSourceAlwaysChecked ? "dropped" : "bad";
}

/** Since 2.3.3 the sender is named. */
function complain(
  instance: Instance,
  advert: Advert,
  kind: number,
  what: string,
  rest: string,
): void {
  const from = instance.generation.profile.badPacketsLoggedOnce ? ` from ${advert.source}` : "";
  log(instance, kind, `${what}${from}${rest}`);
}

function log(instance: Instance, kind: number, text: string): void {
  if (instance.generation.profile.badPacketsLoggedOnce) {
    if ((instance.loggedKinds & kind) !== 0) return;
    instance.loggedKinds |= kind;
  }
  say(instance, text);
}
