/** Driver that freezes all processes of a node and, if asked to, its network with them. */
import { messageOf } from "../../../core/errors.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { timed, type DockerNode } from "../node.ts";
import { closeShells } from "../shell.ts";
import type { Applied, FaultContext, FaultDriver } from "./driver.ts";
import { byEngine } from "./node-engine.ts";
import { NETWORK_FAMILY, networkCut, networkDropped } from "./node-network.ts";
import { processesOf } from "./node-processes.ts";
import { isTableThere, tableName, tableText } from "./table.ts";

/** On control groups of version 1 a freeze fails now and then on a busy machine ("unable to freeze"). */
const PAUSE_ATTEMPTS = 10;
/** mysqld alone has threads that wake up ten times a second (the page cleaner, timers). */
const STILL_MS = 500;

export function pauseDriver(network: "answers" | "silent"): FaultDriver {
  const silent = network === "silent";
  let done = false;
  return {
    look: async ({ node }) => ({ paused: await isPaused(node) }),
    act: async (context) => {
      const { node } = context;
      // Pausing what is paused is an error of the engine's, and not ours to undo; the receipt tells it.
      done = !(await isPaused(node));
      if (!done) return timed(node.wire, "true");
      const table = tableText(NETWORK_FAMILY, tableName(context), networkCut(context));
      const cut = silent ? `nft -f - <<'RULES'\n${table}RULES` : undefined;
      return byEngine(node, () => pause(node), cut);
    },
    prove: async (context, before) => {
      const { node } = context;
      if (before["paused"] === true) {
        return {
          confirmed: false,
          proof: `${node.spec.name} was paused already`,
          facts: { before },
        };
      }
      const still = await proveStill(node, true);
      if (!silent) return still;
      const dropped = await networkDropped(context);
      const cut = dropped.in > 0 && dropped.out > 0;
      return {
        confirmed: still.confirmed && cut,
        proof: `${still.proof}; ${cut ? "probes are dropped both ways" : "probes are not dropped both ways"}`,
        facts: { ...still.facts, dropped },
      };
    },
    heal: async (context) => {
      if (done) return goOn(context, silent);
      const receipt = { confirmed: true, proof: "there was nothing to undo", facts: {} };
      return { ...(await timed(context.node.wire, "true")), receipt };
    },
  };
}

async function goOn(
  context: FaultContext,
  silent: boolean,
): Promise<Applied & { readonly receipt: Receipt }> {
  const { node } = context;
  // A machine that goes on has its network at once; what it says first must get out.
  const restore = silent ? `nft delete table ${NETWORK_FAMILY} ${tableName(context)}` : ":";
  const thawed = (await isPaused(node))
    ? await byEngine(node, () => node.container.unpause(), restore)
    : await timed(node.wire, restore);
  const moving = await proveStill(node, false);
  if (!silent) return { ...thawed, receipt: moving };
  const isCut = await isTableThere(context, NETWORK_FAMILY);
  return {
    ...thawed,
    receipt: {
      confirmed: moving.confirmed && !isCut,
      proof: `${moving.proof}; its frames are ${isCut ? "still" : "no longer"} dropped`,
      facts: moving.facts,
    },
  };
}

async function pause({ container, host }: DockerNode): Promise<void> {
  closeShells(host);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await container.pause();
      return;
    } catch (error) {
      if (attempt === PAUSE_ATTEMPTS || !/unable to freeze/.test(messageOf(error))) throw error;
    }
  }
}

async function isPaused(node: DockerNode): Promise<boolean> {
  return (await node.container.inspect()).State.Paused;
}

/** The engine's word, and that no thread of the node was given the processor meanwhile (or that some were). */
async function proveStill(node: DockerNode, wanted: boolean): Promise<Receipt> {
  const before = await switchesOf(node);
  await new Promise((resolve) => setTimeout(resolve, STILL_MS));
  const after = await switchesOf(node);
  const paused = await isPaused(node);
  const switches = after.switches - before.switches;
  return {
    confirmed: paused === wanted && (switches === 0) === wanted,
    proof:
      `${node.spec.name} is ${paused ? "" : "not "}paused, and its ${after.processes} processes were scheduled ` +
      `${switches} times in ${STILL_MS} ms`,
    facts: { paused, processes: after.processes, switches },
  };
}

async function switchesOf(node: DockerNode): Promise<{ processes: number; switches: number }> {
  // Those that the engine sees: of a node with a kernel of its own, that kernel.
  const all = await processesOf(node.wire, node.spec.name);
  return {
    processes: all.length,
    switches: all.reduce((sum, { switches }) => sum + switches, 0),
  };
}
