/**
 * SIGKILL of one of keepalived's processes, by its pid file. What its relatives then do is keepalived's
 * business and differs by version; it is noted, not demanded.
 */
import type { JsonObject } from "../../../core/json.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { inHost, inToolbox, livePids, timed, waitUntilGone, type DockerNode } from "../node.ts";
import type { Applied, FaultDriver } from "./driver.ts";
import { GONE_BOUND_SECONDS, SERVICE_TIMEOUT_MS } from "./service.ts";

/** `main.c` KEEPALIVED_PID_FILE and VRRP_PID_FILE, 2.2.7 and 2.3.4; a daemon with `-p` has its own. */
const PID_FILES = { parent: "/run/keepalived.pid", vrrp: "/run/vrrp.pid" } as const;

/** A child whose parent has died lingers for a second, and a killed one is replaced in milliseconds. */
const RELATIVES_SECONDS = 2;

export function killPartDriver(part: "parent" | "vrrp"): FaultDriver {
  return {
    look: (context) => lookAtPart(context.node, part),
    act: (context) =>
      timed(context.node.host, "kill -KILL $pid", { before: `pid=$(cat ${PID_FILES[part]})` }),
    prove: (context, before) => provePartGone(context.node, part, before),
    heal: (context) => startAgain(context.node),
  };
}

async function lookAtPart(node: DockerNode, part: "parent" | "vrrp"): Promise<JsonObject> {
  const { stdout } = await inHost(node, ["cat", PID_FILES[part]]);
  const pids = await livePids(node, "keepalived");
  const pid = Number(stdout.trim());
  return { pids, pid: pids.includes(pid) ? pid : null };
}

async function provePartGone(
  node: DockerNode,
  part: "parent" | "vrrp",
  { pid, pids }: JsonObject,
): Promise<Receipt> {
  const what = `keepalived's ${part === "parent" ? "parent" : "VRRP"} process`;
  if (typeof pid !== "number") {
    return {
      confirmed: false,
      proof: `${PID_FILES[part]} on ${node.spec.name} names no keepalived that runs`,
      facts: { before: pids ?? [] },
    };
  }
  const left = await waitUntilGone(node, [pid], GONE_BOUND_SECONDS);
  if (left.length > 0) {
    return {
      confirmed: false,
      proof: `${what} ${pid} is still alive after ${GONE_BOUND_SECONDS} s`,
      facts: { before: pids ?? [], left },
    };
  }
  const others = Array.isArray(pids) ? pids.filter((p) => p !== pid).map(Number) : [];
  const relatives =
    part === "parent" ? await waitUntilGone(node, others, RELATIVES_SECONDS) : others;
  const now = await livePids(node, "keepalived");
  return {
    confirmed: true,
    proof: `${what} ${pid} is gone; ${now.length > 0 ? `keepalived runs as ${now.join(", ")}` : "no keepalived runs"}`,
    facts: { before: pids ?? [], relatives, pids: now },
  };
}

/**
 * A start while a child of the killed parent is alive says that the daemon runs already, exits with 0, and
 * nothing is started (2.2.7, 2.3.3, 2.3.4); so what lingers is waited for, and what stays is ended.
 */
async function startAgain(node: DockerNode): Promise<Applied & { receipt: Receipt }> {
  const { pid, pids } = await lookAtPart(node, "parent");
  if (pid !== null) {
    const done = await timed(node.host, "true");
    return { ...done, receipt: await proveWhole(node) };
  }
  const left = Array.isArray(pids) ? pids.map(Number) : [];
  const stays = await waitUntilGone(node, left, GONE_BOUND_SECONDS);
  if (stays.length > 0) {
    await inToolbox(node, `kill -TERM ${stays.join(" ")} || true`);
    await waitUntilGone(node, stays, GONE_BOUND_SECONDS);
  }
  const started = await timed(node.host, "service keepalived start >/dev/null </dev/null", {
    timeoutMs: SERVICE_TIMEOUT_MS,
  });
  return { ...started, receipt: await proveWhole(node) };
}

/** The parent may be about to start its child: after a child's second death it waits (`-R` aside). */
async function proveWhole(node: DockerNode): Promise<Receipt> {
  let pids = await livePids(node, "keepalived");
  for (let look = 0; pids.length < 2 && look < WHOLE_LOOKS; look += 1) {
    await inToolbox(node, "sleep 0.1");
    pids = await livePids(node, "keepalived");
  }
  const confirmed = pids.length >= 2;
  const runs = pids.length > 0 ? `keepalived runs as ${pids.join(", ")}` : "no keepalived runs";
  return {
    confirmed,
    proof: confirmed ? runs : `${runs}: not a parent with a child`,
    facts: { pids },
  };
}

const WHOLE_LOOKS = 40;
