/** What a run leaves on the engine when it is interrupted or killed: nothing that outlives the next start. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { connectEngine, type Engine } from "../backend/docker/engine.ts";
import { LABEL_OWNER, LABEL_RUN } from "../backend/docker/labels.ts";
import type { RunRecord } from "../run/record.ts";
import { abandoned, count, find, ofRun, sweep } from "../backend/docker/sweep.ts";

const MAIN = resolve(import.meta.dirname, "main.ts");
const OUT = mkdtempSync(join(tmpdir(), "vipdrill-test-"));
let engine: Engine;

beforeAll(async () => {
  engine = await connectEngine();
});

function startRun(...more: readonly string[]): StartedRun {
  return startDrill("dual-script/baseline", ...more);
}

interface StartedRun {
  child: ChildProcess;
  said: () => string;
  ended: Promise<number | null>;
}

function startDrill(scenario: string, ...more: readonly string[]): StartedRun {
  const args = ["--disable-warning=ExperimentalWarning", MAIN, "run", scenario];
  const child = spawn(process.execPath, [...args, "--out", OUT, ...more], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  const ended = new Promise<number | null>((done) => child.on("close", done));
  return { child, said: () => text, ended };
}

/** Waits until the run has said what it is doing; what it says is the event we wait for. */
async function untilSaid(run: ReturnType<typeof startRun>, pattern: RegExp): Promise<void> {
  await expect.poll(run.said, { timeout: 60_000, interval: 20 }).toMatch(pattern);
}

async function leftBy(pid: number | undefined): Promise<number> {
  const owner = `/${pid}/`;
  return count(
    await find(engine.docker, (labels) => labels[LABEL_OWNER]?.includes(owner) === true),
  );
}

/** Killed with -9: nothing of it is left after the next sweep. */
async function killedAndSwept(run: ReturnType<typeof startRun>): Promise<void> {
  run.child.kill("SIGKILL");
  await run.ended;
  await expect
    .poll(
      async () => {
        await sweep(engine.docker, abandoned);
        return leftBy(run.child.pid);
      },
      { timeout: 20_000, interval: 500 },
    )
    .toBe(0);
}

const MOMENTS = [/creating the network/, /starting containers/, /starting mysqld/, /load runs/];

describe("kill -9 of the harness", () => {
  it.each(MOMENTS)("at %s leaves nothing after the next sweep", async (moment) => {
    const run = startRun();
    await untilSaid(run, moment);
    await killedAndSwept(run);
  });
});

describe("kill -9 of the harness while nodes have kernels of their own", () => {
  it("leaves no such kernel running after the next sweep", async () => {
    const run = startDrill("lvs-dr/baseline");
    await untilSaid(run, /load runs/);
    const kernels = await mainPrograms(run.child.pid);
    expect(kernels.length).toBeGreaterThan(0);
    expect(kernels.every(isRunning)).toBe(true);
    await killedAndSwept(run);
    expect(kernels.filter(isRunning)).toEqual([]);
  });
});

/** Of the run's containers with a kernel of their own, as process ids of this machine, which is the engine's. */
async function mainPrograms(owner: number | undefined): Promise<readonly number[]> {
  const all = await engine.docker.listContainers({ filters: { name: [`vipdrill-`] } });
  const own = all.filter(
    ({ Labels, Command }) =>
      Labels[LABEL_OWNER]?.includes(`/${owner}/`) === true && Command.includes("own-kernel"),
  );
  const lists = await Promise.all(
    own.map(async ({ Id }) => engine.docker.getContainer(Id).top({ ps_args: "-eo pid,args" })),
  );
  const processes = lists.flatMap((list) => list.Processes as readonly (readonly string[])[]);
  return processes
    .filter(([, command = ""]) => command.includes("linux.uml"))
    .map(([pid]) => Number(pid));
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

describe("an interrupted run", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("cleans up by itself after %s", async (signal, exitCode) => {
    const run = startRun();
    await untilSaid(run, /starting mysqld/);
    run.child.kill(signal);
    expect(await run.ended).toBe(exitCode);
    expect(await leftBy(run.child.pid)).toBe(0);
    const [, path = ""] = /what there is of the run is in (\S+)/.exec(run.said()) ?? [];
    const record = JSON.parse(readFileSync(join(path, "run.json"), "utf8")) as RunRecord;
    expect(record.error?.code).toBe("GIVEN_UP");
  });
});

describe("a run with --keep", () => {
  it("leaves its cluster up, says how to reach it, and no sweep takes it", async () => {
    const run = startRun("--keep");
    expect(await run.ended).toBe(0);
    const [, shell = ""] = /(docker exec -it \S+-db1) bash/.exec(run.said()) ?? [];
    expect(shell).not.toBe("");
    await sweep(engine.docker, abandoned);
    const container = engine.docker.getContainer(shell.split(" ").at(-1) ?? "");
    const { Config, State } = await container.inspect();
    expect(State.Running).toBe(true);
    const runId = Config.Labels[LABEL_RUN] ?? "";
    await sweep(engine.docker, ofRun(runId));
    expect(count(await find(engine.docker, ofRun(runId)))).toBe(0);
  });

  it("is swept like any other when it is killed before its cluster was kept", async () => {
    const run = startRun("--keep");
    await untilSaid(run, /starting mysqld/);
    await killedAndSwept(run);
  });

  it("leaves the clusters that it has kept when a later run of it is interrupted", async () => {
    const run = startRun("--keep", "--repeat", "2");
    await untilSaid(run, /\[2\/2\].*starting mysqld/);
    run.child.kill("SIGINT");
    expect(await run.ended).toBe(130);
    const [, runId = ""] = /The cluster of run (\S+) stays up/.exec(run.said()) ?? [];
    const kept = count(await find(engine.docker, ofRun(runId)));
    expect(kept).toBeGreaterThan(0);
    expect(await leftBy(run.child.pid)).toBe(kept);
    await sweep(engine.docker, ofRun(runId));
  });
});
