/**
 * The client in the test network. Configuration as JSON in the first argument; lines on stdout (see
 * `harness/observe/client.ts`); ends when its standard input ends.
 */
import type { ClientConfig } from "../../../harness/observe/client.ts";
import { nowUs, wallMinusMonotonicUs } from "./clock.ts";
import type { Target } from "./connection.ts";
import { startHealth } from "./health.ts";
import { startJitter } from "./jitter.ts";
import { startFresh, startHeld } from "./lanes.ts";
import { emit, flush, startFlushing } from "./output.ts";

const CLOCK_EVERY_MS = 500;

const config = JSON.parse(process.argv[2] ?? "{}") as ClientConfig;
const target = (host: string): Target => ({
  host,
  user: config.user,
  password: config.password,
  schema: config.schema,
});

const endFlushing = startFlushing();
const reportClock = (): void => {
  emit(["k", nowUs(), wallMinusMonotonicUs()]);
};
reportClock();
const clockTimer = setInterval(reportClock, CLOCK_EVERY_MS);
const running = [
  startJitter(),
  startFresh(config, target(config.vip)),
  startHeld(config, target(config.vip), "held"),
  ...config.direct.map(({ lane, address }) => startHeld(config, target(address), lane)),
  ...config.nodes.map((node) => startHealth(config, target(node.address), node.name)),
];
emit(["ready", nowUs()]);
flush();

process.stdin.resume();
process.stdin.once("end", () => {
  void Promise.all(running.map((part) => part.stop())).then(() => {
    clearInterval(clockTimer);
    reportClock();
    endFlushing();
    // Connections to a server that vanished would keep the process alive for minutes.
    process.stdout.write("", () => process.exit(0));
  });
});
