/** SIGKILL of keepalived's parent or of its VRRP process alone. */
import { milliseconds, seconds } from "../../../core/time.ts";
import type { SimHost } from "../host.ts";
import { KILL, NOTHING } from "./costs.ts";
import {
  AT_ONCE,
  type Command,
  type Proof,
  type SimFault,
  type SimFaultContext,
} from "./driver.ts";
import { numbers, pidsOf } from "./service.ts";

/** As on containers: how long the relatives of the killed process are watched, and those of a dead parent waited for. */
const RELATIVES_US = seconds(2);
const LEFT_BOUND_US = seconds(5);
const LOOK_US = milliseconds(20);

export function partKilled({ host }: SimFaultContext, part: "parent" | "vrrp"): SimFault {
  const { clock } = host;
  let killedUs = 0;
  return {
    look: () => ({ pid: pidOf(host, part) ?? null, pids: pidsOf(host, "keepalived") }),
    act: () => {
      const pid = pidOf(host, part);
      killedUs = clock.nowUs();
      if (pid !== undefined) host.processes.signal(pid, "KILL");
      return AT_ONCE;
    },
    prove: ({ pid, pids }) => {
      const what = `keepalived's ${part === "parent" ? "parent" : "VRRP"} process`;
      if (typeof pid !== "number") {
        const proof = `no ${what.slice("keepalived's ".length)} of keepalived runs on ${host.name}`;
        return { confirmed: false, proof, facts: { before: numbers(pids) } };
      }
      const now = pidsOf(host, "keepalived");
      const facts = { before: numbers(pids), pids: now };
      if (now.includes(pid)) {
        return { confirmed: false, undecided: true, proof: `${what} ${pid} is still alive`, facts };
      }
      const waits = part === "parent" && numbers(pids).some((other) => now.includes(other));
      const runs = now.length > 0 ? `keepalived runs as ${now.join(", ")}` : "no keepalived runs";
      return {
        confirmed: true,
        undecided: waits && clock.nowUs() < killedUs + RELATIVES_US,
        proof: `${what} ${pid} is gone; ${runs}`,
        facts,
      };
    },
    heal: {
      act: () => startAgain(host),
      prove: () => proveWhole(host),
    },
    costs: { inject: KILL, heal: NOTHING },
  };
}

function pidOf(host: SimHost, part: "parent" | "vrrp"): number | undefined {
  const program = part === "parent" ? "Keepalived" : "Keepalived_vrrp";
  return host.keepalived.processes().find((process) => process.program === program)?.pid;
}

/** A start while a child of the dead parent is alive starts nothing, so what lingers is waited for. */
function startAgain(host: SimHost): Command {
  if (pidOf(host, "parent") !== undefined) return { done: () => proveWhole(host).confirmed };
  const { clock } = host;
  const beganUs = clock.nowUs();
  let start: Command | undefined;
  let told = false;
  const look = (): void => {
    const left = pidsOf(host, "keepalived");
    if (left.length === 0) {
      start = host.service("keepalived", "start");
      return;
    }
    if (!told && clock.nowUs() >= beganUs + LEFT_BOUND_US) {
      told = true;
      for (const pid of left) host.processes.signal(pid, "TERM");
    }
    clock.after(LOOK_US, look);
  };
  look();
  return { done: () => start?.done() === true && proveWhole(host).confirmed };
}

function proveWhole(host: SimHost): Proof {
  const pids = pidsOf(host, "keepalived");
  const confirmed = pids.length >= 2;
  const runs = pids.length > 0 ? `keepalived runs as ${pids.join(", ")}` : "no keepalived runs";
  return {
    confirmed,
    proof: confirmed ? runs : `${runs}: not a parent with a child`,
    facts: { pids },
  };
}
