/** The JSON of lint; see `json-schema.ts`. */
import { z } from "zod";
import { KEEPALIVED_VERSIONS } from "../harness/keepalived/versions.ts";

const count = z.int().min(0);

const location = z
  .strictObject({ file: z.string(), line: z.int(), column: z.int() })
  .meta({ id: "location", description: "Lines and columns count from 1." });
const keepalived = z.enum(KEEPALIVED_VERSIONS);

export const lintSchema: z.ZodType = z
  .strictObject({
    format: z.literal("vipdrill-lint 1"),
    tool: z.strictObject({ name: z.string(), version: z.string() }),
    keepalived: z.array(keepalived),
    nodes: z.array(z.strictObject({ name: z.string(), file: z.string() })),
    summary: z.strictObject({ errors: count, warnings: count, infos: count }),
    findings: z.array(
      z.strictObject({
        rule: z
          .string()
          .regex(/^VD\d{3}$/)
          .describe("Stable; never used again for something else."),
        name: z.string(),
        severity: z.enum(["error", "warning", "info"]),
        title: z.string(),
        code: z.string().optional().describe("Of the daemon's own diagnostic that it came from."),
        node: z.string(),
        at: location,
        related: z.array(z.strictObject({ at: location, note: z.string() })),
        what: z.string(),
        why: z.string(),
        mend: z.string(),
        source: z.string(),
        versions: z
          .array(keepalived)
          .optional()
          .describe("Those it holds for; absent: all that were asked about."),
      }),
    ),
  })
  .meta({ title: "vipdrill lint, version 1" });
