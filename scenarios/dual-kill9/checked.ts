/**
 * Document 004 with its check: every 6 s, one retry (it asks for `nb_get_retry`, which TCP_CHECK does not know), and
 * `notify_down` kills the process of the pid file.
 */
import type { Scenario } from "../../harness/scenario/index.ts";
import { dualKill9 } from "../shared/dual-kill9.ts";
import {
  checkedBaseline,
  checkedGone,
  keepalivedBeforeMysqld,
  mysqldFrozenBusy,
  mysqldFrozenQuiet,
  mysqldKilled,
  mysqldStopped,
  type Recipe,
} from "../stories/checked.ts";
import type { Row } from "../stories/row.ts";

function documents(row: Row): Recipe {
  return {
    name: "checked",
    row,
    topology: dualKill9({ checked: true, ipvs: true }),
    delayLoopSeconds: 6,
    retries: 1,
  };
}

function everyTwoSeconds(row: Row): Recipe {
  return {
    name: "checked-delay-loop-2",
    row,
    topology: dualKill9({
      checked: true,
      ipvs: true,
      check: { delayLoopSeconds: 2 },
      variant: "delay_loop 2",
    }),
    delayLoopSeconds: 2,
    retries: 1,
  };
}

function threeRetries(row: Row): Recipe {
  return {
    name: "checked-retry",
    row,
    topology: dualKill9({
      checked: true,
      ipvs: true,
      check: { retryWord: "retry" },
      variant: "retry",
    }),
    delayLoopSeconds: 6,
    retries: 3,
  };
}

export function checkedScenarios(row: Row): readonly Scenario[] {
  const recipe = documents(row);
  return [
    checkedBaseline(recipe, [
      {
        promise: "004/starts",
        comesOut: "kept-only-if",
        note: "the kernel has ip_vs, loaded before keepalived starts",
      },
    ]),
    checkedGone(recipe, {
      ...mysqldStopped,
      promises: [
        {
          promise: "004/mysqld-down-kills",
          comesOut: "kept",
          note: "after 3 to 9 s: up to delay_loop 6 and one retry of 3 s, because `nb_get_retry` is not a word of TCP_CHECK",
        },
      ],
    }),
    checkedGone(recipe, mysqldKilled),
    checkedGone(everyTwoSeconds(row), mysqldKilled),
    checkedGone(threeRetries(row), mysqldKilled),
    keepalivedBeforeMysqld(recipe),
    mysqldFrozenQuiet(recipe, 20),
    mysqldFrozenBusy(recipe),
  ];
}
