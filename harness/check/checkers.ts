/** All checkers by name. */
import type { Checker } from "./checker.ts";
import { failoverWithin } from "./failover-within.ts";
import { holderCanServe } from "./holder-can-serve.ts";
import { noLostWrite } from "./no-lost-write.ts";
import { nothingLeaked } from "./nothing-leaked.ts";
import {
  clockSteady,
  enoughActivity,
  faultConfirmed,
  observationComplete,
  settled,
} from "./preconditions.ts";
import { replicationConverged } from "./replication-converged.ts";
import { scheduleFollowed } from "./schedule-followed.ts";
import { singleHolder } from "./single-holder.ts";
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
  holderCanServe,
  noLostWrite,
  replicationConverged,
  nothingLeaked,
];

export function findChecker(name: string): Checker | undefined {
  return CHECKERS.find((checker) => checker.name === name);
}
