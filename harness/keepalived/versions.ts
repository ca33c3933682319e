/**
 * How versions of keepalived differ, one switch per behaviour. The parser, the lint rules, the formulas
 * and the simulator ask here, and nowhere compare version numbers.
 *
 * Releases named are those where the behaviour came in or went; 2.2.7, 2.3.3 and 2.3.4 were observed
 * running, 1.2.13 and 1.4.3 were read only.
 */
export const KEEPALIVED_VERSIONS = ["1.2.13", "1.4.3", "2.2.7", "2.3.3", "2.3.4"] as const;

export type KeepalivedVersion = (typeof KEEPALIVED_VERSIONS)[number];

export const DEFAULT_VERSION: KeepalivedVersion = "2.3.4";

export interface VersionProfile {
  readonly version: KeepalivedVersion;
  /** A backup that times out sends an advert at once and takes the VIP an advert interval later (before 2.0.0). */
  readonly takesVipOneIntervalLate: boolean;
  /** A backup that hears a lower priority answers at once, which leaves nobody with the VIP for two intervals (before 2.0.0). */
  readonly preemptsByAdvert: boolean;
  /** `state MASTER` shortens the start (before 2.0.0). */
  readonly stateMasterStartsEarly: boolean;
  /** Bad adverts (auth, VIP list) re-arm a backup's timer (before 2.0.0). */
  readonly badAdvertsResetBackup: boolean;
  /** A v2 interval mismatch is an error in a backup (since 2.0.0; before it was taken as valid there). */
  readonly intervalMismatchRejected: boolean;
  /** Skew and master-down follow the effective priority (since 2.0.0; before: the base priority). */
  readonly skewOfEffectivePriority: boolean;
  /** Track weights act at once (since 2.0.0; before: once per advert interval). */
  readonly weightsActAtOnce: boolean;
  /** An advert with another VIP list or count is dropped (before 2.3.3; later accepted and logged). */
  readonly vipMismatchRejected: boolean;
  /** A script still running at its next tick is really left alone (before 2.1.3, since 2.3.3). */
  readonly runningScriptSkipped: boolean;
  /** Script interval and timeout take fractions of a second (since 2.3.2). */
  readonly fractionalScriptTimes: boolean;
  /** Times of checkers and of their servers take fractions of a second (not in 1.4.3 and before). */
  readonly fractionalCheckTimes: boolean;
  /** `vrrp_garp_interval` makes a burst collapse to one packet and one pending flag (before 2.3.2). */
  readonly garpIntervalCollapses: boolean;
  /** `garp_master_refresh` runs on a timer of its own that is never cancelled (since 2.3.2). */
  readonly garpRefreshLeaks: boolean;
  /** Adverts are ignored until `vrrp_startup_delay` is over (since 2.2.8). */
  readonly startupDelayIgnoresAdverts: boolean;
  /** The name of a root script as written may hold no symbolic link but the last (since 2.3.0). */
  readonly symlinkedScriptPathsRefused: boolean;
  /** Two weight-0 interface faults share one bit, the first to come up ends both (since 2.3.3). */
  readonly interfaceFaultsShareABit: boolean;
  /** In quoted script lines `\"` is a literal character (since 2.3.2; before it grouped words). */
  readonly escapedQuotesLiteral: boolean;
  /** `unicast_src_ip` or `mcast_src_ip` that the host lacks means FAULT (before 2.3.3). */
  readonly missingSourceAddressIsFault: boolean;
  /** A vrrp_script with the same name and another command keeps its old result over a reload (before 2.3.2). */
  readonly changedScriptKeepsResult: boolean;
  /** Removing the VIP with another prefix length counts as removing it (before 2.3.0). */
  readonly anyPrefixDeletesVip: boolean;
  /** An owner (255) that hears another yields for good (before 2.3.3). */
  readonly ownerLowersItselfForGood: boolean;
  /** TCP_CHECK has retries (since 1.2.20). */
  readonly tcpCheckRetries: boolean;
  /** A server that is down is tried once per delay_loop (since 2.3.3; before with retries). */
  readonly downServerTriedOnce: boolean;
  /** Unknown keywords are reported (since 2.0.0). */
  readonly reportsUnknownKeywords: boolean;
  /**
   * After its interface was removed and created again the instance logs BACKUP and hears and does nothing more (2.2.7 on
   * containers, network disconnected and connected: two runs of two; 2.3.3 and 2.3.4 recover).
   */
  readonly deafAfterInterfaceReturns: boolean;
  /** Braces are found anywhere on a line (since 1.3); before only as words of their own. */
  readonly bracesAnywhere: boolean;
  /** Children get SIGTERM when the parent dies (since 1.3.3). */
  readonly childrenDieWithParent: boolean;
  /** `init_fail` has no effect (since 2.2.5, still so in 2.3.4). */
  readonly initFailIgnored: boolean;
  /** Without ip_vs a configuration with virtual_server ends the daemon (since 1.4); before, the checker child respawns. */
  readonly endsWithoutIpvs: boolean;
  /** Bad packets are logged once per state or master, with the sender's name; masters are named (since 2.3.3). */
  readonly badPacketsLoggedOnce: boolean;
  /** The list of unicast peers is compared also when the address list is not (since 2.3.3). */
  readonly unicastSourceAlwaysChecked: boolean;
  /** Faults of interfaces and scripts are noticed when a timer of the instance fires or a packet comes (before 2.0.0). */
  readonly faultsNoticedAtTimer: boolean;
  /** FAULT ends in the configured state (1.2.13; later in BACKUP). */
  readonly faultEndsInConfiguredState: boolean;
  /** Log lines begin with `VRRP_Instance(name)` (before 2.0.0), later with `(name)`. */
  readonly logsInstanceByWord: boolean;
  /** The VIP deleted by another is noticed (since 2.0.0). */
  readonly deletedVipNoticed: boolean;
  /** A MASTER that yields always sends a last advert (1.2.13; later as configured). */
  readonly alwaysAnswersHigherPriority: boolean;
  /** Equal priorities are told apart by address for IPv6 too (not in 1.2.13). */
  readonly ipv6TieResolved: boolean;
  /** A vrrp_script that runs too long has failed at that moment, not at its end (1.2.13). */
  readonly scriptTimeoutCountsAtOnce: boolean;
  /** A vrrp_script killed by a signal has succeeded (1.2.13). */
  readonly scriptSignalDeathSucceeds: boolean;
  /** preempt_delay counts from the reading of the configuration (1.2.13; later from the first lower advert). */
  readonly preemptDelayFromStart: boolean;
  /** After SIGTERM the vrrp child stays for a second (not in 1.2.13). */
  readonly lingersAfterStop: boolean;
  /** A child that dies young is respawned later and later (not in 1.4.3 and before). */
  readonly respawnIsDelayed: boolean;
  /** Exit codes of a child that mean there is no use in trying again end the daemon (not in 1.2.13). */
  readonly permanentErrorsEnd: boolean;
  /** A VIP or unicast peer given twice is refused (since 2.3.0). */
  readonly duplicateAddressesRefused: boolean;
  /** A tracked route without an interface is complained about (before 2.3.2). */
  readonly untrackableRoutesReported: boolean;
  /** `vrrp_strict off` and `vrrp_skip_check_adv_addr off` in global_defs mean off (since 2.3.0). */
  readonly globalSwitchesHonoured: boolean;
  /** `state MASTER` without a priority means 255 (not in 1.2.13). */
  readonly masterIsOwnerByDefault: boolean;
  /** `state MASTER` clears nopreempt and preempt_delay (since 2.0.0). */
  readonly masterClearsNopreempt: boolean;
  /** `keepalived -t` with a script user other than root kills itself (rc 143; before 2.2.8). */
  readonly testKillsItselfForScriptUser: boolean;
}

const V2_3_4: VersionProfile = {
  version: "2.3.4",
  takesVipOneIntervalLate: false,
  preemptsByAdvert: false,
  stateMasterStartsEarly: false,
  badAdvertsResetBackup: false,
  intervalMismatchRejected: true,
  skewOfEffectivePriority: true,
  weightsActAtOnce: true,
  vipMismatchRejected: false,
  runningScriptSkipped: true,
  fractionalScriptTimes: true,
  fractionalCheckTimes: true,
  garpIntervalCollapses: false,
  garpRefreshLeaks: true,
  startupDelayIgnoresAdverts: true,
  symlinkedScriptPathsRefused: true,
  interfaceFaultsShareABit: true,
  escapedQuotesLiteral: true,
  missingSourceAddressIsFault: false,
  changedScriptKeepsResult: false,
  anyPrefixDeletesVip: false,
  ownerLowersItselfForGood: false,
  tcpCheckRetries: true,
  downServerTriedOnce: true,
  reportsUnknownKeywords: true,
  deafAfterInterfaceReturns: false,
  bracesAnywhere: true,
  childrenDieWithParent: true,
  initFailIgnored: true,
  endsWithoutIpvs: true,
  badPacketsLoggedOnce: true,
  unicastSourceAlwaysChecked: true,
  faultsNoticedAtTimer: false,
  faultEndsInConfiguredState: false,
  logsInstanceByWord: false,
  deletedVipNoticed: true,
  alwaysAnswersHigherPriority: false,
  ipv6TieResolved: true,
  scriptTimeoutCountsAtOnce: false,
  scriptSignalDeathSucceeds: false,
  preemptDelayFromStart: false,
  lingersAfterStop: true,
  respawnIsDelayed: true,
  permanentErrorsEnd: true,
  duplicateAddressesRefused: true,
  globalSwitchesHonoured: true,
  untrackableRoutesReported: false,
  masterIsOwnerByDefault: true,
  masterClearsNopreempt: true,
  testKillsItselfForScriptUser: false,
};

const V2_2_7: VersionProfile = {
  ...V2_3_4,
  version: "2.2.7",
  deafAfterInterfaceReturns: true,
  vipMismatchRejected: true,
  runningScriptSkipped: false,
  fractionalScriptTimes: false,
  garpIntervalCollapses: true,
  garpRefreshLeaks: false,
  startupDelayIgnoresAdverts: false,
  symlinkedScriptPathsRefused: false,
  interfaceFaultsShareABit: false,
  escapedQuotesLiteral: false,
  missingSourceAddressIsFault: true,
  changedScriptKeepsResult: true,
  anyPrefixDeletesVip: true,
  ownerLowersItselfForGood: true,
  downServerTriedOnce: false,
  badPacketsLoggedOnce: false,
  unicastSourceAlwaysChecked: false,
  duplicateAddressesRefused: false,
  globalSwitchesHonoured: false,
  untrackableRoutesReported: true,
  testKillsItselfForScriptUser: true,
};

const V1_4_3: VersionProfile = {
  ...V2_2_7,
  version: "1.4.3",
  fractionalCheckTimes: false,
  takesVipOneIntervalLate: true,
  preemptsByAdvert: true,
  stateMasterStartsEarly: true,
  badAdvertsResetBackup: true,
  intervalMismatchRejected: false,
  skewOfEffectivePriority: false,
  weightsActAtOnce: false,
  runningScriptSkipped: true,
  reportsUnknownKeywords: true,
  initFailIgnored: false,
  faultsNoticedAtTimer: true,
  logsInstanceByWord: true,
  deletedVipNoticed: false,
  respawnIsDelayed: false,
  masterClearsNopreempt: false,
  testKillsItselfForScriptUser: false,
};

const V1_2_13: VersionProfile = {
  ...V1_4_3,
  version: "1.2.13",
  tcpCheckRetries: false,
  reportsUnknownKeywords: false,
  masterIsOwnerByDefault: false,
  bracesAnywhere: false,
  childrenDieWithParent: false,
  endsWithoutIpvs: false,
  faultEndsInConfiguredState: true,
  alwaysAnswersHigherPriority: true,
  ipv6TieResolved: false,
  scriptTimeoutCountsAtOnce: true,
  scriptSignalDeathSucceeds: true,
  preemptDelayFromStart: true,
  lingersAfterStop: false,
  permanentErrorsEnd: false,
};

const PROFILES: Readonly<Record<KeepalivedVersion, VersionProfile>> = {
  "1.2.13": V1_2_13,
  "1.4.3": V1_4_3,
  "2.2.7": V2_2_7,
  "2.3.3": { ...V2_3_4, version: "2.3.3" },
  "2.3.4": V2_3_4,
};

export function profileOf(version: KeepalivedVersion): VersionProfile {
  return PROFILES[version];
}

export function isKeepalivedVersion(text: string): text is KeepalivedVersion {
  return (KEEPALIVED_VERSIONS as readonly string[]).includes(text);
}
