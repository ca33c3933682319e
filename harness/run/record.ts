/** What a run directory says about itself: everything needed to judge, report and replay it. */
import type { JsonObject } from "../core/json.ts";
import type { Us } from "../core/time.ts";
import type { Step } from "../fault/schedule.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { ResolvedTopology } from "../topology/resolve.ts";

export const RUN_FORMAT = "vipdrill-run";
export const RUN_VERSION = 2;

/** A step with every draw from the seed made: what was really scheduled. */
export interface ConcreteStep {
  readonly phase: "disturb" | "recover";
  readonly step: Step;
  /** Delay after the step before it, jitter included; absent for steps that wait for a condition. */
  readonly delayUs?: Us;
}

export interface RunRecord {
  readonly format: typeof RUN_FORMAT;
  readonly version: typeof RUN_VERSION;
  readonly runId: string;
  readonly startedAt: string;
  readonly scenario: Scenario;
  readonly backend: "docker" | "sim";
  /** Computed, not measured. */
  readonly simulated: boolean;
  readonly seed: number;
  readonly image: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly schedule: readonly ConcreteStep[];
  /** Absent when the cluster never came to be. */
  readonly topology?: ResolvedTopology;
  /** The cluster was left up on request. */
  readonly kept: boolean;
  /** What the backend could not do and the scenario needs: the run was skipped. */
  readonly skipped?: readonly string[];
  /** The harness or the world failed: no verdict. */
  readonly error?: { readonly code: string; readonly message: string; readonly facts: JsonObject };
  /** How to do it again. */
  readonly replay: string;
}
