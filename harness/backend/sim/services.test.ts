import { describe, expect, it } from "vitest";
import { randomStream } from "../../core/random.ts";
import { milliseconds, seconds, type Us } from "../../core/time.ts";
import { EventQueue } from "./clock.ts";
import { INIT_SCRIPT_US, runService, type Service, type ServiceAction } from "./services.ts";

/** A service that takes its time to start and to stop, and says what it was told. */
function bench(options: { readonly running?: boolean; readonly stopWaits?: boolean } = {}) {
  const clock = new EventQueue();
  const told: string[] = [];
  let running = options.running ?? false;
  let ready = running;
  const service: Service = {
    isRunning: () => running,
    isReady: () => ready,
    start: () => {
      told.push("start");
      running = true;
      clock.after(milliseconds(500), () => {
        ready = true;
      });
    },
    stop: () => {
      told.push("stop");
      clock.after(milliseconds(300), () => {
        running = false;
        ready = false;
      });
    },
    reload: () => told.push("reload"),
    stopWaits: options.stopWaits ?? false,
  };
  /** When the command returns, and how. */
  const run = (action: ServiceAction): { readonly tookUs: Us; readonly status: number } => {
    const beganUs = clock.nowUs();
    const command = runService(clock, randomStream(1, "test"), "mysql", service, action);
    while (!command.done() && clock.nowUs() < beganUs + seconds(10)) {
      clock.runUntil(clock.nowUs() + 1000);
    }
    return { tookUs: clock.nowUs() - beganUs, status: command.status() };
  };
  return { clock, told, run, service };
}

const [LEAST_US, MOST_US] = INIT_SCRIPT_US;

describe("service NAME ACTION", () => {
  it("start returns when the service is ready, not when it has begun", () => {
    const { run, told } = bench();
    const { tookUs, status } = run("start");
    expect(told).toEqual(["start"]);
    expect(status).toBe(0);
    expect(tookUs).toBeGreaterThanOrEqual(LEAST_US + milliseconds(500));
    expect(tookUs).toBeLessThanOrEqual(MOST_US + milliseconds(501));
  });

  it("start does nothing to a service that runs", () => {
    const { run, told } = bench({ running: true });
    expect(run("start").status).toBe(0);
    expect(told).toEqual([]);
  });

  it.each([
    ["waits until the process is gone", true, LEAST_US + milliseconds(300)],
    ["only asks, where the init script does not wait", false, LEAST_US],
  ])("stop %s", (_, stopWaits, leastUs) => {
    const { run, told } = bench({ running: true, stopWaits });
    const { tookUs } = run("stop");
    expect(told).toEqual(["stop"]);
    expect(tookUs).toBeGreaterThanOrEqual(leastUs);
    expect(tookUs).toBeLessThanOrEqual(leastUs + MOST_US);
  });

  it("restart starts only when the old process is gone", () => {
    const { run, told, service } = bench({ running: true });
    const { tookUs } = run("restart");
    expect(told).toEqual(["stop", "start"]);
    expect(tookUs).toBeGreaterThanOrEqual(LEAST_US + milliseconds(300));
    expect(service.isReady()).toBe(true);
  });

  it("reload tells the service, and stops nothing", () => {
    const { run, told } = bench({ running: true });
    run("reload");
    expect(told).toEqual(["reload"]);
  });

  it("status says whether it runs, as LSB wants it: 0 or 3", () => {
    expect(bench({ running: true }).run("status").status).toBe(0);
    expect(bench().run("status").status).toBe(3);
  });
});
