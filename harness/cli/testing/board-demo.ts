/**
 * `board-demo.ts [narrow|interrupted]`: six runs that only pretend, three at a time, with the live view of real
 * ones; on the way the terminal is made narrow, or Ctrl-C is pressed.
 */
import { spawnSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { beforeLeaving, leaveOnSignals } from "../interrupt.ts";
import { printBeside, startBoard } from "../progress.ts";
import { resizeMark } from "./screen.ts";

const RUNS = 6;
const JOBS = 3;
/** Long enough that the view is drawn between two changes. */
const PAUSE_MS = 150;
const NARROW = 40;

const event = process.argv[2];
const plan = { planned: RUNS, jobs: JOBS, simulated: false, severalImages: false };
const board = startBoard(plan);
leaveOnSignals();
beforeLeaving(() => {
  board.close();
  process.stdout.write("given up\n");
});

async function run(number: number): Promise<void> {
  const lane = board.lane({ number, scenario: "dual-script/mysqld-killed", image: "sid" });
  lane.update("settle", "waiting for one holder of the VIP, and for all checks to succeed");
  await setTimeout(PAUSE_MS);
  if (number === 5 && event === "narrow") {
    process.stdout.write(resizeMark(NARROW));
    spawnSync("stty", ["cols", String(NARROW)], { stdio: "inherit" });
  }
  if (number === 5 && event === "interrupted") process.kill(process.pid, "SIGINT");
  lane.update("disturb", "moved: waiting for the VIP to be on another node, and only there");
  await setTimeout(PAUSE_MS);
  lane.stop("as-expected");
  printBeside(`[${number}/${RUNS}] has ended\n`);
}

const queue = Array.from({ length: RUNS }, (_, index) => index + 1);
const worker = async (): Promise<void> => {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) await run(next);
};
await Promise.all(Array.from({ length: JOBS }, worker));
board.close();
process.stdout.write("summary\n");
