/** The link emulator between two containers: how exactly it delays, and what comes through it unharmed. */
import type Dockerode from "dockerode";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { CPU_SHARES } from "./cgroups.ts";
import { startContainer, TOOLBOX_CAPABILITIES } from "./containers.ts";
import { delaySource } from "./delay-source.ts";
import {
  emulatorCounts,
  endEmulator,
  startEmulator,
  type Emulation,
  type EmulatorCounts,
} from "./emulator.ts";
import { connectEngine } from "./engine.ts";
import { executeOk } from "./exec.ts";
import { duplicateChain } from "./faults/duplicate.ts";
import { countersOf, frameHook, tableText } from "./faults/table.ts";
import { ensureToolbox } from "./images/images.ts";
import { runLabels } from "./labels.ts";
import { createNetwork } from "./network.ts";
import { ofRun, sweepUntilQuiet } from "./sweep.ts";

const RUN = `emulator-${process.pid}`;
const labels = runLabels(RUN);

let docker: Dockerode;
let node: Dockerode.Container;
let peer: Dockerode.Container;
let address: string;

beforeAll(async () => {
  ({ docker } = await connectEngine());
  const network = await createNetwork(docker, { runId: RUN, seed: process.pid, labels });
  const image = await ensureToolbox(docker, () => undefined);
  const start = (host: number): Promise<Dockerode.Container> =>
    startContainer(docker, {
      labels,
      autoCleanup: false,
      image,
      name: `vipdrill-${RUN}-${host}`,
      capabilities: TOOLBOX_CAPABILITIES,
      cpuShares: CPU_SHARES.watcher,
      network: { name: network.name, address: `${network.subnetPrefix}.${host}` },
    });
  node = await start(11);
  peer = await start(12);
  address = `${network.subnetPrefix}.12`;
});

afterAll(async () => {
  await sweepUntilQuiet(docker, ofRun(RUN));
});

afterEach(async () => {
  expect(await emulatorCounts(node)).toBeUndefined(); // every test ends its own
});

const EVENLY: Emulation = { device: "eth0", share: 1, delayUs: 50_000, jitterUs: 0 };

function script(container: Dockerode.Container, text: string): Promise<string> {
  return executeOk(container, "a test", ["sh", "-c", text]);
}

interface Answer {
  readonly sequence: number;
  readonly ms: number;
}

/** In the order in which they came. */
async function ping(options: string): Promise<Answer[]> {
  const text = await script(node, `ping -n ${options} ${address} || true`);
  return [...text.matchAll(/icmp_seq=(\d+) .*time=([\d.]+) ms/g)].map((match) => ({
    sequence: Number(match[1]),
    ms: Number(match[2]),
  }));
}

/** Of sorted times, the one below which that share of them lies. */
function quantile(answers: readonly Answer[], share: number): number {
  const sorted = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
}

function show(what: string, answers: readonly Answer[]): void {
  const parts = [0, 0.05, 0.5, 0.95, 1].map((share) => quantile(answers, share).toFixed(2));
  process.stdout.write(`${what}: ${parts.join(" / ")} ms (least, 5%, median, 95%, most)\n`);
}

async function emulating<T>(
  emulation: Emulation,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly counts: EmulatorCounts }> {
  const started = await startEmulator(node, emulation);
  expect(started.stderr.replaceAll(/^@\d+$/gm, "").trim()).toBe("");
  expect(started.exitCode).toBe(0);
  const result = await work();
  const counts = await emulatorCounts(node);
  const { receipt } = await endEmulator(node);
  expect(receipt).toMatchObject({ confirmed: true });
  if (counts === undefined) throw new Error("no counters");
  process.stdout.write(
    `${receipt.proof}, mean ${(counts.lateUs / Math.max(1, counts.sent)).toFixed(0)} us\n`,
  );
  return { result, counts };
}

describe("the link emulator", () => {
  it("is what delays on an engine whose kernel has no netem", async () => {
    expect(["kernel", "emulator"]).toContain(await delaySource(docker, () => undefined));
  });

  it("delays by what was asked for", async () => {
    const before = await ping("-c 50 -i 0.02");
    const { result, counts } = await emulating(EVENLY, () => ping("-c 200 -i 0.02"));
    show("50 ms", result);
    expect(result).toHaveLength(200);
    expect(quantile(result, 0)).toBeGreaterThanOrEqual(50);
    const grown = quantile(result, 0.5) - quantile(before, 0.5);
    expect(Math.abs(grown - 50)).toBeLessThan(2);
    expect(counts).toMatchObject({ dropped: 0, waiting: 0 });
  });

  it("spreads delays evenly over the jitter, by which packets overtake each other", async () => {
    const { result } = await emulating({ ...EVENLY, jitterUs: 20_000 }, () =>
      ping("-c 300 -i 0.01"),
    );
    show("50 ms, give or take 20", result);
    expect(result).toHaveLength(300);
    expect(quantile(result, 0)).toBeGreaterThanOrEqual(30);
    expect(Math.abs(quantile(result, 0.25) - 40)).toBeLessThan(6);
    expect(Math.abs(quantile(result, 0.75) - 60)).toBeLessThan(6);
    expect(quantile(result, 0.95)).toBeLessThan(72);
    expect(overtaken(result)).toBeGreaterThan(0);
  });

  it("holds back a share, which the rest overtakes", async () => {
    const reordering = { ...EVENLY, share: 0.25, delayUs: 20_000 };
    const { result } = await emulating(reordering, () => ping("-c 400 -i 0.005"));
    show("a quarter by 20 ms", result);
    const late = result.filter(({ ms }) => ms >= 20).length / result.length;
    expect(late).toBeGreaterThan(0.15);
    expect(late).toBeLessThan(0.35);
    expect(overtaken(result)).toBeGreaterThan(0);
  });

  it("takes nothing but what the rule names", async () => {
    const adverts = { ...EVENLY, match: "ip protocol 112" };
    const { result, counts } = await emulating(adverts, () => ping("-c 20 -i 0.02"));
    expect(quantile(result, 0.5)).toBeLessThan(20);
    expect(counts.taken).toBe(0);
  });

  it("hands each frame to other faults' rules once, unmarked, when it leaves", async () => {
    const other = tableText("netdev", "other", [
      {
        name: "out",
        hook: frameHook("out", { kernel: "engine", spec: { interface: "eth0" } }),
        rules: ["ip protocol icmp meta mark 0 counter"],
      },
    ]);
    await script(node, `nft -f - <<'RULES'\n${other}RULES`);
    await emulating(EVENLY, () => ping("-c 20 -i 0.02"));
    const listing = await script(
      node,
      "nft list table netdev other; nft delete table netdev other",
    );
    expect(countersOf(listing, "out")).toEqual([20]);
  });

  it("delays what is sent twice, and both of it alike", async () => {
    const double = tableText("netdev", "other", [
      duplicateChain({ kernel: "engine", spec: { interface: "eth0" } }, 1),
    ]);
    await script(node, `nft -f - <<'RULES'\n${double}RULES`);
    const { result } = await emulating(EVENLY, () => ping("-c 20 -i 0.02 -W 1"));
    await script(node, "nft delete table netdev other");
    expect(result.length).toBeGreaterThanOrEqual(39); // ping ends with the first answer to its last request
    expect(quantile(result, 0)).toBeGreaterThanOrEqual(50);
    expect(quantile(result, 0.5)).toBeLessThan(55);
  });

  it("lets a bulk transfer through unharmed", async () => {
    const { result, counts } = await emulating({ ...EVENLY, delayUs: 5000 }, bulk);
    process.stdout.write(`${result.seconds.toFixed(1)} s for ${BULK_MIB} MiB\n`);
    expect(result.received).toBe(result.sent);
    expect(counts.dropped).toBe(0);
  });

  it("sends what it still holds at once and in order when it ends", async () => {
    await startEmulator(node, { ...EVENLY, delayUs: 30_000_000 });
    const answers = ping("-c 10 -i 0.01 -W 5");
    await new Promise((resolve) => {
      setTimeout(resolve, 1000);
    });
    expect(await emulatorCounts(node)).toMatchObject({ waiting: 10, sent: 0 });
    const { receipt } = await endEmulator(node);
    expect(receipt).toMatchObject({ confirmed: true, facts: { sent: 10, waiting: 0, dropped: 0 } });
    const result = await answers;
    expect(result.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("refuses to be started twice, and leaves the first as it is", async () => {
    const { counts } = await emulating(EVENLY, async () => {
      const again = await startEmulator(node, EVENLY);
      expect(again.exitCode).not.toBe(0);
      expect(again.stderr).toContain("File exists");
      return ping("-c 5 -i 0.02");
    });
    expect(counts.sent).toBeGreaterThanOrEqual(5);
  });

  it("takes its rule away when its program dies, and owns up", async () => {
    await startEmulator(node, EVENLY);
    await script(node, "kill -SEGV $(pgrep -x link-emulator); sleep 0.5");
    expect(quantile(await ping("-c 5 -i 0.02"), 0.5)).toBeLessThan(20);
    const { receipt } = await endEmulator(node);
    expect(receipt).toMatchObject({ confirmed: false });
    expect(receipt.proof).toContain("ended early");
  });
});

/** How many came after one that was sent later. */
function overtaken(answers: readonly Answer[]): number {
  let highest = 0;
  let count = 0;
  for (const { sequence } of answers) {
    if (sequence < highest) count += 1;
    highest = Math.max(highest, sequence);
  }
  return count;
}

const BULK_MIB = 100;

const RECEIVE = `perl -MSocket -e '
  socket(my $l, PF_INET, SOCK_STREAM, 0); setsockopt($l, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($l, pack_sockaddr_in(9000, INADDR_ANY)) or die $!; listen($l, 1); accept(my $c, $l) or die $!;
  while (sysread $c, my $data, 131072) { print $data }' | sha256sum`;
const SEND = `perl -MSocket -e '
  socket(my $s, PF_INET, SOCK_STREAM, 0); connect($s, pack_sockaddr_in(9000, inet_aton(shift))) or die $!;
  while (sysread STDIN, my $data, 131072) { my $at = 0; $at += syswrite $s, $data, length($data) - $at, $at while $at < length $data }
  shutdown($s, 1); sysread $s, my $end, 1' `;

async function bulk(): Promise<{ sent: string; received: string; seconds: number }> {
  await script(node, `head -c ${BULK_MIB * 1024 * 1024} /dev/urandom >/run/bulk`);
  const received = script(peer, RECEIVE);
  const begin = performance.now();
  await script(node, `sleep 0.5; ${SEND} ${address} </run/bulk`);
  const seconds = (performance.now() - begin) / 1000 - 0.5;
  return {
    sent: (await script(node, "sha256sum </run/bulk")).trim(),
    received: (await received).trim(),
    seconds,
  };
}
