/** All checkers by name. */
import { alertSent } from "./alert-sent.ts";
import { arpConverged } from "./arp-converged.ts";
import type { Checker } from "./checker.ts";
import { connectionsSurvive } from "./connections-survive.ts";
import { failoverWithin } from "./failover-within.ts";
import { holderCanServe } from "./holder-can-serve.ts";
import { machineQuiet } from "./machine-quiet.ts";
import { noFlapping } from "./no-flapping.ts";
import { noLostWrite } from "./no-lost-write.ts";
import { noStaleRead } from "./no-stale-read.ts";
import { noWriteOnDeposedHolder } from "./no-write-on-deposed-holder.ts";
import { nothingLeaked } from "./nothing-leaked.ts";
import { outageWithin } from "./outage-within.ts";
import {
  clockSteady,
  enoughActivity,
  faultConfirmed,
  observationComplete,
  settled,
} from "./preconditions.ts";
import { preemption } from "./preemption.ts";
import { realServerMembership } from "./real-server-membership.ts";
import { replicationBroken } from "./replication-broken.ts";
import { replicationConverged } from "./replication-converged.ts";
import { scheduleFollowed } from "./schedule-followed.ts";
import { singleHolder } from "./single-holder.ts";
import { splitBrainNoticed } from "./split-brain-noticed.ts";
import { trafficShare } from "./traffic-share.ts";
import { vipAnsweredBy } from "./vip-answered-by.ts";
import { vipAvailable } from "./vip-available.ts";
import { witnessesAgree } from "./witnesses-agree.ts";

export const CHECKERS: readonly Checker[] = [
  settled,
  faultConfirmed,
  enoughActivity,
  observationComplete,
  clockSteady,
  witnessesAgree,
  scheduleFollowed,
  singleHolder,
  vipAvailable,
  failoverWithin,
  outageWithin,
  preemption,
  noFlapping,
  arpConverged,
  vipAnsweredBy,
  realServerMembership,
  trafficShare,
  connectionsSurvive,
  holderCanServe,
  alertSent,
  splitBrainNoticed,
  noLostWrite,
  noStaleRead,
  noWriteOnDeposedHolder,
  replicationBroken,
  replicationConverged,
  nothingLeaked,
  machineQuiet,
];

export function findChecker(name: string): Checker | undefined {
  return CHECKERS.find((checker) => checker.name === name);
}
