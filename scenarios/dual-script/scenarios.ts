/** The row `dual-script` (document 001): every story that applies to it. */
import type { Scenario } from "../../harness/scenario/index.ts";
import { dualScript } from "../shared/dual-script.ts";
import { ENTRIES } from "../matrix/entries.ts";
import { matrixOf } from "../matrix/matrix.ts";
import { staleArpAfterSplit } from "../stories/arp.ts";
import { baseline } from "../stories/baseline.ts";
import { powerLossAsynchronous } from "../stories/data.ts";
import {
  keepalivedKilled,
  keepalivedStopped,
  mysqldKilled,
  mysqldStopped,
} from "../stories/failover.ts";
import { cut, multicastBlocked } from "../stories/network.ts";
import type { Row } from "../stories/row.ts";
import { checkCases } from "./checks.ts";
import {
  clientsNotice,
  keepalivedThenMysqld,
  mysqldRestarted,
  mysqldThenKeepalived,
} from "./order.ts";
import { preemptionCases } from "./preemption.ts";

export const dualScriptRow: Row = {
  name: "dual-script",
  topology: dualScript(),
  preempts: true,
  checksMysql: true,
  goodbyeGapMsMax: 1000, // skew(99) is 613 ms
  noticeMsMax: 2750, // up to one 2 s interval, one run of the script
  returnMsMax: 8000, // master-down of 101 is 3605 ms, counted from its start
};

const row = dualScriptRow;

export const dualScriptScenarios: readonly Scenario[] = [
  baseline(row, [
    { promise: "001/vip-connects", comesOut: "kept" },
    { promise: "001/vip-on-master", comesOut: "kept" },
  ]),
  mysqldStopped(row, [{ promise: "001/mysqld-stop-moves", comesOut: "kept" }]),
  clientsNotice(row),
  mysqldThenKeepalived(row),
  keepalivedThenMysqld(row),
  keepalivedStopped(row, [{ promise: "001/keepalived-stop-moves", comesOut: "kept" }]),
  mysqldKilled(row),
  keepalivedKilled(row),
  multicastBlocked(row, [
    {
      promise: "001/firewall",
      comesOut: "kept",
      note: "this is what happens without the rule: both nodes hold the VIP",
    },
  ]),
  cut(row),
  mysqldRestarted(row),
  ...preemptionCases(row),
  ...checkCases(row),
  staleArpAfterSplit(row),
  powerLossAsynchronous(row),
  ...matrixOf(row, ENTRIES),
];
