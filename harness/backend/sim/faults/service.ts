/** Faults that end, freeze, start or restart the processes of a service. */
import type { Service } from "../../../fault/fault.ts";
import type { SimHost } from "../host.ts";
import type { Signal } from "../keepalived/host.ts";
import { KILL, NOTHING } from "./costs.ts";
import { AT_ONCE, type Proof, type SimFault, type SimFaultContext } from "./driver.ts";

export function killed({ host }: SimFaultContext, service: Service): SimFault {
  return {
    look: () => ({ pids: pidsOf(host, service) }),
    act: () => {
      signalAll(host, service, "KILL");
      return AT_ONCE;
    },
    prove: (before) => proveGone(host, service, numbers(before["pids"])),
    heal: starting(host, service),
    costs: { inject: KILL, heal: NOTHING },
  };
}

export function stopped({ host }: SimFaultContext, service: Service): SimFault {
  return {
    look: () => ({ pids: pidsOf(host, service) }),
    act: () => host.service(service, "stop"),
    prove: (before) => proveGone(host, service, numbers(before["pids"])),
    heal: starting(host, service),
  };
}

export function frozen({ host }: SimFaultContext, service: Service): SimFault {
  // What is frozen already stays so: the fault is not confirmed, and nothing is undone.
  let wasFrozen = false;
  return {
    look: () => {
      const count = host.processesOf(service).filter(({ stopped }) => stopped).length;
      wasFrozen = count > 0;
      return { frozen: count };
    },
    act: () => {
      if (!wasFrozen) signalAll(host, service, "STOP");
      return AT_ONCE;
    },
    prove: (before) =>
      before["frozen"] === 0
        ? proveFrozen(host, service, true)
        : {
            confirmed: false,
            proof: `${service} was frozen on ${host.name} before the fault`,
            facts: before,
          },
    heal: {
      act: () => {
        if (!wasFrozen) signalAll(host, service, "CONT");
        return AT_ONCE;
      },
      prove: () => proveFrozen(host, service, wasFrozen),
    },
    costs: { inject: KILL, heal: KILL },
  };
}

export function startedByHand({ host }: SimFaultContext, service: Service): SimFault {
  return {
    look: () => ({ pids: pidsOf(host, service) }),
    act: () => host.service(service, "start"),
    prove: (before) => {
      const pids = numbers(before["pids"]);
      if (pids.length === 0) return proveRunning(host, service);
      return {
        confirmed: false,
        proof: `${service} was running on ${host.name} already, so nothing was started`,
        facts: { before: pids },
      };
    },
  };
}

export function restarted({ host }: SimFaultContext, service: Service): SimFault {
  return {
    look: () => ({ pids: pidsOf(host, service) }),
    act: () => host.service(service, "restart"),
    prove: (before) => {
      const gone = proveGone(host, service, numbers(before["pids"]));
      if (!gone.confirmed) return gone;
      const pids = pidsOf(host, service);
      const now = pids.length > 0 ? `it runs as ${pids.join(", ")}` : "nothing runs instead";
      return { ...gone, proof: `${gone.proof}, ${now}`, facts: { ...gone.facts, pids } };
    },
    heal: {
      act: () => (pidsOf(host, service).length > 0 ? AT_ONCE : host.service(service, "start")),
      prove: () => proveRunning(host, service),
    },
  };
}

function starting(host: SimHost, service: Service): NonNullable<SimFault["heal"]> {
  return {
    act: () => host.service(service, "start"),
    prove: () => proveRunning(host, service),
  };
}

export function pidsOf(host: SimHost, service: Service): number[] {
  return host.processesOf(service).map((process) => process.pid);
}

/** Parent and children at once, as `kill` with several pids does it. */
function signalAll(host: SimHost, service: Service, signal: Signal): void {
  for (const pid of pidsOf(host, service)) host.processes.signal(pid, signal);
}

export function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "number") : [];
}

function proveGone(host: SimHost, service: Service, pids: number[]): Proof {
  if (pids.length === 0) {
    return {
      confirmed: false,
      proof: `${service} was not running on ${host.name} before the fault`,
      facts: { before: [] },
    };
  }
  const left = pids.filter((pid) => host.processes.isAlive(pid));
  const confirmed = left.length === 0;
  return {
    confirmed,
    undecided: !confirmed,
    proof: confirmed
      ? `${service} processes ${pids.join(", ")} are gone`
      : `${service} processes ${left.join(", ")} are still alive`,
    facts: { before: pids, left },
  };
}

export function proveRunning(host: SimHost, service: Service): Proof {
  const pids = pidsOf(host, service);
  const confirmed = pids.length > 0;
  return {
    confirmed,
    proof: confirmed
      ? `${service} runs as ${pids.join(", ")}`
      : `${service} does not run after its start command`,
    facts: { pids },
  };
}

function proveFrozen(host: SimHost, service: Service, wanted: boolean): Proof {
  const all = host.processesOf(service);
  const stoppedOnes = all.filter((process) => process.stopped).length;
  return {
    confirmed: all.length > 0 && stoppedOnes === (wanted ? all.length : 0),
    proof: `${stoppedOnes} of ${all.length} ${service} processes are stopped`,
    facts: { stopped: stoppedOnes, processes: all.length },
  };
}
