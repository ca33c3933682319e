/** What the init scripts of a lab host do: `service NAME ACTION`, as commands that take their time. */
import { milliseconds, type Us } from "../../core/time.ts";
import type { RandomStream } from "../../core/random.ts";
import type { Clock } from "./clock.ts";
import type { Command } from "./faults/driver.ts";

export type ServiceName = "mysql" | "keepalived";

export type ServiceAction = "start" | "stop" | "restart" | "reload" | "status";

/** A service as its init script sees it. */
export interface Service {
  isRunning(): boolean;
  /** Ready for its users: the start command returns then. */
  isReady(): boolean;
  start(): void;
  /** Asks it to end. */
  stop(): void;
  reload(): void;
  /** `stop` waits until the process is gone (the database's does, keepalived's does not). */
  readonly stopWaits: boolean;
}

export interface ServiceRun extends Command {
  readonly status: () => number;
  readonly output: string;
}

/**
 * A shell, an init script and start-stop-daemon: from the command to "Stopping" 8 to 29 ms (least to
 * median), to "Starting Keepalived" 14 to 40 ms, in 34 drawn drills on two shared cores.
 */
export const INIT_SCRIPT_US: readonly [leastUs: Us, mostUs: Us] = [
  milliseconds(9),
  milliseconds(40),
];

const LSB_NOT_RUNNING = 3;

export function runService(
  clock: Clock,
  random: RandomStream,
  name: ServiceName,
  service: Service,
  action: ServiceAction,
): ServiceRun {
  const beganUs = clock.nowUs();
  const costUs = random.integer(...INIT_SCRIPT_US);
  const cost = (): boolean => clock.nowUs() >= beganUs + costUs;
  switch (action) {
    case "start":
      clock.after(costUs, () => {
        if (!service.isRunning()) service.start();
      });
      return run(
        () => cost() && (service.isReady() || !service.isRunning()),
        () => (service.isRunning() ? 0 : 1),
      );
    case "stop":
      clock.after(costUs, () => {
        service.stop();
      });
      return run(() => cost() && (!service.stopWaits || !service.isRunning()));
    case "restart":
      return restart(clock, service, costUs);
    case "reload":
      clock.after(costUs, () => {
        service.reload();
      });
      return run(cost);
    case "status": {
      const running = service.isRunning();
      return {
        ...run(cost, () => (running ? 0 : LSB_NOT_RUNNING)),
        output: `${name} is ${running ? "running" : "not running"}.\n`,
      };
    }
  }
}

/** Stop, wait until it is gone, start. */
function restart(clock: Clock, service: Service, costUs: Us): ServiceRun {
  let started = false;
  const step = (): void => {
    if (service.isRunning()) {
      clock.after(RESTART_LOOK_US, step);
      return;
    }
    service.start();
    started = true;
  };
  clock.after(costUs, () => {
    service.stop();
    step();
  });
  return run(() => started && (service.isReady() || !service.isRunning()));
}

/** `start-stop-daemon --retry` looks again every 20 ms. */
const RESTART_LOOK_US = milliseconds(20);

function run(done: () => boolean, status: () => number = () => 0): ServiceRun {
  return { done, status, output: "" };
}
