/** The row `dual-script`: every story that applies to it. */
import type { Scenario } from "../../harness/scenario/index.ts";
import { dualScript } from "../shared/dual-script.ts";
import { baseline } from "../stories/baseline.ts";
import {
  keepalivedKilled,
  keepalivedStopped,
  mysqldKilled,
  mysqldStopped,
} from "../stories/failover.ts";
import { cut, multicastBlocked } from "../stories/network.ts";
import type { Row } from "../stories/row.ts";

export const dualScriptRow: Row = {
  name: "dual-script",
  topology: dualScript(),
  goodbyeGapMsMax: 1000, // skew(99) is 613 ms
  noticeMsMax: 2750, // up to one 2 s interval, one run of the script
  returnMsMax: 8000, // master-down of 101 is 3605 ms, counted from its start
};

const STORIES = [
  baseline,
  mysqldKilled,
  mysqldStopped,
  keepalivedStopped,
  keepalivedKilled,
  multicastBlocked,
  cut,
];

export const dualScriptScenarios: readonly Scenario[] = STORIES.map((story) =>
  story(dualScriptRow),
);
