/**
 * Scenarios whose declared expectations must not come true. If one of them comes out green, the
 * judge is blind; each names the checker that has to object.
 */
import {
  after,
  defaultWorkload,
  defineScenario,
  milliseconds,
  passes,
  seconds,
  when,
  type Scenario,
} from "../../harness/scenario/index.ts";
import { dualScript } from "../shared/dual-script.ts";
import { dataAndCleanUp, WARM_UP_US } from "../stories/common.ts";

const twoHolders = defineScenario({
  name: "canary/two-holders",
  title: "The VIP is added to the standby by hand",
  why: "A second holder that keepalived knows nothing of must be seen by the checker, not by luck.",
  topology: dualScript(),
  workload: defaultWorkload,
  warmUpUs: WARM_UP_US,
  disturb: [
    {
      id: "fault",
      when: after(milliseconds(500)),
      fault: { kind: "address-added", node: { role: "standby" } },
    },
    { id: "both", when: when("two-holders", seconds(5), seconds(2)) },
  ],
  recover: [],
  expect: [passes("schedule-followed"), passes("single-holder"), ...dataAndCleanUp],
  canary: { mustComeOut: "unexpected", caughtBy: "single-holder" },
});

const blindCheck = defineScenario({
  name: "canary/blind-check",
  title: "mysqld is killed behind a check script that always succeeds",
  why: "A check that cannot fail is the commonest mistake of all; a drill that passes it is no drill.",
  topology: dualScript({ check: "always-fine" }),
  workload: defaultWorkload,
  warmUpUs: WARM_UP_US,
  disturb: [
    {
      id: "fault",
      when: after(milliseconds(500)),
      fault: { kind: "mysqld-killed", node: { role: "holder" } },
    },
    // Longer than the real check would need for the move.
    { id: "watch", when: after(seconds(4)) },
  ],
  recover: [],
  expect: [passes("schedule-followed"), passes("failover-within"), ...dataAndCleanUp],
  canary: { mustComeOut: "unexpected", caughtBy: "failover-within" },
});

const sabotagedFault = defineScenario({
  name: "canary/sabotaged-fault",
  title: "A kill that is announced and not carried out",
  why: "A run whose fault never happened must be void, however green everything else looks.",
  topology: dualScript(),
  workload: defaultWorkload,
  warmUpUs: WARM_UP_US,
  disturb: [
    {
      id: "fault",
      when: after(milliseconds(500)),
      fault: { kind: "sabotaged", fault: { kind: "mysqld-killed", node: { role: "holder" } } },
    },
    { id: "watch", when: after(seconds(1)) },
  ],
  recover: [],
  expect: [passes("schedule-followed"), passes("single-holder"), ...dataAndCleanUp],
  canary: { mustComeOut: "inconclusive", caughtBy: "fault-confirmed" },
});

export const canaries: readonly Scenario[] = [twoHolders, blindCheck, sabotagedFault];
