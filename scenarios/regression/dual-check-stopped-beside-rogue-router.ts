/**
 * Found by exploring dual-check with seed 1, and made as small as it goes.
 *
 * vip-available-while-a-node-is-healthy: nobody holds the VIP for long.
 *
 *   1.000 s  adverts of the same VRID with priority 99 from a foreign host
 *   2.000 s  stop keepalived on db1
 *   9.000 s  what is still in force is undone
 *  16.000 s  end
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
import { dualCheck } from "vipdrill/scenarios/shared/dual-check";

export const scenario: Scenario = defineScenario({
  name: "regression/dual-check-0b37a5a137",
  title:
    "adverts of the same VRID with priority 99 from a foreign host, then stop keepalived on db1",
  why: "nobody held 198.18.0.100 for 9.649 s from 7.852 s, while nothing was wrong with db2",
  topology: dualCheck(),
  workload: defaultWorkload,
  warmUpUs: seconds(0.5),
  disturb: [
    { id: "fault-1", when: after(seconds(1)), fault: { kind: "rogue-router", priority: 99 } },
    {
      id: "fault-2",
      when: after(seconds(1)),
      fault: { kind: "keepalived-stopped", node: { name: "db1" } },
    },
    { id: "watch", when: after(seconds(7)) },
  ],
  recover: [{ id: "rest", when: after(seconds(7)) }],
  expect: [
    fails("vip-available", "nobody holds the VIP for long", {}, { maxGapMs: 4648 }),
    passes("schedule-followed"),
    passes("nothing-leaked"),
  ],
});
