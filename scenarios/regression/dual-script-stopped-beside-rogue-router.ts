/**
 * Found by exploring dual-script with seed 1, and made as small as it goes.
 *
 * vip-available-while-a-node-is-healthy: nobody holds the VIP for long.
 *
 *   1.000 s  stop keepalived on db1
 *   2.000 s  adverts of the same VRID with priority 100 from a foreign host
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
  name: "regression/dual-script-b6ce48a450",
  title:
    "stop keepalived on db1, then adverts of the same VRID with priority 100 from a foreign host",
  why: "nobody held 198.18.0.100 for 15.614 s from 6.888 s, while nothing was wrong with db2",
  topology: dualScript(),
  workload: defaultWorkload,
  warmUpUs: seconds(0.5),
  disturb: [
    {
      id: "fault-1",
      when: after(seconds(1)),
      fault: { kind: "keepalived-stopped", node: { name: "db1" } },
    },
    { id: "fault-2", when: after(seconds(1)), fault: { kind: "rogue-router", priority: 100 } },
    { id: "watch", when: after(seconds(13)) },
  ],
  recover: [{ id: "rest", when: after(seconds(13)) }],
  expect: [
    fails("vip-available", "nobody holds the VIP for long", {}, { maxGapMs: 10613 }),
    passes("schedule-followed"),
    passes("nothing-leaked"),
  ],
});
