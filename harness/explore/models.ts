/** Which faults may be drawn, and how many at a time, in words that stand on a command line. */
import { InputError } from "../core/errors.ts";
import { FAULTS } from "../fault/fault.ts";
import type { MenuItem } from "./menu.ts";

/** A word of `--faults`, and what it stands for. */
export const FAMILIES = {
  crash: "a process or a whole node ends without a goodbye",
  stop: "a service or a node is stopped or restarted in order",
  pause: "a service or a whole node stands still, and may go on later",
  partition: "a node, or its VRRP, is cut off, in one direction or both",
  loss: "packets or adverts are lost, late, doubled or out of order",
  arp: "announcements or answers for the VIP do not arrive, or the address is added by hand",
  database: "mysqld runs and does not serve: read-only, locked, no connections, disk full",
  replication: "replication is stopped, late, broken, or no longer semi-synchronous",
  operator: "a configuration, a password or a check script is changed",
  foreign: "a host that is none of the cluster's sends adverts or takes the VIP",
} as const;

export type Family = keyof typeof FAMILIES;

export const MODELS = {
  "one-failure-at-a-time": "what was broken is mended before the next thing breaks",
  "two-failures": "two things are broken at the same time at most",
  "anything-heals": "any number of things at the same time; all of it is mended in the end",
} as const;

export type Model = keyof typeof MODELS;

export function concurrencyOf(model: Model): number {
  switch (model) {
    case "one-failure-at-a-time":
      return 1;
    case "two-failures":
      return 2;
    case "anything-heals":
      return Number.POSITIVE_INFINITY;
  }
}

/** `crash,pause` or kinds such as `cut`; all of the menu where nothing is named. */
export function chosenFaults(menu: readonly MenuItem[], words: readonly string[]): MenuItem[] {
  for (const word of words) {
    if (Object.hasOwn(FAMILIES, word) || Object.hasOwn(FAULTS, word)) continue;
    throw new InputError(
      "FAULT_UNKNOWN",
      `--faults ${word}: there is no such fault; there are ${Object.keys(FAMILIES).join(", ")}, and every kind of the catalogue (docs/faults.md)`,
    );
  }
  if (words.length === 0) return [...menu];
  const chosen = menu.filter(
    ({ family, fault }) => words.includes(family) || words.includes(fault.kind),
  );
  if (chosen.length > 0) return chosen;
  throw new InputError(
    "FAULT_UNKNOWN",
    `--faults ${words.join(",")}: nothing of that can happen to this cluster`,
  );
}
