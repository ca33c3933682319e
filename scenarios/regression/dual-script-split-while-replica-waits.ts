/**
 * Found by exploring dual-script with seed 1, and made as small as it goes.
 *
 * no-acknowledged-write-lost: acknowledged writes are not there for clients of the other holder.
 *
 *   1.000 s  block VRRP in and out on db1
 *   2.000 s  stop the receiver of replication on db1
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
  name: "regression/dual-script-3a0c1f327d",
  title: "block VRRP in and out on db1, then stop the receiver of replication on db1",
  why: "3 of 2147 reads were stale, on the lane fresh by up to 300 acknowledged writes: db1 had up to #480 at 19.913 s, #780 had been acknowledged; the oldest that was missing 5.996 s before",
  topology: dualScript(),
  workload: defaultWorkload,
  warmUpUs: seconds(0.5),
  disturb: [
    {
      id: "fault-1",
      when: after(seconds(1)),
      fault: { kind: "vrrp-blocked", node: { name: "db1" }, direction: "both" },
    },
    {
      id: "fault-2",
      when: after(seconds(1)),
      fault: { kind: "replication-stopped", node: { name: "db1" }, thread: "receiver" },
    },
    { id: "watch", when: after(seconds(13)) },
  ],
  recover: [{ id: "rest", when: after(seconds(13)) }],
  expect: [
    fails("no-stale-read", "acknowledged writes are not there for clients of the other holder"),
    passes("schedule-followed"),
    passes("nothing-leaked"),
  ],
});
