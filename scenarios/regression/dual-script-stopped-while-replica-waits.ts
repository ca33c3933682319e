/**
 * Found by exploring dual-script with seed 1, and made as small as it goes.
 *
 * no-acknowledged-write-lost: acknowledged writes are not there on the new holder.
 *
 *   1.000 s  stop the receiver of replication on db2
 *   2.000 s  stop keepalived on db1
 *  15.000 s  what is still in force is undone
 *  28.000 s  end
 */
import {
  after,
  defaultWorkload,
  defineScenario,
  fails,
  passes,
  seconds,
  type Scenario,
} from "vipdrill";
import { dualScript } from "vipdrill/scenarios/shared/dual-script";

export const scenario: Scenario = defineScenario({
  name: "regression/dual-script-9ce41e7556",
  title: "stop the receiver of replication on db2, then stop keepalived on db1",
  why: "2 of 2096 reads were stale, on the lane fresh by up to 51 acknowledged writes: db2 had up to #77 at 7.493 s, #128 had been acknowledged; the oldest that was missing 1.638 s before",
  topology: dualScript(),
  workload: defaultWorkload,
  warmUpUs: seconds(0.5),
  disturb: [
    {
      id: "fault-1",
      when: after(seconds(1)),
      fault: { kind: "replication-stopped", node: { name: "db2" }, thread: "receiver" },
    },
    {
      id: "fault-2",
      when: after(seconds(1)),
      fault: { kind: "keepalived-stopped", node: { name: "db1" } },
    },
    { id: "watch", when: after(seconds(13)) },
  ],
  recover: [{ id: "rest", when: after(seconds(13)) }],
  expect: [
    fails("no-stale-read", "acknowledged writes are not there on the new holder"),
    passes("schedule-followed"),
    passes("nothing-leaked"),
  ],
});
