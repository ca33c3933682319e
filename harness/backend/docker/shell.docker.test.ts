/** Commands in open shells, in a container of our own. */
import type Dockerode from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectEngine } from "./engine.ts";
import { execute } from "./exec.ts";
import { ensureToolbox } from "./images/images.ts";
import { runLabels } from "./labels.ts";
import { closeShells } from "./shell.ts";

let container: Dockerode.Container;

beforeAll(async () => {
  const { docker } = await connectEngine();
  container = await docker.createContainer({
    Image: await ensureToolbox(docker, () => undefined),
    Cmd: ["sleep", "infinity"],
    Labels: runLabels(`shell-${process.pid}`),
    HostConfig: { NetworkMode: "none" },
  });
  await container.start();
});

afterAll(async () => {
  await container.remove({ force: true });
});

const sh = (script: string): Promise<{ exitCode: number; stdout: string; stderr: string }> =>
  execute(container, ["sh", "-c", script]);

/** Shells that commands of ours came from. */
async function parents(count: number): Promise<number> {
  const told = await Promise.all(Array.from({ length: count }, () => sh("echo $PPID; sleep 0.2")));
  return new Set(told.map(({ stdout }) => stdout)).size;
}

describe("commands in a container", () => {
  it("come one after the other from one shell, and at once from several", async () => {
    const one = await sh("echo $PPID");
    const next = await sh("echo $PPID");
    expect(next.stdout).toBe(one.stdout);
    expect(await parents(3)).toBe(3);
  });

  it("are told apart from each other, however much they print", async () => {
    const [long, short] = await Promise.all([sh("seq 200000"), sh("echo a; echo b >&2; exit 3")]);
    expect([long.stdout.length, long.exitCode]).toEqual([1_288_895, 0]);
    expect(short).toEqual({ exitCode: 3, stdout: "a\n", stderr: "b\n" });
  });

  it("end when their shell is killed under them, and the next one gets another shell", async () => {
    const { exitCode } = await sh("kill -KILL $PPID; sleep 5");
    expect(exitCode).toBe(137);
    expect((await sh("echo still here")).stdout).toBe("still here\n");
  });

  it("are given up after their time, and the next one does not wait for them", async () => {
    const late = execute(container, ["sleep", "20"], { timeoutMs: 200 });
    await expect(late).rejects.toThrow(/did not end within 200 ms: sleep 20/);
    expect((await sh("echo still here")).stdout).toBe("still here\n");
  });

  it("are refused by the engine while the container is paused", async () => {
    await sh("true");
    closeShells(container);
    await container.pause();
    await expect(sh("true")).rejects.toThrow(/paused/);
    await container.unpause();
    expect((await sh("echo on again")).stdout).toBe("on again\n");
  });
});
