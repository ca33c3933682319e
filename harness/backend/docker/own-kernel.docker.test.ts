/** A node with a kernel of its own: what it has, and that commands, signals and clocks work as on a plain one. */
import type Dockerode from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CPU_SHARES } from "./cgroups.ts";
import { startContainer, TOOLBOX_CAPABILITIES } from "./containers.ts";
import { connectEngine } from "./engine.ts";
import { execute } from "./exec.ts";
import { ensureOwnKernel, ensureToolbox } from "./images/images.ts";
import { runLabels } from "./labels.ts";
import { createNetwork } from "./network.ts";
import { clockOffset, startOwnKernel, type OwnKernel } from "./own-kernel.ts";
import { ofRun, sweepUntilQuiet } from "./sweep.ts";

const RUN = `own-kernel-${process.pid}`;
const labels = runLabels(RUN);
const quiet = (): void => undefined;

let docker: Dockerode;
let node: OwnKernel;
let peer: Dockerode.Container;
let address: string;

beforeAll(async () => {
  ({ docker } = await connectEngine());
  const network = await createNetwork(docker, { runId: RUN, seed: process.pid, labels });
  address = `${network.subnetPrefix}.11`;
  const common = { labels, autoCleanup: false };
  node = await startOwnKernel(docker, {
    ...common,
    image: await ensureOwnKernel(docker, quiet),
    name: `vipdrill-${RUN}-director`,
    hostname: "director",
    network: { name: network.name, address },
  });
  peer = await startContainer(docker, {
    ...common,
    image: await ensureToolbox(docker, quiet),
    name: `vipdrill-${RUN}-peer`,
    capabilities: TOOLBOX_CAPABILITIES,
    cpuShares: CPU_SHARES.watcher,
    network: { name: network.name, address: `${network.subnetPrefix}.12` },
  });
});

afterAll(async () => {
  await sweepUntilQuiet(docker, ofRun(RUN));
});

const inside = (script: string): ReturnType<typeof execute> =>
  execute(node.guest, ["sh", "-c", script]);

/** Round trips in milliseconds, the quickest of some. */
async function roundTrip(): Promise<number> {
  const { stdout } = await execute(peer, ["ping", "-c", "8", "-i", "0.1", address]);
  return Number(/= ([\d.]+)\//.exec(stdout)?.[1] ?? Number.NaN);
}

describe("a node with a kernel of its own", () => {
  it("has another kernel than the engine, the container's files, name and address", async () => {
    const { stdout: outer } = await execute(node.container, ["uname", "-v"]);
    const { stdout } = await inside(
      "uname -v; hostname; ip -o -4 address show dev eth0; ls /etc/keepalived",
    );
    expect(stdout).not.toContain(outer.trim());
    expect(stdout).toMatch(/^director$/m);
    expect(stdout).toContain(` ${address}/24 `);
    expect(stdout).toContain("keepalived.config-opts");
  });

  it("has ip_vs", async () => {
    const { stdout, exitCode } = await inside(
      `ipvsadm -A -t ${address}:3306 -s wrr && ipvsadm -a -t ${address}:3306 -r 198.18.0.1:3306 -g -w 3 && ipvsadm -Sn; ipvsadm -C`,
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/-a -t \S+:3306 -r 198\.18\.0\.1:3306 -g -w 3/);
  });

  it("has netem, which delays what others send and get", async () => {
    const before = await roundTrip();
    await inside("tc qdisc add dev eth0 root netem delay 60ms");
    const delayed = await roundTrip();
    await inside("tc qdisc del dev eth0 root");
    const after = await roundTrip();
    expect(before).toBeLessThan(60);
    expect(delayed).toBeGreaterThanOrEqual(60);
    expect(after).toBeLessThan(60);
  });

  it("hears the VRRP group", async () => {
    const heard = inside(
      "timeout 20 tcpdump --immediate-mode -Z root -n -c 1 -i eth0 'icmp and dst host 224.0.0.18' 2>/dev/null",
    );
    await execute(peer, [
      "sh",
      "-c",
      "ping -c 20 -i 0.2 -I eth0 224.0.0.18 >/dev/null 2>&1 || true",
    ]);
    expect((await heard).stdout).toContain("224.0.0.18: ICMP echo request");
  });

  it("runs commands as a plain one does: input, outputs, exit codes, several at once", async () => {
    const [fed, long, killed] = await Promise.all([
      execute(node.guest, ["sh", "-c", "cat; echo err >&2; exit 7"], { input: "a\nb\n" }),
      inside("head -c 1000000 /dev/zero | tr '\\0' x"),
      inside("sh -c 'kill -KILL $$'"),
    ]);
    expect(fed).toEqual({ exitCode: 7, stdout: "a\nb\n", stderr: "err\n" });
    expect(long.stdout.length).toBe(1_000_000);
    expect(killed.exitCode).toBe(137);
  });

  it("has a clock whose distance from the engine's can be told", async () => {
    const first = await clockOffset(node);
    const second = await clockOffset(node);
    expect(first.withinUs).toBeLessThan(100_000);
    const apart = Math.abs(first.offsetUs - second.offsetUs);
    expect(apart).toBeLessThanOrEqual(first.withinUs + second.withinUs + 5000);
  });

  it("ends as a whole when its container is killed", async () => {
    await node.container.kill();
    const { State } = await node.container.inspect();
    expect(State.Running).toBe(false);
    await expect(execute(node.guest, ["true"])).rejects.toThrow();
  });
});
