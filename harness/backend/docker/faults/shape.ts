/**
 * Queues on the node's interface (tc(8)) that hold back or limit what it sends. A queue is the root one and
 * has a handle of ours; undoing deletes that handle and nothing else. Containers have none of their own
 * (`noqueue`), so nothing is replaced; where there is one, adding fails and the receipt says so.
 *
 * Where the kernel has no netem, the link emulator delays instead (`emulator.ts`). The netem drivers themselves were
 * never run: the kernels at hand have no `sch_netem`. Their commands are tested as text.
 */
import type { JsonObject } from "../../../core/json.ts";
import type { Us } from "../../../core/time.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import {
  complaintOf,
  emulatorCounts,
  emulatorWords,
  endEmulator,
  lacksQueue,
  startEmulator,
  type Emulation,
} from "../emulator.ts";
import { inToolbox, timed, type TimedCommand } from "../node.ts";
import { burstFor, sendBurst } from "./burst.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";

export type Shape =
  | { readonly kind: "delay"; readonly delayUs: Us; readonly jitterUs: Us }
  | { readonly kind: "reorder"; readonly share: number; readonly byUs: Us }
  | { readonly kind: "rate"; readonly bitsPerSecond: number };

/** "vd"; the number before the colon is hexadecimal (tc(8)). */
const HANDLE = "7664:";
/** netem drops what does not fit; its default of 1000 packets is 0.2 s at 5000 packets a second (tc-netem(8)). */
const NETEM_LIMIT_PACKETS = 100_000;
/** Two full frames, without which tbf lets nothing pass. */
const BUCKET_BYTES_MIN = 3200;
/** The bucket is filled at timer ticks, at worst 100 a second (tc-tbf(8) on `burst`). */
const TICKS_PER_SECOND = 100;
/** Longest wait in the queue; what would wait longer is dropped. */
const QUEUE_MS = 400;
const PROBE_BYTES = 1400;
const PINGS = 10;
/** At most 10 s of pings. */
const PINGS_MAX = 500;

/** The words of `tc qdisc add dev IFACE root handle HANDLE ...`. */
export function queueText(shape: Shape): string {
  switch (shape.kind) {
    case "delay": {
      const jitter = shape.jitterUs === 0 ? "" : ` ${shape.jitterUs}us`;
      return `netem limit ${NETEM_LIMIT_PACKETS} delay ${shape.delayUs}us${jitter}`;
    }
    case "reorder":
      // What netem calls reordered is what leaves at once, ahead of all that waits (tc-netem(8)).
      return `netem limit ${NETEM_LIMIT_PACKETS} delay ${shape.byUs}us reorder ${percent(1 - shape.share)}%`;
    case "rate":
      return `tbf rate ${shape.bitsPerSecond}bit burst ${bucketBytes(shape.bitsPerSecond)} latency ${QUEUE_MS}ms`;
  }
}

function percent(share: number): number {
  return Number((share * 100).toPrecision(8));
}

export function bucketBytes(bitsPerSecond: number): number {
  return Math.max(BUCKET_BYTES_MIN, Math.ceil(bitsPerSecond / 8 / TICKS_PER_SECOND));
}

/** The same without netem; a limited rate needs none. */
export function emulationOf(shape: Shape, device: string): Emulation | undefined {
  switch (shape.kind) {
    case "delay":
      return { device, share: 1, delayUs: shape.delayUs, jitterUs: shape.jitterUs };
    case "reorder":
      return { device, share: shape.share, delayUs: shape.byUs, jitterUs: 0 };
    case "rate":
      return undefined;
  }
}

/** What carries out the fault, or the reason why nothing does. */
type Means = { readonly by: "kernel" | "emulator" } | { readonly reason: string };

export function shapeDriver(shape: Shape): FaultDriver {
  let means: Means = { reason: "it was not set up" };
  return {
    look: async (context) => ({ ...(await look(context, shape)) }),
    act: async (context) => {
      const begun = await begin(context, shape);
      means = begun.means;
      return begun.done;
    },
    prove: async (context, before) =>
      "by" in means
        ? prove(context, shape, before, means.by)
        : { confirmed: false, proof: means.reason, facts: before },
    heal: async (context) => {
      if ("by" in means && means.by === "emulator") return endEmulator(context.node.wire);
      const applied = "by" in means;
      const device = context.node.spec.interface;
      const facts = { queue: await ownQueue(context) };
      // What was there before is not ours to take away.
      const command = applied ? `tc qdisc del dev ${device} root handle ${HANDLE}` : "true";
      const done = await timed(context.node.toolbox, command);
      const isLeft = applied && (await ownQueue(context)) !== null;
      const proof = isLeft ? `queue ${HANDLE} is still there` : `queue ${HANDLE} of ours is gone`;
      return { ...done, receipt: { confirmed: !isLeft, proof, facts } };
    },
  };
}

async function begin(
  { node }: FaultContext,
  shape: Shape,
): Promise<{ readonly done: TimedCommand; readonly means: Means }> {
  const device = node.spec.interface;
  const done = await timed(
    node.toolbox,
    `tc qdisc add dev ${device} root handle ${HANDLE} ${queueText(shape)}`,
  );
  if (done.exitCode === 0) return { done, means: { by: "kernel" } };
  const emulation = emulationOf(shape, device);
  if (emulation === undefined || !lacksQueue(done.stderr)) return { done, means: refused(done) };
  const started = await startEmulator(node.wire, emulation);
  return { done: started, means: started.exitCode === 0 ? { by: "emulator" } : refused(started) };
}

function refused({ stderr }: TimedCommand): Means {
  return { reason: `it could not be set up: ${complaintOf(stderr)}` };
}

interface Before extends JsonObject {
  readonly taken: boolean;
  readonly shortestMs: number | null;
}

async function look(context: FaultContext, shape: Shape): Promise<Before> {
  const taken = (await ownQueue(context)) !== null;
  const times = shape.kind === "rate" ? [] : await roundTripsMs(context, PINGS);
  return { taken, shortestMs: times.length === 0 ? null : Math.min(...times) };
}

async function prove(
  context: FaultContext,
  shape: Shape,
  before: JsonObject,
  by: "kernel" | "emulator",
): Promise<Receipt> {
  if (before["taken"] === true) {
    return { confirmed: false, proof: "a queue of ours was there before", facts: before };
  }
  if (by === "kernel" && (await ownQueue(context)) === null) {
    return { confirmed: false, proof: "our queue is not there", facts: before };
  }
  switch (shape.kind) {
    case "rate":
      return proveRate(context, shape.bitsPerSecond);
    case "delay":
      return byMeans(context, by, await proveDelay(context, shape, before));
    case "reorder":
      return byMeans(context, by, await proveReorder(context, shape));
  }
}

/** Which of the two delays, and what the emulator has counted; without its counters nothing is confirmed. */
async function byMeans(
  { node }: FaultContext,
  by: "kernel" | "emulator",
  { confirmed, proof, facts }: Receipt,
): Promise<Receipt> {
  if (by === "kernel") return { confirmed, proof: `${proof}, by netem`, facts: { ...facts, by } };
  const counts = await emulatorCounts(node.wire);
  if (counts === undefined) {
    return { confirmed: false, proof: "the link emulator is not there", facts: { ...facts, by } };
  }
  return {
    confirmed: confirmed && counts.sent > 0,
    proof: `${proof}, by a link emulator: ${emulatorWords(counts)}`,
    facts: { ...facts, by, ...counts },
  };
}

async function proveRate(context: FaultContext, bitsPerSecond: number): Promise<Receipt> {
  const probes = Math.ceil((2 * bucketBytes(bitsPerSecond)) / PROBE_BYTES) + 10;
  await sendBurst(context.node, probes, PROBE_BYTES);
  const queue = await ownQueue(context);
  const held = (queue?.overlimits ?? 0) + (queue?.drops ?? 0);
  return {
    confirmed: held > 0,
    proof: `${queue?.overlimits ?? 0} times a packet had to wait, ${queue?.drops ?? 0} were dropped`,
    facts: { probes, queue },
  };
}

async function proveDelay(
  context: FaultContext,
  { delayUs, jitterUs }: Extract<Shape, { kind: "delay" }>,
  before: JsonObject,
): Promise<Receipt> {
  const times = await roundTripsMs(context, PINGS);
  const shortestMs = times.length === 0 ? null : Math.min(...times);
  const beforeMs = before["shortestMs"];
  const wantedMs = (0.9 * (delayUs - jitterUs)) / 1000;
  const grownMs =
    shortestMs === null || typeof beforeMs !== "number" ? undefined : shortestMs - beforeMs;
  return {
    confirmed: grownMs !== undefined && grownMs >= wantedMs,
    proof:
      grownMs === undefined
        ? `${context.peer.spec.name} did not answer, so no delay could be measured`
        : `the shortest round trip has grown by ${grownMs.toFixed(1)} ms`,
    facts: { ...before, shortestAfterMs: shortestMs },
  };
}

/** Some answers are late, and some are not. */
async function proveReorder(
  context: FaultContext,
  { share, byUs }: Extract<Shape, { kind: "reorder" }>,
): Promise<Receipt> {
  const times = await roundTripsMs(context, Math.min(burstFor(share), PINGS_MAX));
  const late = times.filter((ms) => ms >= (0.9 * byUs) / 1000).length;
  return {
    confirmed: late > 0 && late < times.length,
    proof: `${late} of ${times.length} answers were late`,
    facts: { late, answers: times.length },
  };
}

/** To the other node and back, of every answer that came. */
async function roundTripsMs({ node, peer }: FaultContext, count: number): Promise<number[]> {
  const ping = `ping -n -c ${count} -i 0.02 -w 15 -I ${node.spec.interface} ${peer.spec.address}`;
  const text = await inToolbox(node, `${ping} 2>/dev/null || true`);
  return [...text.matchAll(/ time=([\d.]+) ms/g)].map((match) => Number(match[1]));
}

interface Queue extends JsonObject {
  readonly kind: string;
  readonly overlimits: number;
  readonly drops: number;
}

/** Of our handle; nothing when there is none. */
async function ownQueue({ node }: FaultContext): Promise<Queue | null> {
  const text = await inToolbox(
    node,
    `tc -s -j qdisc show dev ${node.spec.interface} 2>/dev/null || echo '[]'`,
  );
  return queueIn(text);
}

/** In the words of `tc -s -j qdisc show` (iproute2). */
export function queueIn(json: string): Queue | null {
  const queues = JSON.parse(json) as readonly (Queue & { readonly handle?: string })[];
  const own = queues.find(({ handle }) => handle === HANDLE);
  if (own === undefined) return null;
  return { kind: own.kind, overlimits: own.overlimits, drops: own.drops };
}
