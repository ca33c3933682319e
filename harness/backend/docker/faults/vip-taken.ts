/** A foreign host configures the VIP and announces it. */
import type { Receipt } from "../../../fault/receipt.ts";
import { parseAddressDump } from "../../../observe/netlink.ts";
import { executeOk } from "../exec.ts";
import { inToolbox, timed } from "../node.ts";
import type { Stranger } from "../stranger.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";

export function vipTakenDriver(): FaultDriver {
  let taken = false;
  return {
    look: () => Promise.resolve({}),
    act: async (context) => {
      const stranger = await context.stranger();
      // Three announcements, a second apart; the first leaves at once.
      const announce = `arping -c 3 -U -I ${stranger.interface} ${context.vip} >/dev/null 2>&1 &`;
      const done = await timed(
        stranger.container,
        `ip address add ${place(context, stranger)} && { ${announce} sleep 0.05; }`,
      );
      // Refused when an earlier step has put it there.
      taken = done.exitCode === 0;
      return done;
    },
    prove: (context) => prove(context, taken),
    heal: async (context) => {
      const stranger = await context.stranger();
      // What was there before is not ours to take away.
      const command = taken ? `ip address del ${place(context, stranger)}` : "true";
      const done = await timed(stranger.container, command);
      const held = await holds(context, stranger);
      const proof = `the foreign host ${held ? "still has" : "does not have"} ${context.vip}`;
      return { ...done, receipt: { confirmed: held !== taken, proof, facts: { held } } };
    },
  };
}

function place(context: FaultContext, stranger: Stranger): string {
  return `${context.vip}/${context.prefixLength} dev ${stranger.interface}`;
}

async function holds(context: FaultContext, stranger: Stranger): Promise<boolean> {
  const dump = await executeOk(stranger.container, "a look at the foreign host's addresses", [
    "ip",
    "-o",
    "-4",
    "address",
    "show",
  ]);
  return parseAddressDump(dump).includes(context.vip);
}

/** Who answers for the VIP is asked of the segment first: a foreign host that was never made has no answer. */
async function prove(context: FaultContext, taken: boolean): Promise<Receipt> {
  const { peer, nodes, vip } = context;
  const answers = await inToolbox(
    peer,
    `arping -b -c 2 -i 1 -w 3 -I ${peer.spec.interface} ${vip} || true`,
  );
  const macs = [...answers.matchAll(/reply from \S+ \[([0-9A-Fa-f:]+)\]/g)].map((match) =>
    (match[1] ?? "").toLowerCase(),
  );
  const own = new Set(nodes.map((node) => node.mac.toLowerCase()));
  const foreign = [...new Set(macs)].filter((mac) => !own.has(mac));
  const facts = { answered: [...new Set(macs)] };
  if (foreign.length === 0) {
    return { confirmed: false, proof: `no foreign host answered ARP for ${vip}`, facts };
  }
  if (!taken) {
    const proof = `${foreign.join(" and ")} had ${vip} before the fault`;
    return { confirmed: false, proof, facts };
  }
  const stranger = await context.stranger();
  const confirmed =
    foreign.includes(stranger.mac.toLowerCase()) && (await holds(context, stranger));
  const proof = confirmed
    ? `the foreign host has ${vip} and answers ARP for it with ${stranger.mac}`
    : `${foreign.join(" and ")} answered ARP for ${vip}, which is not the foreign host`;
  return { confirmed, proof, facts };
}
