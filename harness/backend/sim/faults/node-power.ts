/** A node that loses its power, or reboots, simulated. */
import { milliseconds, type Us } from "../../../core/time.ts";
import { DEFAULT_BOOT, type BootOrder } from "../../../fault/node/index.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Clock } from "../clock.ts";
import type { SimHost } from "../host.ts";
import type { ServiceName } from "../services.ts";
import { POWER_OFF, POWER_ON } from "./costs.ts";
import type { Command, Proof, SimFault, SimFaultContext } from "./driver.ts";
import { AT_ONCE } from "./driver.ts";
import { filtered } from "./filter.ts";
import { numbers, pidsOf } from "./service.ts";

/** How often a shell that waits for a command looks; the init scripts' own pace. */
const LOOK_US: Us = milliseconds(20);

export function poweredOff(context: SimFaultContext, boot: BootOrder = DEFAULT_BOOT): SimFault {
  const { host, vip } = context;
  const cut = filtered(context, "both", undefined);
  let booted: Boot | undefined;
  return {
    look: () => ({ pids: host.processes.list().map(({ pid }) => pid) }),
    act: () => {
      cut.act();
      host.powerOff();
      return AT_ONCE;
    },
    prove: (before) => {
      const old = numbers(before["pids"]);
      if (old.length === 0) {
        const proof = `nothing ran on ${host.name} before, so there was no power to cut`;
        return { confirmed: false, proof, facts: { before: [] } };
      }
      const left = host.processes.list().length;
      const network = cut.prove({});
      const off = left === 0 && !host.hasAddress(vip);
      return {
        ...network,
        confirmed: off && network.confirmed,
        proof: off
          ? `${old.length} processes are gone and none is left, ${vip} is not on ${host.name}; ${network.proof}`
          : `${left} processes are left on ${host.name}`,
        facts: { before: old, left, ...network.facts },
      };
    },
    heal: {
      act: () => {
        cut.heal?.act();
        booted = new Boot(context.world.clock, host, boot);
        return booted;
      },
      prove: () => proveUp(host, booted, {}),
    },
    costs: { inject: POWER_OFF, heal: POWER_ON },
  };
}

export function rebooted(
  context: SimFaultContext,
  downUs: Us,
  boot: BootOrder = DEFAULT_BOOT,
): SimFault {
  const { host, world } = context;
  const { clock } = world;
  let booted: Boot | undefined;
  const cut = filtered(context, "both", undefined);
  let wasCut = false;
  return {
    look: () => ({ pids: host.services.flatMap((name) => pidsOf(host, name)) }),
    act: () => {
      shutDown(clock, host, () => {
        cut.act();
        host.powerOff();
        clock.after(downUs, () => {
          wasCut = cut.prove({}).confirmed;
          cut.heal?.act();
          booted = new Boot(clock, host, boot);
        });
      });
      return { done: () => booted?.done() === true };
    },
    prove: (before) => {
      if (booted === undefined) {
        return { confirmed: false, proof: `${host.name} was not away`, facts: { before } };
      }
      const old = numbers(before["pids"]);
      const left = old.filter((pid) => host.processes.isAlive(pid));
      const up = proveUp(host, booted, { before: old, left });
      return {
        ...up,
        confirmed: up.confirmed && wasCut && left.length === 0,
        proof: `${wasCut ? "its frames were dropped both ways" : "no frame was dropped while it was away"}; ${up.proof}`,
      };
    },
  };
}

/** keepalived ends first, then MySQL. */
function shutDown(clock: Clock, host: SimHost, then: () => void): void {
  const stop = (names: readonly ServiceName[]): void => {
    const [name, ...rest] = names;
    if (name === undefined) {
      then();
      return;
    }
    const command = host.service(name, "stop");
    wait(
      clock,
      () => command.done() && pidsOf(host, name).length === 0,
      () => {
        stop(rest);
      },
    );
  };
  stop(host.services.toReversed());
}

/** The services started in their order, and what was seen of each right after its start command. */
class Boot implements Command {
  readonly started: Map<ServiceName, readonly number[]> = new Map();
  private readonly clock: Clock;
  private readonly host: SimHost;

  constructor(clock: Clock, host: SimHost, boot: BootOrder) {
    this.clock = clock;
    this.host = host;
    host.clearRun();
    const { services } = host;
    if (boot === "together") for (const name of services) this.start([name]);
    else this.start(boot === "keepalived-first" ? services.toReversed() : services);
  }

  done(): boolean {
    return this.started.size === this.host.services.length;
  }

  private start([name, ...rest]: readonly ServiceName[]): void {
    if (name === undefined) return;
    const command = this.host.service(name, "start");
    wait(
      this.clock,
      () => command.done(),
      () => {
        this.started.set(name, pidsOf(this.host, name));
        this.start(rest);
      },
    );
  }
}

function wait(clock: Clock, holds: () => boolean, then: () => void): void {
  if (holds()) then();
  else {
    clock.after(LOOK_US, () => {
      wait(clock, holds, then);
    });
  }
}

function proveUp(host: SimHost, booted: Boot | undefined, facts: JsonObject): Proof {
  const found = host.services.map((name) => ({
    name,
    started: booted?.started.get(name) ?? [],
    running: pidsOf(host, name),
  }));
  const missing = found.filter(({ started }) => started.length === 0).map(({ name }) => name);
  const words = found.map(({ name, started, running }) =>
    running.length > 0
      ? `${name} runs as ${running.join(", ")}`
      : `${name} was started as ${started.join(", ")} and has ended since`,
  );
  return {
    confirmed: missing.length === 0,
    proof:
      missing.length === 0
        ? `${host.name} has booted: ${words.join("; ")}`
        : `${missing.join(" and ")} did not start on ${host.name}`,
    facts: {
      ...facts,
      ...Object.fromEntries(
        found.map(({ name, started, running }) => [name, { started: [...started], running }]),
      ),
    },
  };
}
