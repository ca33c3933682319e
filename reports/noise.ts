/** Whether the machine was in time while the failover of a run was measured. */
import { noiseIn, noiseWords, type Noise } from "../harness/timing/noise.ts";
import type { ReportedRun } from "./reported.ts";

/** From the fault to the last stage that was seen. Absent: quiet, or nobody listened. */
export function failoverNoise({ events, result }: ReportedRun): Noise | undefined {
  const { failover } = result;
  if (failover === undefined) return undefined;
  const marks = Object.values(failover.stages).map((mark) => mark.tUs);
  const endUs = Math.max(failover.faultUs, failover.outage?.firstOk.tUs ?? 0, ...marks);
  return noiseIn(events, { startUs: failover.faultUs, endUs });
}

/** ` (noisy: the machine was late by up to 84 ms)`, or nothing. */
export function noiseMark(noise: Noise | undefined): string {
  return noise === undefined ? "" : ` (${noiseWords(noise)})`;
}
