/**
 * Found by exploring lvs-dr with seed 1, and made as small as it goes.
 *
 * vip-available-while-a-node-is-healthy: clients do not reach the holder.
 *
 *   1.000 s  use up all connections on db2
 *  26.000 s  what is still in force is undone
 *  51.000 s  end
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
  name: "regression/lvs-dr-3929eadfed",
  title: "use up all connections on db2",
  why: "lvs1 alone held the VIP and was well for 25.199 s from 5.817 s, and no client's new connection was answered",
  topology: lvsDr(),
  workload: defaultWorkload,
  warmUpUs: seconds(0.5),
  disturb: [
    {
      id: "fault-1",
      when: after(seconds(1)),
      fault: { kind: "connections-exhausted", node: { name: "db2" } },
    },
    { id: "watch", when: after(seconds(25)) },
  ],
  recover: [{ id: "rest", when: after(seconds(25)) }],
  expect: [
    fails("outage-within", "clients do not reach the holder", {}, { maxMs: 6000 }),
    passes("schedule-followed"),
    passes("nothing-leaked"),
  ],
});
