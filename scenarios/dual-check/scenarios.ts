/**
 * The row `dual-check` (document 002). Where the kernel has no ip_vs nobody checks MySQL, so that only keepalived's own
 * failures move the VIP; the stories called `checked` have the document's check as well.
 */
import type { Scenario } from "../../harness/scenario/index.ts";
import { dualCheck } from "../shared/dual-check.ts";
import { ENTRIES } from "../matrix/entries.ts";
import { matrixOf } from "../matrix/matrix.ts";
import { staleArpAfterSplit } from "../stories/arp.ts";
import { baseline } from "../stories/baseline.ts";
import { powerLossAsynchronous, powerLossSemiSync } from "../stories/data.ts";
import { keepalivedKilled } from "../stories/failover.ts";
import { cut, multicastBlocked } from "../stories/network.ts";
import type { Row } from "../stories/row.ts";
import { alerts, monitorNotices, monitorQuiet } from "./alerts.ts";
import { checkedScenarios } from "./checked.ts";
import { keysCollide, offsetsKeepKeysApart } from "./keys.ts";
import {
  handBack,
  otherStartedFirst,
  recoveredNodeStays,
  splitMovesItBack,
  startedTogether,
} from "./nopreempt.ts";

export const dualCheckRow: Row = {
  name: "dual-check",
  topology: dualCheck(),
  preempts: false,
  checksMysql: false,
  goodbyeGapMsMax: 1000, // skew(90) is 648 ms
  noticeMsMax: 0,
  returnMsMax: 8000,
};

const row = dualCheckRow;

export const dualCheckScenarios: readonly Scenario[] = [
  baseline(row, [{ promise: "002/copies-consistent", comesOut: "kept" }]),
  startedTogether(row),
  otherStartedFirst(row),
  recoveredNodeStays(row),
  handBack(row),
  splitMovesItBack(row),
  multicastBlocked(row, [{ promise: "002/vrrp-rule", comesOut: "kept" }]),
  cut(row),
  keepalivedKilled(row),
  alerts(row),
  monitorQuiet(row),
  monitorNotices(row),
  offsetsKeepKeysApart(row),
  keysCollide(row),
  staleArpAfterSplit(row),
  powerLossAsynchronous(row),
  powerLossSemiSync(row, dualCheck({ variant: "semi-sync", semiSync: true })),
  ...matrixOf(row, ENTRIES),
  ...checkedScenarios(row),
];
