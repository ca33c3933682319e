/**
 * A start of mysqld that stands still before its port opens. The new process is stopped from beside the
 * node, and a nap there lets it go on; both end with the toolbox.
 */
import type { JsonObject } from "../../../core/json.ts";
import type { CrashRecoverySlow } from "../../../fault/mysql/crash-recovery-slow.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import {
  inToolbox,
  livePids,
  PROCESS_NAMES,
  timed,
  waitUntilBuried,
  waitUntilGone,
  type DockerNode,
} from "../node.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";
import { GONE_BOUND_SECONDS, SERVICE_TIMEOUT_MS } from "./service.ts";

const NAMES = PROCESS_NAMES.mysql;
/** The new process is looked for this often: it listens 0.17 s after its start at the earliest. */
const LOOK_SECONDS = "0.005";
const LOOKS = 4000;

export function recoveryDriver({ forUs }: CrashRecoverySlow): FaultDriver {
  return {
    look: async ({ node }) => ({ pids: await livePids(node, "mysql") }),
    act: async ({ node, handle }) => {
      const pids = await livePids(node, "mysql");
      const killed = await timed(node.toolbox, "kill -STOP $pids; kill -KILL $pids", {
        before: `pids=$(pgrep -x '${NAMES}')`,
      });
      // As long as the old process is in the table the script says that the server runs, and starts nothing.
      await waitUntilGone(node, pids, GONE_BOUND_SECONDS);
      await waitUntilBuried(node, "mysql", GONE_BOUND_SECONDS);
      await inToolbox(node, watcher(handle, forUs / 1_000_000));
      // Its end is not waited for: the script waits until the server answers.
      const started = await timed(
        node.host,
        "setsid service mysql start </dev/null >/dev/null 2>&1 &",
      );
      return { beginEpochUs: killed.beginEpochUs, endEpochUs: started.endEpochUs };
    },
    prove: (context, before) => proveRecovering(context, before),
    heal: async ({ node, handle }) => {
      await inToolbox(node, `pkill -KILL -f "[v]${nameOf(handle).slice(1)}" || true`);
      const begun = await timed(node.toolbox, '[ -z "$pids" ] || kill -CONT $pids', {
        before: `pids=$(pgrep -x '${NAMES}')`,
      });
      const started = await timed(node.host, "service mysql start >/dev/null </dev/null", {
        timeoutMs: SERVICE_TIMEOUT_MS,
      });
      const receipt = await proveAnswering(node);
      return { beginEpochUs: begun.beginEpochUs, endEpochUs: started.endEpochUs, receipt };
    },
  };
}

/** By this name in its command line it is found again. */
function nameOf(handle: string): string {
  return `vipdrill_recovery_${handle}`;
}

/** Waits for a process that was not there before, stops it, and lets it go on when the time is over. */
function watcher(handle: string, forSeconds: number): string {
  const script = `
    i=0
    while [ $i -lt ${LOOKS} ]; do
      pid=$(pgrep -x "${NAMES}" | head -n 1)
      case "$(ps -o stat= -p "\${pid:-0}")" in ""|Z*) ;; *) break;; esac
      i=$((i + 1)); sleep ${LOOK_SECONDS}
    done
    kill -STOP $pid && sleep ${forSeconds} && kill -CONT $pid`;
  return `setsid sh -c '${script}' ${nameOf(handle)} </dev/null >/dev/null 2>&1 &`;
}

interface Standing {
  readonly pids: readonly number[];
  readonly stopped: number;
  readonly listening: boolean;
}

async function standing(node: DockerNode): Promise<Standing> {
  const text = await inToolbox(
    node,
    `for p in $(pgrep -x '${NAMES}'); do echo "$p $(ps -o stat= -p "$p")"; done; ss -Hltn 'sport = :3306' | grep -q . && echo listening || true`,
  );
  const processes = [...text.matchAll(/^(\d+) +([A-Y]\S*)/gm)];
  return {
    pids: processes.map((match) => Number(match[1])),
    stopped: processes.filter((match) => match[2]?.startsWith("T") === true).length,
    listening: /^listening$/m.test(text),
  };
}

async function proveRecovering({ node }: FaultContext, before: JsonObject): Promise<Receipt> {
  const earlier = (before["pids"] as readonly number[] | undefined) ?? [];
  const { name } = node.spec;
  if (earlier.length === 0) {
    const proof = `mysql was not running on ${name} before the fault`;
    return { confirmed: false, proof, facts: before };
  }
  const isStanding = ({ pids, stopped }: Standing): boolean =>
    pids.length > 0 && pids.every((pid) => !earlier.includes(pid)) && stopped === pids.length;
  let now = await standing(node);
  // What was killed is in the table until the kernel has cleared it up.
  for (let look = 0; look < GONE_BOUND_SECONDS * 20 && !isStanding(now); look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    now = await standing(node);
  }
  const confirmed = isStanding(now) && !now.listening;
  const state = now.stopped === now.pids.length ? "stopped" : "not stopped";
  const there = now.pids.length === 0 ? "no process" : `process ${now.pids.join(", ")} (${state})`;
  const port = now.listening ? "something listens" : "nothing listens";
  return {
    confirmed,
    proof: `${there} of mysqld on ${name} where ${earlier.join(", ")} was, and ${port} on port 3306`,
    facts: { before: [...earlier], ...factsOf(now) },
  };
}

async function proveAnswering(node: DockerNode): Promise<Receipt> {
  const now = await standing(node);
  const confirmed = now.pids.length > 0 && now.stopped === 0 && now.listening;
  return {
    confirmed,
    proof: confirmed
      ? `mysql runs as ${now.pids.join(", ")} on ${node.spec.name}, and its port is open`
      : `mysqld on ${node.spec.name}: ${now.pids.length} processes, ${now.stopped} of them stopped, port ${now.listening ? "open" : "closed"}`,
    facts: factsOf(now),
  };
}

function factsOf({ pids, stopped, listening }: Standing): JsonObject {
  return { pids: [...pids], stopped, listening };
}
