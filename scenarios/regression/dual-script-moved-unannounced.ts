/**
 * Found by exploring dual-script with seed 1, and made as small as it goes.
 *
 * vip-available-while-a-node-is-healthy: clients do not reach the holder.
 *
 *   1.000 s  drop the announcements (gratuitous ARP) of db2
 *   2.000 s  kill -9 mysqld on db1
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
  name: "regression/dual-script-0e77d34034",
  title: "drop the announcements (gratuitous ARP) of db2, then kill -9 mysqld on db1",
  why: "db2 alone held the VIP and served for 13.796 s from 19.843 s, and no client's new connection was answered",
  topology: dualScript(),
  workload: defaultWorkload,
  warmUpUs: seconds(0.5),
  disturb: [
    {
      id: "fault-1",
      when: after(seconds(1)),
      fault: { kind: "garp-blocked", node: { name: "db2" } },
    },
    {
      id: "fault-2",
      when: after(seconds(1)),
      fault: { kind: "mysqld-killed", node: { name: "db1" } },
    },
    { id: "watch", when: after(seconds(13)) },
  ],
  recover: [{ id: "rest", when: after(seconds(13)) }],
  expect: [
    fails("outage-within", "clients do not reach the holder", {}, { maxMs: 6000 }),
    passes("schedule-followed"),
    passes("nothing-leaked"),
  ],
});
