/** Document 002: what people are told: notify script, mail, and the duplicate-address monitor. */
import { after, fails, passes, seconds, type Scenario } from "../../harness/scenario/index.ts";
import { CONFLICT_MONITOR, dualCheck } from "../shared/dual-check.ts";
import {
  afterSplit,
  both,
  cleanFailover,
  dataAndCleanUp,
  drill,
  moved,
  served,
  strike,
  watch,
} from "../stories/common.ts";
import type { Row } from "../stories/row.ts";

export function alerts(row: Row): Scenario {
  return drill(row, {
    story: "alerts",
    title: "A failover and a recovery with notify script and smtp_alert",
    why: "An alert that is not sent, or says the wrong state, is worse than none: somebody relies on it at night.",
    topology: dualCheck({ alerts: true, variant: "alerts" }),
    disturb: [
      strike({ kind: "keepalived-stopped", node: { role: "holder" } }),
      moved,
      served,
      { id: "recovers", when: after(0), heal: "fault" },
      { id: "told", when: after(seconds(6)) },
    ],
    expect: [...cleanFailover(row), passes("alert-sent", { notify: true, mail: true })],
    promises: [
      { promise: "002/notify-every-transition", comesOut: "kept" },
      {
        promise: "002/smtp-every-transition",
        comesOut: "kept-only-if",
        note: "the change is to MASTER or BACKUP: a stop of keepalived sends no mail, though the notify script hears STOP",
      },
    ],
  });
}

export function monitorQuiet(row: Row): Scenario {
  return drill(row, {
    story: "monitor-quiet",
    title: "The duplicate-address monitor watches a failover without a second holder",
    why: "A monitor that cries wolf at every ordinary failover is switched off within a month.",
    topology: dualCheck({ monitor: true, variant: "monitor" }),
    disturb: [
      strike({ kind: "keepalived-stopped", node: { role: "holder" } }),
      moved,
      served,
      watch(4),
    ],
    recover: [{ id: "stays", when: after(seconds(5)) }],
    expect: [
      ...cleanFailover(row),
      passes("split-brain-noticed", { monitor: CONFLICT_MONITOR, withinMs: 5000 }),
    ],
  });
}

export function monitorNotices(row: Row): Scenario {
  return drill(row, {
    story: "monitor-notices",
    title: "The duplicate-address monitor watches a split brain",
    why: "keepalived's own alerts come from each node by itself and cannot say that there are two; a third host can.",
    topology: dualCheck({ monitor: true, variant: "monitor" }),
    disturb: [
      strike({ kind: "vrrp-blocked", node: { role: "holder" }, direction: "both" }),
      both,
      { id: "long-enough", when: after(seconds(4)) },
    ],
    recover: afterSplit(row),
    expect: [
      passes("schedule-followed"),
      fails("single-holder", "both are master while neither hears the other"),
      passes("split-brain-noticed", { monitor: CONFLICT_MONITOR, withinMs: 5000 }),
      ...dataAndCleanUp,
    ],
    promises: [
      {
        promise: "002/monitor-finds-split-brain",
        comesOut: "kept-only-if",
        note: "it runs on a third host: a holder does not hear itself, and says OK; a wrong or empty address says OK as well",
      },
    ],
  });
}
