/**
 * What a scenario from outside must look like. Catalogue scenarios are checked by the compiler; a
 * user's file and a stored run are checked here, and the first thing that is wrong is said.
 */
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { CAPABILITIES, type Capability } from "../fault/definition.ts";
import { targetOf } from "../fault/facts.ts";
import { FAULTS, type PlainFault } from "../fault/fault.ts";
import { CONDITIONS, isFaultStep, isHealStep, type Step } from "../fault/schedule.ts";
import { formatLocation } from "../keepalived/location.ts";
import { resolveTopology, type ResolvedTopology } from "../topology/resolve.ts";
import { diagnosticsOf } from "../topology/routers.ts";
import { KERNEL_FEATURES, type Topology } from "../topology/topology.ts";
import type { Scenario } from "./scenario.ts";

const us = z.number().int().nonnegative();
const name = z.string().min(1);

const KINDS = Object.keys(FAULTS) as [PlainFault["kind"], ...PlainFault["kind"][]];
/** Each kind has its own schema; the kind is looked at first, so that the message is about the right one. */
const plainFault = z.looseObject({ kind: z.enum(KINDS) }).superRefine((value, context) => {
  const parsed = FAULTS[value.kind].schema.safeParse(value);
  for (const issue of parsed.error?.issues ?? []) {
    context.addIssue({ code: "custom", message: issue.message, path: [...issue.path] });
  }
});

const sabotaged = z.strictObject({ kind: z.literal("sabotaged"), fault: plainFault });

const fault = z
  .looseObject({ kind: z.enum([...KINDS, "sabotaged"]) })
  .superRefine((value, context) => {
    const parsed =
      value.kind === "sabotaged" ? sabotaged.safeParse(value) : plainFault.safeParse(value);
    for (const issue of parsed.error?.issues ?? []) {
      context.addIssue({ code: "custom", message: issue.message, path: [...issue.path] });
    }
  });

const trigger = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("after"), delayUs: us, jitterUs: us.optional() }),
  z.strictObject({
    kind: z.literal("when"),
    condition: z.enum(CONDITIONS),
    boundUs: us,
    thenUs: us.optional(),
  }),
]);

const step = z
  .strictObject({ id: name, when: trigger, fault: fault.optional(), heal: name.optional() })
  .refine(
    (value) => value.fault === undefined || value.heal === undefined,
    "a step injects or heals, not both",
  );

const hostPart = z.number().int().min(2).max(249);
const topologyNode = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, "a node's name is a host name: a-z, 0-9, -"),
  hostPart,
  interface: z.literal("eth0", "the interface of a lab host is eth0"),
  mysql: z
    .strictObject({
      serverId: z.number().int().positive(),
      autoIncrementOffset: z.number().int().positive(),
      autoIncrementIncrement: z.number().int().positive(),
      semiSync: z.strictObject({ timeoutMs: z.number().int().positive() }).optional(),
      settings: z.array(name).optional(),
      dataDiskMb: z.number().int().min(64, "a MySQL data directory needs 64 MB").optional(),
    })
    .optional(),
  keepalived: z.string("expected the text of keepalived.conf").min(1).optional(),
  files: z.array(
    z.strictObject({ path: z.string().startsWith("/"), mode: z.number().int(), text: z.string() }),
  ),
  kernel: z.array(z.enum(KERNEL_FEATURES)).optional(),
  realServer: z.strictObject({ vip: name, arp: z.enum(["muted", "answers"]) }).optional(),
});

const topology = z.strictObject({
  name,
  nodes: z.array(topologyNode).min(2, "a drill needs at least two nodes"),
  vips: z.array(z.strictObject({ name, hostPart })).min(1, "a drill needs a virtual IP"),
  vrids: z.array(name),
  replication: z.array(z.strictObject({ source: name, replica: name })),
  monitors: z
    .array(
      z.strictObject({
        name,
        everyUs: us.min(100_000, "the shortest period of a monitor is 0.1 s"),
        script: name,
      }),
    )
    .optional(),
});

const versions = z.strictObject({
  keepalived: z.array(name).optional(),
  mysqld: z.array(z.enum(["mysql", "mariadb"])).optional(),
});

const json: z.ZodType<Json> = z.json();
const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), json);

const scenario = z.strictObject({
  name: z.string().regex(/^[\w.-]+\/[\w.-]+$/, "a scenario's name is ROW/STORY"),
  title: name,
  why: name,
  topology,
  workload: z.strictObject({
    cadenceUs: us.min(1000, "the shortest cadence is 1 ms"),
    connectDeadlineUs: us.positive(),
    operationDeadlineUs: us.positive(),
    healthCadenceUs: us.min(10_000, "the shortest health cadence is 10 ms"),
    direct: z.boolean().exactOptional(),
  }),
  warmUpUs: us,
  disturb: z.array(step),
  recover: z.array(step),
  expect: z
    .array(
      z.strictObject({
        checker: name,
        verdict: z.enum(["pass", "fail", "inconclusive"]),
        with: jsonObject.optional(),
        facts: jsonObject.optional(),
        because: z.string().optional(),
        on: versions.optional(),
      }),
    )
    .min(1, "a scenario that expects nothing proves nothing"),
  canary: z
    .strictObject({ mustComeOut: z.enum(["unexpected", "inconclusive"]), caughtBy: name })
    .optional(),
  settlesTo: z.enum(["one-holder", "services-started"]).optional(),
  needs: z.array(z.enum(Object.keys(CAPABILITIES) as [Capability, ...Capability[]])).optional(),
  only: versions.optional(),
  promises: z
    .array(
      z.strictObject({
        promise: name,
        comesOut: z.enum(["kept", "broken", "kept-only-if"]),
        note: z.string().optional(),
      }),
    )
    .optional(),
});

/** The value as a scenario. Throws `SCENARIO_INVALID` with the first thing that is wrong. */
export function parseScenario(value: unknown, where: string): Scenario {
  const parsed = scenario.safeParse(value);
  if (parsed.success) return checkReferences(value as Scenario, where);
  const issue = parsed.error.issues[0];
  const path = issue?.path.map(String).join(".") ?? "";
  throw new InputError(
    "SCENARIO_INVALID",
    `${where}: ${path === "" ? "the scenario" : path}: ${issue?.message ?? "is not valid"}`,
  );
}

/** Names that point at nothing would only show when the cluster is up. */
function checkReferences(value: Scenario, where: string): Scenario {
  const known = new Set(value.topology.nodes.map((item) => item.name));
  const used = [
    ...value.topology.replication.flatMap((edge) => [edge.source, edge.replica]),
    ...[...value.disturb, ...value.recover].filter(isFaultStep).flatMap((item) => {
      const target = targetOf(item.fault);
      return target !== undefined && "name" in target ? [target.name] : [];
    }),
  ];
  const unknown = used.find((item) => !known.has(item));
  const wrong =
    unknown === undefined
      ? contradiction(value)
      : `there is no node called ${unknown}; nodes are ${[...known].join(", ")}`;
  if (wrong !== undefined) throw new InputError("SCENARIO_INVALID", `${where}: ${wrong}`);
  return value;
}

/** Steps are told apart by their ids in receipts and in the names of firewall tables. */
function contradiction({ topology, disturb, recover }: Scenario): string | undefined {
  const ids = [...disturb, ...recover].map((item) => item.id.replaceAll(/\W/g, "_"));
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) return `two steps are called ${twice}; ids tell steps apart`;
  const lost = healedInVain(disturb) ?? healedInVain(recover);
  if (lost !== undefined) return `step ${lost} heals a step that is not before it in its phase`;
  const clash = clashing(topology);
  if (clash !== undefined) return `topology: ${clash}`;
  // Names such as @{db1.address} are looked up now, not when the cluster is being made.
  const resolved = resolveTopology(topology, {
    subnetPrefix: "198.18.0",
    prefixLength: 24,
    vrids: topology.vrids.map((_, index) => index + 1),
  });
  return unusable(resolved) ?? undrillable(resolved);
}

function healedInVain(steps: readonly Step[]): string | undefined {
  return steps.find(
    (step, index) =>
      isHealStep(step) &&
      !steps.slice(0, index).some((other) => other.id === step.heal && isFaultStep(other)),
  )?.id;
}

/** Places of the observer, and names with a meaning of their own in texts. */
const RESERVED: ReadonlySet<string> = new Set([
  "client",
  "segment",
  "observer",
  "stranger",
  "prefix",
]);

function clashing({ nodes, vips }: Topology): string | undefined {
  const twice = <T>(items: readonly T[]): T | undefined =>
    items.find((item, index) => items.indexOf(item) !== index);
  const names = [...nodes, ...vips].map((item) => item.name);
  const name = twice(names);
  if (name !== undefined) return `two of its nodes and VIPs are called ${name}`;
  const reserved = names.find((item) => RESERVED.has(item));
  if (reserved !== undefined) return `${reserved} cannot be the name of a node or a VIP`;
  const part = twice([...nodes, ...vips].map((item) => item.hostPart));
  if (part !== undefined) return `two of its nodes and VIPs have the hostPart ${part}`;
  const server = twice(nodes.flatMap(({ mysql }) => (mysql === undefined ? [] : [mysql.serverId])));
  if (server !== undefined) return `two of its servers have the serverId ${server}`;
  return undefined;
}

/** keepalived would not run with this text. */
function unusable(topology: ResolvedTopology): string | undefined {
  for (const node of topology.nodes) {
    const fatal = diagnosticsOf(node).find((diagnostic) => diagnostic.severity === "fatal");
    if (fatal === undefined) continue;
    return `${node.name}:${formatLocation(fatal.at)}: ${fatal.message}; ${fatal.effect}`;
  }
  return undefined;
}

function undrillable({ routers, vips }: ResolvedTopology): string | undefined {
  const [router, second] = routers;
  if (router === undefined) return "topology: no keepalived.conf has a vrrp_instance";
  if (second !== undefined) {
    return `topology: this version drills exactly one virtual router; VRIDs ${router.vrid} and ${second.vrid} are in use`;
  }
  if (router.members.length < 2) {
    return `topology: ${router.name} is on one node only; a virtual router needs at least two members`;
  }
  const stray = router.vips.find((vip) => !vips.some((own) => own.address === vip.address));
  if (stray === undefined) return undefined;
  return `topology: ${router.name} has the address ${stray.address}, which is none of the topology's vips; write @{NAME} for one of them`;
}
