/**
 * Found by exploring dual-script with seed 1, and made as small as it goes.
 *
 * vip-available-while-a-node-is-healthy: nobody holds the VIP for long.
 *
 *   1.000 s  stop keepalived on db2
 *   2.000 s  kill -9 mysqld on db1
 *   3.000 s  fault-2 undone: the service is started again
 *  16.000 s  what is still in force is undone
 *  29.000 s  end
 */
import { after, defineScenario, fails, passes, seconds, type Scenario } from "vipdrill";
import { dualScript } from "vipdrill/scenarios/shared/dual-script";

export const scenario: Scenario = defineScenario({
  name: "regression/dual-script-2bc201d1e1",
  title: "stop keepalived on db2, then kill -9 mysqld on db1",
  why: "nobody held 198.18.0.100 for 16.606 s from 8.895 s, while nothing was wrong with db1",
  topology: dualScript(),
  workload: {
    cadenceUs: 200000,
    connectDeadlineUs: 1000000,
    operationDeadlineUs: 1000000,
    healthCadenceUs: 100000,
  },
  warmUpUs: seconds(0.5),
  disturb: [
    {
      id: "fault-1",
      when: after(seconds(1)),
      fault: { kind: "keepalived-stopped", node: { name: "db2" } },
    },
    {
      id: "fault-2",
      when: after(seconds(1)),
      fault: { kind: "mysqld-killed", node: { name: "db1" } },
    },
    { id: "heal-fault-2", when: after(seconds(1)), heal: "fault-2" },
    { id: "watch", when: after(seconds(13)) },
  ],
  recover: [{ id: "rest", when: after(seconds(13)) }],
  expect: [
    fails("vip-available", "nobody holds the VIP for long", {}, { maxGapMs: 10613 }),
    passes("enough-activity", { writes: 1, reads: 1 }),
    passes("schedule-followed"),
    passes("nothing-leaked"),
  ],
});
