/**
 * Found by exploring dual-script with seed 1, and made as small as it goes.
 *
 * no-split-brain: two writable holders.
 *
 *   1.000 s  block VRRP in and out on db1
 *  14.000 s  what is still in force is undone
 *  27.000 s  end
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
  name: "regression/dual-script-4021db0520",
  title: "block VRRP in and out on db1",
  why: "db1 and db2 held 198.18.0.100 together for 10.001 s (from 8.906 s to 18.908 s; a hand-over permits 1.050 s), grade d: clients' writes were acknowledged by both. On the wire for it meanwhile: 1 adverts and 7 ARP packets of db1, 10 adverts and 10 ARP packets of db2. It ended when db2 lost it at 18.908 s, 0.067 s after fault-1 was healed",
  topology: dualScript(),
  workload: defaultWorkload,
  warmUpUs: seconds(0.5),
  disturb: [
    {
      id: "fault-1",
      when: after(seconds(1)),
      fault: { kind: "vrrp-blocked", node: { name: "db1" }, direction: "both" },
    },
    { id: "watch", when: after(seconds(13)) },
  ],
  recover: [{ id: "rest", when: after(seconds(13)) }],
  expect: [
    fails("single-holder", "two writable holders", {}),
    passes("schedule-followed"),
    passes("nothing-leaked"),
  ],
});
