/**
 * What the JSON outputs look like: the one place from which the published schemas (docs/schema) are
 * made, and to which tests hold what is written. Each output has a file of its own beside this one.
 *
 * Objects are strict: a field that is not said here is an error in our tests, not a surprise to readers.
 * A field more is the same version; one that goes, or comes to mean something else, is a new version.
 *
 * Without a schema: the records of explore, which it alone reads.
 */
import { z } from "zod";
import { comparisonSchema } from "./json-schema-comparison.ts";
import { lintSchema } from "./json-schema-lint.ts";
import { predictionSchema, whatIfSchema } from "./json-schema-predict.ts";
import { reportSchema } from "./json-schema-report.ts";
import { timingSchema } from "./json-schema-timing.ts";

/** File in docs/schema to what is in it. */
export const PUBLISHED: Readonly<Record<string, z.ZodType>> = {
  "report-1.json": reportSchema,
  "lint-1.json": lintSchema,
  "prediction-1.json": predictionSchema,
  "what-if-1.json": whatIfSchema,
  "timing-1.json": timingSchema,
  "comparison-1.json": comparisonSchema,
};

/** JSON Schema, draft 2020-12. */
export function publishedSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { target: "draft-2020-12", unrepresentable: "throw" });
}
