/**
 * Found by exploring dual-script with seed 1, and made as small as it goes.
 *
 * vip-available-while-a-node-is-healthy: nobody holds the VIP any more.
 *
 *   1.000 s  kill -9 mysqld on db1
 *   2.000 s  kill -9 mysqld on db2
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
  name: "regression/dual-script-27b66357fd",
  title: "kill -9 mysqld on db1, then kill -9 mysqld on db2",
  why: "nobody held 198.18.0.100 for 13.840 s from 20.696 s, while nothing was wrong with db1",
  topology: dualScript(),
  workload: defaultWorkload,
  warmUpUs: seconds(0.5),
  disturb: [
    {
      id: "fault-1",
      when: after(seconds(1)),
      fault: { kind: "mysqld-killed", node: { name: "db1" } },
    },
    {
      id: "fault-2",
      when: after(seconds(1)),
      fault: { kind: "mysqld-killed", node: { name: "db2" } },
    },
    { id: "watch", when: after(seconds(13)) },
  ],
  recover: [{ id: "rest", when: after(seconds(13)) }],
  expect: [
    fails("vip-available", "nobody holds the VIP any more", {}, { maxGapMs: 10613 }),
    passes("schedule-followed"),
    passes("nothing-leaked"),
  ],
});
