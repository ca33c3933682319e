/**
 * The topology's monitors, run by the shell model on the client's station: one run of each at a time, the next
 * one a period after the begin of the last, or as soon as that has ended.
 */
import { InputError } from "../../core/errors.ts";
import type { RandomStream } from "../../core/random.ts";
import { milliseconds, seconds, type Us } from "../../core/time.ts";
import type { EventBody } from "../../history/events.ts";
import { MONITORS } from "../../observe/monitor.ts";
import type { Monitor } from "../../topology/topology.ts";
import type { EventQueue, Timer } from "./clock.ts";
import { hostView } from "./hostview.ts";
import type { RunningScript } from "./keepalived/host.ts";
import type { Segment } from "./network.ts";
import { ProcessTable } from "./processes.ts";
import { runText, type ScriptHost } from "./scripts.ts";

/** Node starts in the observer: 0.1 to 0.8 s from the command to the first run. */
const START_US: readonly [leastUs: Us, mostUs: Us] = [milliseconds(100), milliseconds(400)];
/** As on containers (`images/observer/monitor/main.ts`). */
const RUN_LIMIT_US = seconds(60);
const STOP_LIMIT_US = seconds(3);
const KILLED = 137;
const OUTPUT_MAX = 2000;

interface MonitorParts {
  readonly monitors: readonly Monitor[];
  readonly clock: EventQueue;
  readonly chance: RandomStream;
  readonly segment: Segment;
  /** The client's station. */
  readonly station: string;
  readonly address: string;
  readonly record: (tUs: Us, body: EventBody) => void;
}

export class SimMonitors {
  private readonly parts: MonitorParts;
  private readonly host: ScriptHost;
  private readonly timers = new Set<Timer>();
  private readonly running = new Set<RunningScript>();
  private state: "idle" | "watching" | "stopping" | "ended" = "idle";

  constructor(parts: MonitorParts) {
    this.parts = parts;
    this.host = observerHost(parts);
  }

  start(): void {
    const { monitors, clock, chance } = this.parts;
    if (monitors.length === 0) return;
    this.state = "watching";
    const startUs = chance.integer(...START_US);
    clock.after(startUs, () => {
      this.tell("watching");
      for (const monitor of monitors) this.run(monitor);
    });
  }

  /** What is under way may still end; what has not after a while is not told. */
  stop(): void {
    if (this.state !== "watching") return;
    this.state = "stopping";
    for (const timer of this.timers) timer.cancel();
    if (this.running.size === 0) this.end();
    else {
      this.parts.clock.after(STOP_LIMIT_US, () => {
        this.end();
      });
    }
  }

  isEnded(): boolean {
    return this.state === "idle" || this.state === "ended";
  }

  private end(): void {
    if (this.state === "ended") return;
    this.state = "ended";
    this.tell("ended");
  }

  private run(monitor: Monitor): void {
    if (this.state !== "watching") return;
    const { clock, record } = this.parts;
    const beganUs = clock.nowUs();
    const over = (exitCode: number, output: string): void => {
      limit.cancel();
      this.running.delete(script);
      if (this.state === "ended") return;
      const body = { monitor: monitor.name, exitCode, output: output.slice(0, OUTPUT_MAX) };
      record(clock.nowUs(), { kind: "monitor", ...body, beganUs });
      if (this.state === "stopping") {
        if (this.running.size === 0) this.end();
        return;
      }
      this.later(Math.max(0, beganUs + monitor.everyUs - clock.nowUs()), () => {
        this.run(monitor);
      });
    };
    const script = runText(this.host, { name: monitor.name, text: monitor.script }, (result) => {
      if (result === undefined) over(KILLED, "");
      else over(result.status, result.stdout + result.stderr);
    });
    this.running.add(script);
    const limit = clock.after(RUN_LIMIT_US, () => {
      script.kill("KILL");
    });
  }

  private later(delayUs: Us, act: () => void): void {
    const timer = this.parts.clock.after(delayUs, () => {
      this.timers.delete(timer);
      act();
    });
    this.timers.add(timer);
  }

  private tell(state: "watching" | "ended"): void {
    const { clock, record } = this.parts;
    record(clock.nowUs(), { kind: "observer", observer: MONITORS, state });
  }
}

/** The observer's container as a script sees it: no services, no database client, Habets' arping. */
function observerHost({ clock, segment, station, address }: MonitorParts): ScriptHost {
  const processes = new ProcessTable();
  const noService = (): never => {
    throw new InputError(
      "TOPOLOGY_INVALID",
      "a monitor runs beside the client, which has no services",
    );
  };
  const view = hostView({
    name: "observer",
    interface: "eth0",
    flavour: undefined,
    processes,
    files: new Map(),
    nowUs: () => clock.nowUs(),
    addresses: () => [{ address, prefixLength: 24 }],
    changeAddress: () => undefined,
    mysqld: () => undefined,
    service: noService,
    durationOf: noService,
    connect: (to, port) => segment.connect(station, segment.addressOf(to) ?? to, port),
    mysql: () => ({ kind: "unmodelled", why: "a database client in a monitor" }),
    ping: (to) => segment.ping(station, segment.addressOf(to) ?? to),
    arp: (to) => segment.answersFor(station, to),
    arping: "habets",
    // The observer has no syslog.
    log: () => undefined,
  });
  return {
    name: "the observer",
    clock,
    processes,
    view,
    isExecutable: () => false,
    version: () => segment.version,
  };
}
