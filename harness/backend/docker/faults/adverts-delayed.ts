/**
 * Delays VRRP packets alone: a `prio` queue at the root, `netem` in a band of its own, and a filter that
 * puts IP protocol 112 there; where the kernel has no netem, the link emulator takes that protocol (`emulator.ts`).
 * The queues were never run: no kernel at hand has `sch_netem`. Their commands follow tc-prio(8), tc-netem(8) and
 * tc-u32(8), and the reading of `tc -s` follows its documented form.
 */
import type { Us } from "../../../core/time.ts";
import {
  complaintOf,
  emulatorCounts,
  emulatorWords,
  endEmulator,
  lacksQueue,
  startEmulator,
} from "../emulator.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { inToolbox, timed, type TimedCommand } from "../node.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";
import { sendProbe } from "./probe.ts";

/** Ours; the kernel gives handles from 8000: on to queues without one (`sch_api.c:qdisc_alloc_handle`). */
const ROOT = "7d";
const LATE = "7e";
/** Adverts come at most some hundred a second; netem's own default is 1,000 packets. */
const LIMIT = 10_000;

/** In the words of nft. */
const ADVERTS = "ip protocol 112";

export function advertsDelayedDriver(delayUs: Us): FaultDriver {
  let wasThere = false;
  let means: "kernel" | "emulator" | undefined;
  let refusal = "it was not set up";
  return {
    look: async (context) => {
      const before = await queues(context);
      wasThere = packetsOf(before) !== undefined;
      return { queues: before };
    },
    act: async (context) => {
      // What an earlier step has put there is neither changed nor taken away.
      if (wasThere) return timed(context.node.toolbox, "true");
      const { toolbox, spec } = context.node;
      const queued = await timed(toolbox, delayCommands(spec.interface, delayUs).join(" &&\n"));
      if (queued.exitCode === 0) means = "kernel";
      if (queued.exitCode === 0 || !lacksQueue(queued.stderr)) {
        refusal = complaintOf(queued.stderr);
        return queued;
      }
      const emulated = await emulate(context, delayUs);
      if (emulated.exitCode === 0) means = "emulator";
      refusal = complaintOf(emulated.stderr);
      return emulated;
    },
    prove: async (context, before) => {
      if (wasThere) {
        const proof = `adverts of ${context.node.spec.name} were delayed before the fault`;
        return { confirmed: false, proof, facts: before };
      }
      if (means === undefined) {
        return { confirmed: false, proof: `it could not be set up: ${refusal}`, facts: before };
      }
      await sendProbe(context.node);
      return means === "kernel" ? proveQueue(context) : proveEmulator(context);
    },
    heal: async (context) => {
      if (means === "emulator") return endEmulator(context.node.wire);
      const device = context.node.spec.interface;
      const done = await timed(
        context.node.toolbox,
        means === undefined ? "true" : `tc qdisc del dev ${device} root handle ${ROOT}:`,
      );
      const isGone = packetsOf(await queues(context)) === undefined;
      return {
        ...done,
        receipt: {
          confirmed: done.exitCode === 0 && isGone !== wasThere,
          proof: isGone ? "our queues are gone" : "our netem queue is still on the interface",
          facts: {},
        },
      };
    },
  };
}

/** The `prio` queue that was put there before netem was missed goes again. */
async function emulate({ node }: FaultContext, delayUs: Us): Promise<TimedCommand> {
  const { interface: device } = node.spec;
  await inToolbox(node, `tc qdisc del dev ${device} root handle ${ROOT}: 2>/dev/null || true`);
  return startEmulator(node.wire, { device, match: ADVERTS, share: 1, delayUs, jitterUs: 0 });
}

async function proveQueue(context: FaultContext): Promise<Receipt> {
  const seen = packetsOf(await queues(context));
  return {
    confirmed: seen !== undefined && seen > 0,
    proof:
      seen === undefined
        ? "our netem queue is not on the interface"
        : `${seen} packets have gone into our netem queue`,
    facts: { by: "kernel", packets: seen ?? -1 },
  };
}

async function proveEmulator({ node }: FaultContext): Promise<Receipt> {
  const counts = await emulatorCounts(node.wire);
  const facts = { by: "emulator", ...counts };
  if (counts === undefined)
    return { confirmed: false, proof: "the link emulator is not there", facts };
  return {
    confirmed: counts.taken > 0,
    proof: `${counts.taken} packets have gone into a link emulator: ${emulatorWords(counts)}`,
    facts,
  };
}

/** Band 4 is in no place of the priority map, so only the filter leads there. */
export function delayCommands(device: string, delayUs: Us): string[] {
  const map = "1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1"; // tc-prio(8), the default
  return [
    `tc qdisc add dev ${device} root handle ${ROOT}: prio bands 4 priomap ${map}`,
    `tc qdisc add dev ${device} parent ${ROOT}:4 handle ${LATE}: netem delay ${delayUs}us limit ${LIMIT}`,
    `tc filter add dev ${device} parent ${ROOT}: protocol ip prio 1 u32 match ip protocol 112 0xff flowid ${ROOT}:4`,
  ];
}

/** Packets that have left our netem queue and those that wait in it; nothing where there is none. */
export function packetsOf(listing: string): number | undefined {
  const text = listing.split(/^qdisc /m).find((part) => part.startsWith(`netem ${LATE}:`));
  if (text === undefined) return undefined;
  const sent = /Sent \d+ bytes (\d+) pkt/.exec(text)?.[1] ?? "0";
  const waiting = /backlog \S+ (\d+)p/.exec(text)?.[1] ?? "0";
  return Number(sent) + Number(waiting);
}

function queues(context: FaultContext): Promise<string> {
  return inToolbox(context.node, `tc -s qdisc show dev ${context.node.spec.interface}`);
}
