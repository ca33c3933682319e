/** Parameters that several faults of the link have, and the words for them. */
import { z } from "zod";
import type { Us } from "../../core/time.ts";

/** Of frames: above 0, or nothing would happen; below 1, which is what `cut` is for. */
export const partSchema: z.ZodType<number> = z.number().gt(0).lt(1);

/** A minute is longer than any timer here; netem's own limit is far above. */
const DELAY_US_MAX = 60_000_000;

export const delaySchema: z.ZodType<Us> = z.int().positive().max(DELAY_US_MAX);

/** `5 %`, `0.1 %`. */
export function percentWords(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}

/** `50 ms`, `0.25 ms`. */
export function delayWords(us: Us): string {
  return `${us / 1000} ms`;
}
