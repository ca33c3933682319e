/**
 * Delays VRRP packets alone: a `prio` queue at the root, `netem` in a band of its own, and a filter that
 * puts IP protocol 112 there. Tried as far as the kernels at hand allow: none of them has `sch_netem`, so the
 * commands follow tc-prio(8), tc-netem(8) and tc-u32(8), and the reading of `tc -s` follows its documented form.
 */
import type { Us } from "../../../core/time.ts";
import { inToolbox, timed } from "../node.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";
import { sendProbe } from "./probe.ts";

/** Ours; the kernel gives handles from 8000: on to queues without one (`sch_api.c:qdisc_alloc_handle`). */
const ROOT = "7d";
const LATE = "7e";
/** Adverts come at most some hundred a second; netem's own default is 1,000 packets. */
const LIMIT = 10_000;

export function advertsDelayedDriver(delayUs: Us): FaultDriver {
  let wasThere = false;
  return {
    look: async (context) => {
      const before = await queues(context);
      wasThere = packetsOf(before) !== undefined;
      return { queues: before };
    },
    act: (context) =>
      timed(
        context.node.toolbox,
        // What an earlier step has put there is neither changed nor taken away.
        wasThere ? "true" : delayCommands(context.node.spec.interface, delayUs).join(" &&\n"),
      ),
    prove: async (context, before) => {
      if (wasThere) {
        const proof = `adverts of ${context.node.spec.name} were delayed before the fault`;
        return { confirmed: false, proof, facts: before };
      }
      await sendProbe(context.node);
      const seen = packetsOf(await queues(context));
      return {
        confirmed: seen !== undefined && seen > 0,
        proof:
          seen === undefined
            ? "our netem queue is not on the interface"
            : `${seen} packets have gone into our netem queue`,
        facts: { packets: seen ?? -1 },
      };
    },
    heal: async (context) => {
      const device = context.node.spec.interface;
      const done = await timed(
        context.node.toolbox,
        wasThere ? "true" : `tc qdisc del dev ${device} root handle ${ROOT}:`,
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
