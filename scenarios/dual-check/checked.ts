/** Document 002 with its check: the own mysqld as the only server of a `virtual_server`, `notify_down` runs `pkill keepalived`. */
import { after, fails, passes, seconds, type Scenario } from "../../harness/scenario/index.ts";
import { dualCheck } from "../shared/dual-check.ts";
import {
  checkedBaseline,
  checkedGone,
  keepalivedBeforeMysqld,
  movedWithin,
  mysqldFrozenBusy,
  mysqldFrozenQuiet,
  mysqldKilled,
  mysqldStopped,
  recipeDrill,
  startOnOldHolder,
  strikeChecked,
  type Recipe,
} from "../stories/checked.ts";
import { dataAndCleanUp, homecoming, served, servedAtHome } from "../stories/common.ts";
import type { Row } from "../stories/row.ts";

function documents(row: Row): Recipe {
  return {
    name: "checked",
    row,
    topology: dualCheck({ checked: {}, variant: "checked" }),
    delayLoopSeconds: 2,
    retries: 3,
  };
}

/** `nb_get_retry` of document 004 in the check of document 002. */
function oneRetry(row: Row): Recipe {
  return {
    name: "checked-nb-get-retry",
    row,
    topology: dualCheck({
      checked: { retryWord: "nb_get_retry" },
      variant: "checked, nb_get_retry",
    }),
    delayLoopSeconds: 2,
    retries: 1,
  };
}

function everySixSeconds(row: Row): Recipe {
  return {
    name: "checked-delay-loop-6",
    row,
    topology: dualCheck({ checked: { delayLoopSeconds: 6 }, variant: "checked, delay_loop 6" }),
    delayLoopSeconds: 6,
    retries: 3,
  };
}

const HOLDER = { role: "holder" } as const;

/** Longer than delay_loop and the one retry together: both checks fall into it. */
const OUT_SECONDS = 5.2;

function restartRiddenOut(recipe: Recipe): Scenario {
  return recipeDrill(recipe, {
    story: "mysqld-restarted",
    title: "mysqld is restarted on the holder",
    why:
      "Three retries, three seconds apart, are the reason for the slow detection, and what they are good for: a restart of a few " +
      "seconds is over before the last one. MariaDB's is; MySQL 9.7 on a busy host of one processor took 9.3 s once, and lost the VIP.",
    only: { mysqld: ["mariadb"] },
    disturb: [
      strikeChecked(recipe, { kind: "service-restarted", node: HOLDER, service: "mysql" }),
      { id: "watch", when: after(seconds(12)) },
    ],
    recover: [servedAtHome],
    expect: [
      passes("schedule-followed"),
      passes("single-holder"),
      passes("vip-available"),
      passes("no-flapping", { maxMoves: 0 }),
      passes("holder-can-serve", { maxSpellMs: 8500 }),
      fails("failover-within", "the server is back before the retries are used up", {
        moved: false,
      }),
      ...dataAndCleanUp,
    ],
  });
}

function restartNotRiddenOut(recipe: Recipe): Scenario {
  return recipeDrill(recipe, {
    story: "mysqld-away-for-5-seconds",
    title: "mysqld is killed on the holder and started again after 5.2 s",
    why:
      "`nb_get_retry 3` reads like three retries and is none of TCP_CHECK's words: there is one. Whatever lasts delay_loop and one " +
      "delay_before_retry, 5 s, moves the VIP for good and ends keepalived, though the server is back when somebody looks.",
    disturb: [
      strikeChecked(recipe, { kind: "mysqld-killed", node: HOLDER }),
      { id: "back", when: after(seconds(OUT_SECONDS)), heal: "fault" },
      movedWithin(5),
      served,
    ],
    recover: [startOnOldHolder, ...homecoming(recipe.row)],
    expect: [
      passes("schedule-followed"),
      passes("single-holder"),
      passes("vip-available", { maxGapMs: recipe.row.goodbyeGapMsMax }),
      passes("failover-within"),
      passes("preemption", { expect: "stays" }),
      ...dataAndCleanUp,
    ],
  });
}

export function checkedScenarios(row: Row): readonly Scenario[] {
  const recipe = documents(row);
  const single = oneRetry(row);
  return [
    checkedBaseline(recipe, [{ promise: "002/clients-through-vip", comesOut: "kept" }]),
    checkedGone(recipe, {
      ...mysqldStopped,
      promises: [
        {
          promise: "002/mysqld-stop-moves",
          comesOut: "kept",
          note: "after 9.6 to 12.5 s: up to delay_loop 2, three retries of 3 s, the stop itself, and 0.65 s to hand over",
        },
      ],
    }),
    checkedGone(recipe, mysqldKilled),
    checkedGone(single, mysqldKilled),
    checkedGone(everySixSeconds(row), mysqldKilled),
    restartRiddenOut(recipe),
    restartNotRiddenOut(single),
    keepalivedBeforeMysqld(recipe),
    mysqldFrozenQuiet(recipe, 20),
    mysqldFrozenBusy(recipe),
  ];
}
