/** A start of mysqld that stands still before its port opens, by the same steps as on a container. */
import { milliseconds, type Us } from "../../../core/time.ts";
import type { CrashRecoverySlow } from "../../../fault/mysql/crash-recovery-slow.ts";
import type { SimHost } from "../host.ts";
import { KILL, NOTHING } from "./costs.ts";
import { AT_ONCE, type Proof, type SimFault, type SimFaultContext } from "./driver.ts";
import { numbers, pidsOf } from "./service.ts";

/** The new process is looked for this often. */
const LOOK_US: Us = milliseconds(5);
const LOOKS = 4000;

export function recoveringSlowly(
  { host, vip }: SimFaultContext,
  { forUs }: CrashRecoverySlow,
): SimFault {
  const listens = (): boolean => host.listens(vip, 3306);
  return {
    look: () => ({ pids: pidsOf(host, "mysql") }),
    act: () => {
      for (const pid of pidsOf(host, "mysql")) host.processes.signal(pid, "KILL");
      host.service("mysql", "start");
      stopWhenThere(host, forUs, LOOKS);
      return AT_ONCE;
    },
    prove: (before) => proveRecovering(host, numbers(before["pids"]), listens()),
    heal: {
      act: () => {
        for (const { pid, stopped } of host.processesOf("mysql")) {
          if (stopped) host.processes.signal(pid, "CONT");
        }
        return host.service("mysql", "start");
      },
      prove: () => proveAnswering(host, listens()),
    },
    costs: { inject: KILL, heal: NOTHING },
  };
}

function stopWhenThere(host: SimHost, forUs: Us, looks: number): void {
  const [pid] = pidsOf(host, "mysql");
  if (pid === undefined) {
    if (looks > 0) {
      host.clock.after(LOOK_US, () => {
        stopWhenThere(host, forUs, looks - 1);
      });
    }
    return;
  }
  host.processes.signal(pid, "STOP");
  host.clock.after(forUs, () => {
    const entry = host.processesOf("mysql").find((process) => process.pid === pid);
    if (entry?.stopped === true) host.processes.signal(pid, "CONT");
  });
}

function proveRecovering(host: SimHost, before: readonly number[], listening: boolean): Proof {
  const processes = host.processesOf("mysql");
  const pids = processes.map(({ pid }) => pid);
  const stopped = processes.filter((process) => process.stopped).length;
  const facts = { before: [...before], pids, stopped, listening };
  if (before.length === 0) {
    const proof = `mysql was not running on ${host.name} before the fault`;
    return { confirmed: false, proof, facts };
  }
  const isNew = pids.length > 0 && !pids.some((pid) => before.includes(pid));
  const isStanding = isNew && stopped === pids.length;
  const state = isStanding ? "stopped" : "not stopped";
  const there = pids.length === 0 ? "no process" : `process ${pids.join(", ")} (${state})`;
  const port = listening ? "something listens" : "nothing listens";
  return {
    confirmed: isStanding && !listening,
    undecided: !isStanding && (pids.length === 0 || isNew),
    proof: `${there} of mysqld on ${host.name} where ${before.join(", ")} was, and ${port} on port 3306`,
    facts,
  };
}

function proveAnswering(host: SimHost, listening: boolean): Proof {
  const all = host.processesOf("mysql");
  const stopped = all.filter((process) => process.stopped).length;
  const confirmed = all.length > 0 && stopped === 0 && listening;
  const port = listening ? "open" : "closed";
  return {
    confirmed,
    proof: confirmed
      ? `mysql runs as ${pidsOf(host, "mysql").join(", ")} on ${host.name}, and its port is open`
      : `mysqld on ${host.name}: ${all.length} processes, ${stopped} of them stopped, port ${port}`,
    facts: { pids: pidsOf(host, "mysql"), stopped, listening },
  };
}
