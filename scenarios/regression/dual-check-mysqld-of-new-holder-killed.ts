/**
 * Found by exploring dual-check with seed 1, and made as small as it goes.
 *
 * vip-available-while-a-node-is-healthy: the holder's mysqld does not answer.
 *
 *   1.000 s  stop keepalived on db1
 *   2.000 s  fault-1 undone: the service is started again
 *   2.000 s  kill -9 mysqld on db2
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
  name: "regression/dual-check-9b3f709022",
  title: "stop keepalived on db1, then kill -9 mysqld on db2",
  why: "db2 held the VIP for 7.894 s from 7.004 s while its mysqld did not answer and that of db1 did",
  topology: dualCheck(),
  workload: defaultWorkload,
  warmUpUs: seconds(0.5),
  disturb: [
    {
      id: "fault-1",
      when: after(seconds(1)),
      fault: { kind: "keepalived-stopped", node: { name: "db1" } },
    },
    { id: "heal-fault-1", when: after(seconds(1)), heal: "fault-1" },
    {
      id: "fault-2",
      when: after(seconds(0)),
      fault: { kind: "mysqld-killed", node: { name: "db2" } },
    },
    { id: "watch", when: after(seconds(7)) },
  ],
  recover: [{ id: "rest", when: after(seconds(7)) }],
  expect: [
    fails("holder-can-serve", "the holder's mysqld does not answer", {}, { maxSpellMs: 4648 }),
    passes("schedule-followed"),
    passes("nothing-leaked"),
  ],
});
