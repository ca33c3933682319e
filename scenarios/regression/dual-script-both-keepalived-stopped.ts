/**
 * Found by exploring dual-script with seed 1, and made as small as it goes.
 *
 * no-flapping: the VIP is moved back at once.
 *
 *   1.000 s  stop keepalived on db2
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
  name: "regression/dual-script-c4dd33f5c3",
  title: "stop keepalived on db2, then stop keepalived on db1",
  why: "the VIP went to db2 at 23.543 s and back to db1 0.005 s later, without a fault or healing in between",
  topology: dualScript(),
  workload: defaultWorkload,
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
      fault: { kind: "keepalived-stopped", node: { name: "db1" } },
    },
    { id: "watch", when: after(seconds(13)) },
  ],
  recover: [{ id: "rest", when: after(seconds(13)) }],
  expect: [
    fails("no-flapping", "the VIP is moved back at once", {}, { maxMoves: 4 }),
    passes("schedule-followed"),
    passes("nothing-leaked"),
  ],
});
