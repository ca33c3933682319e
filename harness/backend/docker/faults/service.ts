/** Drivers that end, start or restart the processes of a service. */
import type { JsonObject } from "../../../core/json.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import {
  inToolbox,
  livePids,
  PROCESS_NAMES,
  timed,
  waitUntilBuried,
  waitUntilGone,
  type DockerNode,
  type Service,
  type TimedCommand,
} from "../node.ts";
import type { FaultDriver } from "./driver.ts";

/** The kill or the stop command has returned by then; what is left is the kernel's clearing up. */
export const GONE_BOUND_SECONDS = 5;
export const SERVICE_TIMEOUT_MS = 90_000;
const FREEZE_LOOK_MS = 20;
const FREEZE_LOOKS = 50;

/** SIGKILL for every process of the service at once. */
export function killDriver(service: Service): FaultDriver {
  return {
    look: (context) => lookAtProcesses(context.node, service),
    // Frozen first, so that no child can react to its parent's death before it is killed itself.
    act: (context) =>
      timed(context.node.toolbox, "kill -STOP $pids; kill -KILL $pids", {
        before: `pids=$(pgrep -x '${PROCESS_NAMES[service]}')`,
      }),
    prove: (context, before) => proveGone(context.node, service, before),
    heal: (context) => startService(context.node, service),
  };
}

/** The service's own stop command, as an operator would give it. */
export function stopDriver(service: Service): FaultDriver {
  return {
    look: (context) => lookAtProcesses(context.node, service),
    act: (context) =>
      timed(context.node.host, `service ${service} stop >/dev/null`, {
        timeoutMs: SERVICE_TIMEOUT_MS,
      }),
    prove: (context, before) => proveGone(context.node, service, before),
    heal: (context) => startService(context.node, service),
  };
}

/** SIGSTOP for every process of the service; SIGCONT thaws them. */
export function freezeDriver(service: Service): FaultDriver {
  const signal = (node: DockerNode, name: "STOP" | "CONT"): Promise<TimedCommand> =>
    timed(node.toolbox, `kill -${name} $pids`, {
      before: `pids=$(pgrep -x '${PROCESS_NAMES[service]}')`,
    });
  // What is frozen already stays so: the fault is not confirmed, and nothing is undone.
  let wasFrozen = false;
  return {
    look: async ({ node }) => {
      const stopped = countStopped(await statesOf(node, service));
      wasFrozen = stopped > 0;
      return { stopped };
    },
    act: ({ node }) => (wasFrozen ? timed(node.toolbox, "true") : signal(node, "STOP")),
    prove: async ({ node }, before) =>
      before["stopped"] === 0
        ? proveFrozen(node, service, true)
        : {
            confirmed: false,
            proof: `${service} was frozen on ${node.spec.name} before the fault`,
            facts: before,
          },
    heal: async ({ node }) => {
      const done = wasFrozen ? await timed(node.toolbox, "true") : await signal(node, "CONT");
      return { ...done, receipt: await proveFrozen(node, service, wasFrozen) };
    },
  };
}

/** The service's own start command; an action, with nothing to undo. */
export function startDriver(service: Service): FaultDriver {
  return {
    look: (context) => lookAtProcesses(context.node, service),
    act: (context) =>
      timed(context.node.host, `service ${service} start >/dev/null`, {
        timeoutMs: SERVICE_TIMEOUT_MS,
      }),
    prove: async (context, before) => {
      const pids = (before["pids"] as readonly number[] | undefined) ?? [];
      if (pids.length === 0) return proveRunning(context.node, service);
      return {
        confirmed: false,
        proof: `${service} was running on ${context.node.spec.name} already, so nothing was started`,
        facts: { before: [...pids] },
      };
    },
  };
}

/** The service's own restart command; starts it where the restart has left it down. */
export function restartDriver(service: Service): FaultDriver {
  return {
    look: (context) => lookAtProcesses(context.node, service),
    act: (context) =>
      timed(context.node.host, `service ${service} restart >/dev/null 2>&1 </dev/null`, {
        timeoutMs: SERVICE_TIMEOUT_MS,
      }),
    prove: (context, before) => proveRestarted(context.node, service, before),
    heal: async (context) => {
      const pids = await livePids(context.node, service);
      if (pids.length === 0) return startService(context.node, service);
      const done = await timed(context.node.host, "true");
      return { ...done, receipt: await proveRunning(context.node, service) };
    },
  };
}

async function proveRestarted(
  node: DockerNode,
  service: Service,
  before: JsonObject,
): Promise<Receipt> {
  const gone = await proveGone(node, service, before);
  if (!gone.confirmed) return gone;
  const pids = await livePids(node, service);
  const now = pids.length > 0 ? `it runs as ${pids.join(", ")}` : "nothing runs instead";
  return { ...gone, proof: `${gone.proof}, ${now}`, facts: { ...gone.facts, pids } };
}

export async function lookAtProcesses(node: DockerNode, service: Service): Promise<JsonObject> {
  return { pids: await livePids(node, service) };
}

export async function proveGone(
  node: DockerNode,
  service: Service,
  before: JsonObject,
): Promise<Receipt> {
  const pids = (before["pids"] as readonly number[] | undefined) ?? [];
  if (pids.length === 0) {
    return {
      confirmed: false,
      proof: `${service} was not running on ${node.spec.name} before the fault`,
      facts: { before: [] },
    };
  }
  const left = await waitUntilGone(node, pids, GONE_BOUND_SECONDS);
  return {
    confirmed: left.length === 0,
    proof:
      left.length === 0
        ? `${service} processes ${pids.join(", ")} are gone`
        : `${service} processes ${left.join(", ")} are still alive after ${GONE_BOUND_SECONDS} s`,
    facts: { before: [...pids], left },
  };
}

export async function proveRunning(node: DockerNode, service: Service): Promise<Receipt> {
  const pids = await livePids(node, service);
  const confirmed = pids.length > 0;
  return {
    confirmed,
    proof: confirmed
      ? `${service} runs as ${pids.join(", ")}`
      : `${service} does not run after its start command`,
    facts: { pids },
  };
}

/**
 * Process state T in the node's process table (proc(5)). A signal takes effect when its process gets the processor,
 * so on a busy machine it is looked for some time.
 */
async function proveFrozen(node: DockerNode, service: Service, wanted: boolean): Promise<Receipt> {
  let states = await statesOf(node, service);
  const isSo = (): boolean => countStopped(states) === (wanted ? states.length : 0);
  for (let look = 0; look < FREEZE_LOOKS && !isSo(); look += 1) {
    await new Promise((resolve) => setTimeout(resolve, FREEZE_LOOK_MS));
    states = await statesOf(node, service);
  }
  const frozen = countStopped(states);
  return {
    confirmed: states.length > 0 && frozen === (wanted ? states.length : 0),
    proof: `${frozen} of ${states.length} ${service} processes are stopped`,
    facts: { states },
  };
}

async function statesOf(node: DockerNode, service: Service): Promise<string[]> {
  const states = await inToolbox(
    node,
    `for p in $(pgrep -x '${PROCESS_NAMES[service]}'); do ps -o stat= -p "$p"; done`,
  );
  return states.split("\n").filter(Boolean);
}

function countStopped(states: readonly string[]): number {
  return states.filter((state) => state.startsWith("T")).length;
}

export async function startService(
  node: DockerNode,
  service: Service,
): Promise<{ beginEpochUs: number; endEpochUs: number; receipt: Receipt }> {
  await waitUntilBuried(node, service, GONE_BOUND_SECONDS);
  const started = await timed(node.host, `service ${service} start >/dev/null`, {
    timeoutMs: SERVICE_TIMEOUT_MS,
  });
  return { ...started, receipt: await proveRunning(node, service) };
}
