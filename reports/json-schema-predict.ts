/** The JSON of predict, without and with other settings (`--what-if`); see `json-schema.ts`. */
import { z } from "zod";
import { KEEPALIVED_VERSIONS } from "../harness/keepalived/versions.ts";
import { AWAY, BACK } from "../harness/predict/classes.ts";
import { SERVER_EVENTS } from "../harness/predict/real-servers.ts";

const us = z.int().describe("Whole microseconds.");
const count = z.int().min(0);

const quantity = z
  .strictObject({
    minUs: us,
    meanUs: us,
    maxUs: us,
    formula: z.string(),
    where: z.array(z.strictObject({ symbol: z.string(), text: z.string() })),
  })
  .meta({
    id: "quantity",
    description: "A span of time with its formula and what its letters are.",
  });

const event = z.enum([...AWAY, ...BACK]);
const outcome = z.enum(["moves", "returns", "duplicate", "never", "unknown"]);

const predictedRow = z.strictObject({
  event,
  outcome,
  endsOn: z.array(z.string()).describe("Who has the address when all timers have run out."),
  reasons: z.array(z.string()),
  notes: z.array(z.string()),
  total: quantity.optional().describe("Absent: nothing moves, or it is not known."),
  detect: quantity.optional(),
  elect: quantity.optional(),
});

const serverEvent = z.enum(SERVER_EVENTS);
const serverOutcome = z
  .enum(["leaves", "never", "not-in", "unknown"])
  .describe("not-in: the server is not in the table to begin with.");
const tiedClients = z
  .enum(["until-removed", "until-back"])
  .describe("With persistence: until when a client is sent to the server that it was given.");

const predictedService = z.strictObject({
  service: z.string().describe("Address and port, `fwmark N` or `group NAME`."),
  directors: z.array(z.string()).describe("Nodes that say the same of it."),
  keepalivedVersion: z.enum(KEEPALIVED_VERSIONS),
  scheduler: z.string(),
  forwarding: z.enum(["DR", "NAT", "TUN"]),
  persistenceTimeoutUs: us.optional().describe("Absent: no persistence."),
  servers: z.array(
    z.strictObject({
      servers: z.array(z.strictObject({ address: z.string(), port: z.int(), weight: z.int() })),
      checkers: z.array(z.string()),
      tiedClients: tiedClients.optional(),
      rows: z.array(
        z.strictObject({
          event: serverEvent,
          outcome: serverOutcome,
          reasons: z.array(z.string()),
          notes: z.array(z.string()),
          removed: quantity
            .optional()
            .describe(
              "From the event to the table without the server; absent: never, or not known.",
            ),
          returned: quantity
            .optional()
            .describe("From the server well again to the table with it; absent: not known."),
        }),
      ),
    }),
  ),
});

export const predictionSchema: z.ZodType = z
  .strictObject({
    format: z.literal("vipdrill-prediction"),
    version: z.literal(1),
    measured: z.literal(false),
    subject: z.string(),
    keepalivedVersion: z.string(),
    remarks: z.array(z.string()),
    routers: z.array(
      z.strictObject({
        name: z.string(),
        vrid: z.int(),
        vrrpVersion: z.union([z.literal(2), z.literal(3)]),
        advertIntUs: us,
        addresses: z.array(z.string()),
        members: z.array(
          z.strictObject({
            node: z.string(),
            basePriority: z.int(),
            restPriority: z.int().describe("While mysqld is up."),
            nopreempt: z.boolean(),
            fault: z.string().optional().describe("Why it is in FAULT although mysqld is up."),
            version: z.enum(KEEPALIVED_VERSIONS),
          }),
        ),
        syncGroup: z.string().optional(),
        holder: z.string().optional().describe("When nothing is wrong; absent: nobody can."),
        problem: z.string().optional().describe("Why there are no rows."),
        rows: z.array(predictedRow),
      }),
    ),
    services: z
      .array(predictedService)
      .describe(
        "Virtual servers that send clients on, not those that are checks of their own node.",
      ),
  })
  .meta({ title: "vipdrill prediction, version 1" });

const course = z
  .strictObject({
    outcome,
    total: z
      .strictObject({ minUs: us, meanUs: us, maxUs: us })
      .optional()
      .describe("Absent: nothing moves, or it is not known."),
    endsOn: z.array(z.string()),
    reasons: z.array(z.string()),
  })
  .meta({ id: "course" });

const beforeAfter = z
  .strictObject({ before: z.string().optional(), after: z.string().optional() })
  .meta({ id: "beforeAfter" });

const simulatedTimes = z
  .strictObject({
    movedUs: z.array(us).describe("From the fault to the VIP on another node, run by run."),
    stayed: count.describe("Runs in which the VIP did not move."),
  })
  .meta({ id: "simulatedTimes" });

const bounds = z.strictObject({ minUs: us, meanUs: us, maxUs: us });

const serverCourse = z
  .strictObject({
    outcome: serverOutcome,
    removed: bounds.optional(),
    returned: bounds.optional(),
    reasons: z.array(z.string()),
  })
  .meta({ id: "serverCourse" });

export const whatIfSchema: z.ZodType = z
  .strictObject({
    format: z.literal("vipdrill-what-if"),
    version: z.literal(1),
    measured: z.literal(false),
    subject: z.string(),
    keepalivedVersion: z.string(),
    wishes: z.array(z.string()).describe("The settings as they were asked for."),
    remarks: z.array(z.string()),
    changes: z.array(
      z.strictObject({
        node: z.string(),
        file: z.string(),
        line: z.int().describe("In the file as it was; of a new line, the one it follows."),
        before: z.string().optional(),
        after: z.string().optional(),
      }),
    ),
    routers: z.array(
      z.strictObject({
        name: z.string(),
        vrid: z.int(),
        holder: beforeAfter,
        problem: beforeAfter,
        rows: z.array(z.strictObject({ event, before: course, after: course, same: z.boolean() })),
      }),
    ),
    services: z.array(
      z.strictObject({
        service: z.string(),
        directors: z.array(z.string()),
        servers: z.array(z.string()).describe("Address and port."),
        tiedClients: z.strictObject({
          before: tiedClients.optional(),
          after: tiedClients.optional(),
        }),
        rows: z.array(
          z.strictObject({
            event: serverEvent,
            before: serverCourse,
            after: serverCourse,
            same: z.boolean(),
          }),
        ),
      }),
    ),
    simulated: z
      .strictObject({
        simulated: z.literal(true),
        count: count.describe("Runs of each story, before and after each."),
        seed: z.int(),
        rows: z.array(
          z.strictObject({
            event,
            scenario: z.string(),
            before: simulatedTimes,
            after: simulatedTimes,
          }),
        ),
        without: z.array(event).describe("Events for which there was no story."),
      })
      .optional(),
  })
  .meta({ title: "vipdrill what-if, version 1" });
