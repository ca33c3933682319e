/**
 * Edits of a node's keepalived.conf, and letting keepalived take them. The file is rewritten in place,
 * so that its owner, its mode and a link to it stay as they are.
 */
import type { JsonObject } from "../../../core/json.ts";
import { refused, restored, type Edited } from "../../../fault/edit.ts";
import { applyOf, planEdit, type ConfigFault } from "../../../fault/edit-plan.ts";
import type { Apply } from "../../../fault/operator/keepalived-reconfigured.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { KEEPALIVED_CONF } from "../../../topology/topology.ts";
import { inHost, inToolbox, livePids, timed, type DockerNode } from "../node.ts";
import type { Applied, FaultContext, FaultDriver } from "./driver.ts";
import { SERVICE_TIMEOUT_MS } from "./service.ts";

/** What was written, and over what; nothing when the text could not be edited. */
interface Written {
  readonly earlier: string;
  readonly text: string;
}

export function configDriver(fault: ConfigFault): FaultDriver {
  const apply = applyOf(fault);
  let plan: Edited | undefined;
  let earlier = "";
  return {
    look: async ({ node, topology }) => {
      const found = await readConf(node);
      earlier = found ?? "";
      plan = planOf(found, (text) => planEdit(fault, { name: node.spec.name, text, topology }));
      return lookAtDaemon(node);
    },
    act: async ({ node }) => {
      if (plan?.kind !== "edited") return timed(node.host, "true");
      return rewrite(node, plan.text, apply);
    },
    prove: async ({ node }, before) => {
      if (plan?.kind !== "edited") return refusal(node, plan?.why ?? "it was not looked at");
      return proveTaken(node, { apply, text: plan.text }, before);
    },
    heal: async (context) => {
      if (plan?.kind !== "edited") {
        const done = await timed(context.node.host, "true");
        const proof = "nothing was changed, so nothing is undone";
        return { ...done, receipt: { confirmed: true, proof, facts: {} } };
      }
      return putBack(context, { earlier, text: plan.text }, apply);
    },
  };
}

function refusal(node: DockerNode, why: string): Receipt {
  const proof = `${KEEPALIVED_CONF} on ${node.spec.name} was not edited: ${why}`;
  return { confirmed: false, proof, facts: {} };
}

/** Nothing when it cannot be read. */
async function readConf(node: DockerNode): Promise<string | undefined> {
  const { exitCode, stdout } = await inHost(node, ["cat", KEEPALIVED_CONF]);
  return exitCode === 0 ? stdout : undefined;
}

/** Bytes that are no UTF-8 would not come back as they were. */
function planOf(text: string | undefined, plan: (text: string) => Edited): Edited {
  if (text === undefined) return refused("there is no such file");
  return text.includes("\uFFFD") ? refused("it is not UTF-8") : plan(text);
}

/** A text that keepalived cannot run with ends it at a reload, so it may have to be started. */
const APPLY: Readonly<Record<Apply, string>> = {
  reload: "service keepalived reload >/dev/null 2>&1 </dev/null",
  restart: "service keepalived restart >/dev/null 2>&1 </dev/null",
  none: "true",
};

function rewrite(node: DockerNode, text: string, apply: Apply): Promise<Applied> {
  return timed(node.host, `cat >${KEEPALIVED_CONF} && ${APPLY[apply]}`, {
    input: text,
    timeoutMs: SERVICE_TIMEOUT_MS,
  });
}

async function lookAtDaemon(node: DockerNode): Promise<JsonObject> {
  return { pids: await livePids(node, "keepalived"), reloads: await countReloads(node) };
}

/** Lines of the VRRP process, of which every reload makes one (`vrrp_daemon.c:reload_vrrp_thread`, 2.2.7). */
async function countReloads(node: DockerNode): Promise<number> {
  const { stdout } = await inHost(node, [
    "grep",
    "-c",
    "Keepalived_vrrp.*: Reloading$",
    "/var/log/syslog",
  ]);
  return Number(stdout.trim() || 0);
}

/** A reload was logged 7 ms after its command at the latest; syslog and a loaded machine take longer. */
const TAKEN_LOOKS = 50;
const LOOK_SECONDS = 0.1;

interface Wanted {
  readonly text: string;
  readonly apply: Apply;
}

async function proveTaken(
  node: DockerNode,
  { text, apply }: Wanted,
  before: JsonObject,
): Promise<Receipt> {
  const hasText = (await readConf(node)) === text;
  if (!hasText) {
    const proof = `${KEEPALIVED_CONF} on ${node.spec.name} does not have the new text`;
    return { confirmed: false, proof, facts: { before } };
  }
  let after = await lookAtDaemon(node);
  for (let look = 0; !isTaken(apply, before, after) && look < TAKEN_LOOKS; look += 1) {
    await inToolbox(node, `sleep ${LOOK_SECONDS}`);
    after = await lookAtDaemon(node);
  }
  const confirmed = isTaken(apply, before, after);
  return {
    confirmed,
    proof: `${KEEPALIVED_CONF} on ${node.spec.name} has the new text, and ${takenWords(apply, confirmed, after)}`,
    facts: { before, after },
  };
}

function isTaken(apply: Apply, before: JsonObject, after: JsonObject): boolean {
  switch (apply) {
    case "none":
      return true;
    case "reload":
      return Number(after["reloads"]) > Number(before["reloads"]);
    case "restart": {
      const old = numbers(before["pids"]);
      const pids = numbers(after["pids"]);
      return pids.length > 0 && !pids.some((pid) => old.includes(pid));
    }
  }
}

function takenWords(apply: Apply, taken: boolean, after: JsonObject): string {
  const pids = numbers(after["pids"]);
  const runs = pids.length > 0 ? `it runs as ${pids.join(", ")}` : "it does not run";
  switch (apply) {
    case "none":
      return "keepalived was not told";
    case "reload":
      return `keepalived ${taken ? "logged the reload" : "logged no reload"}; ${runs}`;
    case "restart":
      return `keepalived ${taken ? "was restarted" : "was not restarted"}; ${runs}`;
  }
}

async function putBack(
  { node }: FaultContext,
  { earlier, text }: Written,
  apply: Apply,
): Promise<Applied & { receipt: Receipt }> {
  const wanted = restored((await readConf(node)) ?? "", text, earlier);
  if (wanted === undefined) {
    const done = await timed(node.host, "true");
    const proof = `somebody else has changed the same place of ${KEEPALIVED_CONF} on ${node.spec.name}`;
    return { ...done, receipt: { confirmed: false, proof, facts: {} } };
  }
  const before = await lookAtDaemon(node);
  const isDown = apply !== "none" && numbers(before["pids"]).length === 0;
  const command = isDown ? "service keepalived start >/dev/null </dev/null" : APPLY[apply];
  const done = await timed(node.host, `cat >${KEEPALIVED_CONF} && ${command}`, {
    input: wanted,
    timeoutMs: SERVICE_TIMEOUT_MS,
  });
  const how = isDown ? "restart" : apply;
  const receipt = await proveTaken(node, { text: wanted, apply: how }, before);
  return { ...done, receipt };
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "number") : [];
}
