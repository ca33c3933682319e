/**
 * Found by exploring lvs-dr with seed 1, and made as small as it goes.
 *
 * vip-available-while-a-node-is-healthy: nobody holds the VIP for long.
 *
 *   1.000 s  adverts of the same VRID with priority 99 from a foreign host
 *   2.000 s  stop keepalived on lvs1
 *  27.000 s  what is still in force is undone
 *  52.000 s  end
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
import { lvsDr } from "vipdrill/scenarios/shared/lvs-dr";

export const scenario: Scenario = defineScenario({
  name: "regression/lvs-dr-0b37a5a137",
  title:
    "adverts of the same VRID with priority 99 from a foreign host, then stop keepalived on lvs1",
  why: "nobody held 198.18.0.100 for 27.649 s from 7.850 s, while nothing was wrong with lvs2",
  topology: lvsDr(),
  workload: defaultWorkload,
  warmUpUs: seconds(0.5),
  disturb: [
    { id: "fault-1", when: after(seconds(1)), fault: { kind: "rogue-router", priority: 99 } },
    {
      id: "fault-2",
      when: after(seconds(1)),
      fault: { kind: "keepalived-stopped", node: { name: "lvs1" } },
    },
    { id: "watch", when: after(seconds(25)) },
  ],
  recover: [{ id: "rest", when: after(seconds(25)) }],
  expect: [
    fails("vip-available", "nobody holds the VIP for long", {}, { maxGapMs: 22648 }),
    passes("schedule-followed"),
    passes("nothing-leaked"),
  ],
});
