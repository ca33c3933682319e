/** What can happen to a node, in the order of the tables: first the ways out, then the ways back. */

export const AWAY = [
  "keepalived-stopped",
  "parent-killed",
  "vrrp-child-killed",
  "keepalived-killed",
  "power-off",
  "cut",
  "keepalived-frozen",
  "interface-down",
  "vrrp-blocked-out",
  "vrrp-blocked-in",
  "vrrp-blocked-both",
  "mysqld-killed",
  "mysqld-stopped",
  "mysqld-frozen",
  "vip-removed",
] as const;

export const BACK = [
  "keepalived-started",
  "mysqld-started",
  "link-up",
  "cut-healed",
  "vrrp-unblocked",
  "keepalived-thawed",
] as const;

export type AwayClass = (typeof AWAY)[number];
export type BackClass = (typeof BACK)[number];
export type FaultClass = AwayClass | BackClass;

/** At most 22 letters: the tables have 100 columns. */
export const CLASS_WORDS: Readonly<Record<FaultClass, string>> = {
  "keepalived-stopped": "keepalived stopped",
  "parent-killed": "parent process killed",
  "vrrp-child-killed": "vrrp child killed",
  "keepalived-killed": "all keepalived killed",
  "power-off": "power off",
  cut: "cable cut, partition",
  "keepalived-frozen": "keepalived frozen",
  "interface-down": "own interface down",
  "vrrp-blocked-out": "VRRP blocked outward",
  "vrrp-blocked-in": "VRRP blocked inward",
  "vrrp-blocked-both": "VRRP blocked both ways",
  "mysqld-killed": "mysqld killed",
  "mysqld-stopped": "mysqld stopped",
  "mysqld-frozen": "mysqld frozen",
  "vip-removed": "VIP removed by hand",
  "keepalived-started": "keepalived started",
  "mysqld-started": "mysqld started again",
  "link-up": "interface up again",
  "cut-healed": "cut or partition over",
  "vrrp-unblocked": "VRRP let through again",
  "keepalived-thawed": "keepalived thawed",
};
