/** What the schemas of timing and of comparison have in common. */
import { z } from "zod";

export const us: z.ZodInt = z.int().describe("Whole microseconds.");
export const count: z.ZodInt = z.int().min(0);

export const distribution: z.ZodObject = z
  .strictObject({ n: count, min: us, p50: us, p95: us, max: us })
  .meta({ id: "distribution", description: "Nearest-rank quantiles, in microseconds." });

export const bounded: z.ZodObject = z.strictObject({ atMost: count, atLeast: count }).meta({
  id: "bounded",
  description:
    "In how many runs the time is a bound only: it took so long at most, or at least. Quantiles of such times are bounds as well.",
});
