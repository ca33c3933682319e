/**
 * A node with a kernel of its own: what it has, that commands, signals, clocks and services work as on a plain one, and
 * that a toolbox beside its container meets its packets.
 */
import type Dockerode from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CPU_SHARES } from "./cgroups.ts";
import { startContainer, TOOLBOX_CAPABILITIES } from "./containers.ts";
import { connectEngine } from "./engine.ts";
import { execute, executeOk } from "./exec.ts";
import { ensureOwnKernel, ensureToolbox, type Line } from "./images/images.ts";
import { runLabels } from "./labels.ts";
import { createNetwork, type ClusterNetwork } from "./network.ts";
import {
  clockOffset,
  GUEST_SIDE,
  insertAdapter,
  removeAdapter,
  startOwnKernel,
  type OwnKernel,
} from "./own-kernel.ts";
import { GUEST_EXEC } from "./stream.ts";
import { ofRun, sweepUntilQuiet } from "./sweep.ts";

const RUN = `own-kernel-${process.pid}`;
const labels = runLabels(RUN);
const quiet = (): void => undefined;

let docker: Dockerode;
let network: ClusterNetwork;
let node: OwnKernel;
let peer: Dockerode.Container;
/** Beside the node's container, outside of its kernel. */
let wire: Dockerode.Container;
const at = (hostPart: number): string => `${network.subnetPrefix}.${hostPart}`;

async function startNode(line: Line, name: string, hostPart: number): Promise<OwnKernel> {
  return startOwnKernel(docker, {
    labels,
    autoCleanup: false,
    image: await ensureOwnKernel(docker, line, quiet),
    name: `vipdrill-${RUN}-${name}`,
    hostname: name,
    network: { name: network.name, address: at(hostPart) },
    cpuShares: CPU_SHARES.host,
    memoryMb: 512,
  });
}

async function startTools(
  name: string,
  place: { beside: string } | { network: { name: string; address: string } },
): Promise<Dockerode.Container> {
  return startContainer(docker, {
    labels,
    autoCleanup: false,
    image: await ensureToolbox(docker, quiet),
    name: `vipdrill-${RUN}-${name}`,
    capabilities: TOOLBOX_CAPABILITIES,
    cpuShares: CPU_SHARES.watcher,
    ...place,
  });
}

beforeAll(async () => {
  ({ docker } = await connectEngine());
  network = await createNetwork(docker, { runId: RUN, seed: process.pid, labels });
  node = await startNode("sid", "director", 11);
  wire = await startTools("wire", { beside: node.container.id });
  peer = await startTools("peer", { network: { name: network.name, address: at(12) } });
});

afterAll(async () => {
  await sweepUntilQuiet(docker, ofRun(RUN));
});

const run = (container: Dockerode.Container, script: string): Promise<string> =>
  executeOk(container, script, ["bash", "-c", script]);
const inside = (script: string): ReturnType<typeof execute> =>
  execute(node.guest, ["sh", "-c", script]);

/** Round trips in milliseconds, the quickest of some. */
async function roundTrip(): Promise<number> {
  const { stdout } = await execute(peer, ["ping", "-c", "8", "-i", "0.1", at(11)]);
  return Number(/= ([\d.]+)\//.exec(stdout)?.[1] ?? Number.NaN);
}

describe("a node with a kernel of its own", () => {
  it("has another kernel than the engine, the container's files, name and address", async () => {
    const { stdout: outer } = await execute(node.container, ["uname", "-v"]);
    const { stdout } = await inside(
      "uname -v; hostname; ip -o -4 address show dev eth0; ls /etc/keepalived; cat /etc/hosts; ps -o comm= -p 1",
    );
    expect(stdout).not.toContain(outer.trim());
    expect(stdout).toMatch(/^director$/m);
    expect(stdout).toContain(` ${at(11)}/24 `);
    expect(stdout).toContain("keepalived.config-opts");
    expect(stdout).toMatch(new RegExp(`^${at(11).replaceAll(".", "\\.")}\\s+director$`, "m"));
    expect(stdout).toMatch(/^guest-init$/m);
  });

  it("has ip_vs", async () => {
    const { stdout, exitCode } = await inside(
      `ipvsadm -A -t ${at(11)}:3306 -s wrr && ipvsadm -a -t ${at(11)}:3306 -r 198.18.0.1:3306 -g -w 3 && ipvsadm -Sn; ipvsadm -C`,
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
    await run(peer, "ping -c 20 -w 3 -i 0.2 -I eth0 224.0.0.18 >/dev/null 2>&1 || true");
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

  it("answers others while a caller does not read, and a command does not either", async () => {
    const { stdout } = await execute(
      node.container,
      [
        "sh",
        "-c",
        `${GUEST_EXEC} head -c 3000000 /dev/zero | sleep 8 &
         head -c 3000000 /dev/zero | ${GUEST_EXEC} sleep 8 &
         sleep 1; timeout 5 ${GUEST_EXEC} echo answered; timeout 5 ${GUEST_EXEC} sh -c 'ps -eo args | grep -c -x "sleep 8"'`,
      ],
      { timeoutMs: 30_000 },
    );
    expect(stdout.trim().split("\n")).toEqual(["answered", "1"]);
  });
});

const CLOCK_OFFSET_MAX_US = 2000;

describe("its clock", () => {
  it("is the engine's, and still is when the node was frozen", async () => {
    const first = await clockOffset(node.container);
    await node.container.pause();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await node.container.unpause();
    const second = await clockOffset(node.container);
    for (const { offsetUs, withinUs } of [first, second]) {
      expect(withinUs).toBeLessThan(20_000);
      expect(Math.abs(offsetUs)).toBeLessThanOrEqual(withinUs + CLOCK_OFFSET_MAX_US);
    }
  });

  it("is told when it is wrong", async () => {
    const before = await clockOffset(node.container);
    await inside("date -s '+1 second' >/dev/null");
    const wrong = await clockOffset(node.container);
    await inside("date -s '-1 second' >/dev/null");
    // Less by what the program takes from its reading to its setting.
    expect(wrong.offsetUs - before.offsetUs).toBeGreaterThan(800_000);
    expect(wrong.offsetUs - before.offsetUs).toBeLessThan(1_000_000 + CLOCK_OFFSET_MAX_US);
  });
});

const PING = "ping -c 3 -w 1 -i 0.2";

/** What a filter counted while the peer pinged the node; the capture is that of `eth0` meanwhile. */
async function filtered(chain: string): Promise<{ counted: number; captured: string }> {
  await run(wire, `nft 'table netdev trial { chain c { ${chain} }; }'`);
  const capture = run(
    wire,
    "timeout 2 tcpdump --immediate-mode -Z root -n -tt -i eth0 icmp 2>/dev/null || true",
  );
  await run(peer, `sleep 0.5; ${PING} ${at(11)} >/dev/null || true`);
  const captured = await capture;
  const counted = /packets (\d+)/.exec(await run(wire, "nft list table netdev trial"))?.[1];
  await run(wire, "nft delete table netdev trial");
  return { counted: Number(counted), captured };
}

describe("its packets, seen from a toolbox beside its container", () => {
  it("pass by on eth0, by the engine's clock, both ways, the VRRP group included", async () => {
    const capture = run(
      wire,
      "date +%s.%6N; timeout 2 tcpdump --immediate-mode -Z root -n -tt -i eth0 icmp or arp 2>/dev/null; date +%s.%6N",
    );
    await Promise.all([
      run(peer, `sleep 0.5; ${PING} ${at(11)} >/dev/null; ${PING} -I eth0 224.0.0.18 || true`),
      inside(`sleep 0.5; ${PING} -I eth0 224.0.0.18; arping -c 1 -U -I eth0 ${at(11)}`),
    ]);
    const lines = (await capture).trim().split("\n");
    const text = lines.join("\n");
    expect(text).toContain(`${at(12)} > ${at(11)}: ICMP echo request`);
    expect(text).toContain(`${at(11)} > ${at(12)}: ICMP echo reply`);
    expect(text).toContain(`${at(12)} > 224.0.0.18: ICMP echo request`);
    expect(text).toContain(`${at(11)} > 224.0.0.18: ICMP echo request`);
    expect(text).toContain(`Request who-has ${at(11)} (ff:ff:ff:ff:ff:ff) tell ${at(11)}`);
    const stamps = lines.map((line) => Number.parseFloat(line));
    expect(stamps.toSorted((a, b) => a - b)).toEqual(stamps);
  });

  it("can be kept from it, and the capture has them still", async () => {
    const { counted, captured } = await filtered(
      `type filter hook egress device "${GUEST_SIDE}" priority 0; icmp type echo-request counter drop;`,
    );
    expect(counted).toBeGreaterThanOrEqual(3);
    expect(captured.match(/echo request/g)?.length).toBe(counted);
    expect(captured).not.toContain("echo reply");
  });

  it("can be kept from the wire, and the capture has them not", async () => {
    const { counted, captured } = await filtered(
      `type filter hook ingress device "${GUEST_SIDE}" priority -10; icmp type echo-reply counter drop;`,
    );
    expect(counted).toBeGreaterThanOrEqual(3);
    expect(captured.match(/echo request/g)?.length).toBe(counted);
    expect(captured).not.toContain("echo reply");
  });

  it("come through whole, megabytes of them both ways", async () => {
    const receive = `perl -MIO::Socket::INET -e 'alarm 20; $l = IO::Socket::INET->new(LocalPort => 5001, Listen => 1, ReuseAddr => 1) or die;
      $c = $l->accept; print while sysread($c, $_, 65536)' | md5sum`;
    const send = (to: number): string => `head -c 8000000 /dev/urandom >/tmp/blob
      for i in $(seq 50); do cat /tmp/blob 2>/dev/null >/dev/tcp/${at(to)}/5001 && break; sleep 0.1; done 2>/dev/null; md5sum </tmp/blob`;
    const [got, sent] = await Promise.all([run(node.guest, receive), run(peer, send(11))]);
    expect(got).toBe(sent);
    const [back, forth] = await Promise.all([run(peer, receive), run(node.guest, send(12))]);
    expect(back).toBe(forth);
  });
});

/** Nothing when there is no such interface. */
async function link(): Promise<string> {
  const { stdout } = await inside(
    "ip -o link show dev eth0 2>/dev/null | grep -o 'link/ether [0-9a-f:]*' && ip -4 route show dev eth0",
  );
  return stdout;
}

describe("its network adapter", () => {
  it("can be taken out, and another one with the same addresses put in", async () => {
    const before = await link();
    await removeAdapter(node.container, "director");
    expect(await link()).toBe("");
    expect(await roundTrip()).toBeNaN();
    await expect(removeAdapter(node.container, "director")).rejects.toThrow(/eth0/);
    await insertAdapter(node.container, "director");
    expect(before).toContain("default via");
    expect(await link()).toBe(before);
    expect(await roundTrip()).toBeLessThan(60);
  });
});

describe("its memory", () => {
  it("can run out without loss of the agent; what the agent runs is not spared", async () => {
    const { stdout } = await inside("cat /proc/self/oom_score_adj");
    const { stdout: agent } = await inside("cat /proc/$(pgrep -x guest-agent)/oom_score_adj");
    expect([stdout, agent]).toEqual(["0\n", "-1000\n"]);
  });
});

const SERVICES = `service mysql start >/dev/null && service keepalived start >/dev/null && logger heard &&
  mysql -N -e 'select version()' && keepalived --version 2>&1 | head -n 1 && sleep 0.3 && grep -c heard /var/log/syslog
  service keepalived stop >/dev/null; uname -r`;

describe("its services", () => {
  it("start, and what they have written survives a power cut", async () => {
    expect(await run(node.guest, SERVICES)).toMatch(/^9\.7\.\S+\nKeepalived v2\.3\.4.*\n1\n7\./);
    await run(node.guest, "mysql -e 'create database d; create table d.t (a int primary key)'");
    const link =
      "ip -o link show dev eth0 | grep -o 'ether [0-9a-f:]*'; ip -o -4 address show | cut -d : -f 2-";
    const before = await run(node.guest, link);
    const rows = Array.from(
      { length: 5000 },
      (_, a) => `insert into d.t values (${a}); select ${a};`,
    );
    const writer = execute(node.guest, ["mysql", "-N", "--unbuffered"], { input: rows.join("\n") });
    // A row that another session sees was committed before it looked.
    const seen = await run(
      node.guest,
      "for i in $(seq 200); do n=$(mysql -N -e 'select count(*) from d.t'); [ $n -lt 100 ] || break; sleep 0.05; done; echo $n",
    );
    await node.container.kill();
    await Promise.allSettled([writer]);
    await node.container.start();
    expect(await run(node.guest, link)).toBe(before);
    expect(await run(node.guest, "ls /tmp /run/mysqld")).not.toContain("sock");
    const found = await run(
      node.guest,
      "service mysql start >/dev/null; mysql -N -e 'select count(*), max(a) + 1 from d.t'",
    );
    const [count, next] = found.trim().split("\t").map(Number);
    expect(count).toBe(next);
    expect(Number(seen)).toBeGreaterThanOrEqual(100);
    expect(count).toBeGreaterThanOrEqual(Number(seen));
    const { offsetUs, withinUs } = await clockOffset(node.container);
    expect(Math.abs(offsetUs)).toBeLessThanOrEqual(withinUs + CLOCK_OFFSET_MAX_US);
  });

  it.each([
    ["bookworm", /^10\.11\.\S+\nKeepalived v2\.2\.7.*\n1\n7\./],
    ["trixie", /^11\.8\..+\nKeepalived v2\.3\.3.*\n1\n7\./],
  ] as const)("start on %s", async (line, expected) => {
    const other = await startNode(line, line, line === "trixie" ? 14 : 13);
    expect(await run(other.guest, SERVICES)).toMatch(expected);
    await other.container.kill();
  });

  it("end as a whole with the container", async () => {
    await node.container.kill();
    const { State } = await node.container.inspect();
    expect(State.Running).toBe(false);
    await expect(execute(node.guest, ["true"])).rejects.toThrow();
  });
});
