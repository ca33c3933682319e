/**
 * What a kernel of its own costs a node: `node bench/own-kernel.ts [ROUNDS] [LINE]` starts a plain host and a host with its own
 * kernel in turn and tells the time to the end of the first command, and the memory that the engine counts for the container:
 * the guest's memory, which is a file in a tmpfs, and the page cache included. No server runs in either.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type Dockerode from "dockerode";
import { CPU_SHARES } from "../harness/backend/docker/cgroups.ts";
import { HOST_CAPABILITIES, startContainer } from "../harness/backend/docker/containers.ts";
import { connectEngine } from "../harness/backend/docker/engine.ts";
import { executeOk } from "../harness/backend/docker/exec.ts";
import {
  ensureImages,
  ensureOwnKernel,
  isLine,
  type Line,
} from "../harness/backend/docker/images/images.ts";
import { runLabels } from "../harness/backend/docker/labels.ts";
import { createNetwork } from "../harness/backend/docker/network.ts";
import { startOwnKernel } from "../harness/backend/docker/own-kernel.ts";
import { ofRun, sweepUntilQuiet } from "../harness/backend/docker/sweep.ts";

/** What is asked of it (seconds more than a plain node to start, megabytes). */
const SECONDS_MORE_MAX = 2.5;
const MEMORY_MB_MAX = 100;
/** As directors have it (`nodes.ts`). */
const GUEST_MEMORY_MB = 128;
/** After the first command, so that all that starts by itself has started. */
const SETTLE_MS = 2000;

const RUN = `bench-${process.pid}`;
const labels = runLabels(RUN);

interface Sample {
  readonly seconds: number;
  readonly memoryMb: number;
}

interface Started {
  readonly container: Dockerode.Container;
  readonly place: Dockerode.Container;
}

async function sample(start: () => Promise<Started>): Promise<Sample> {
  const begin = process.hrtime.bigint();
  const { container, place } = await start();
  await executeOk(place, "the first command", ["true"]);
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  await sleep(SETTLE_MS);
  const { memory_stats: memory } = await container.stats({ stream: false });
  await container.remove({ force: true });
  return { seconds, memoryMb: memory.usage / 1e6 };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

function tell(what: string, values: readonly number[], unit: string): void {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(2));
  console.log(`${what}: median ${median(values).toFixed(2)} ${unit} (${least} to ${most})`);
}

async function main(rounds: number, line: Line): Promise<boolean> {
  const { docker } = await connectEngine();
  const progress = (text: string): void => {
    console.error(text);
  };
  const { host } = await ensureImages(docker, { image: line, progress });
  const ownKernel = await ensureOwnKernel(docker, line, progress);
  const network = await createNetwork(docker, { runId: RUN, seed: process.pid, labels });
  const common = (name: string, hostPart: number) => ({
    labels,
    autoCleanup: false,
    name: `vipdrill-${RUN}-${name}`,
    hostname: name,
    network: { name: network.name, address: `${network.subnetPrefix}.${hostPart}` },
  });
  const [plain, own]: [Sample[], Sample[]] = [[], []];
  try {
    for (let round = 0; round < rounds; round++) {
      plain.push(
        await sample(async () => {
          const container = await startContainer(docker, {
            ...common("plain", 11),
            image: host,
            capabilities: HOST_CAPABILITIES,
            cpuShares: CPU_SHARES.host,
          });
          return { container, place: container };
        }),
      );
      own.push(
        await sample(async () => {
          const { container, guest } = await startOwnKernel(docker, {
            ...common("own", 12),
            image: ownKernel,
            cpuShares: CPU_SHARES.host,
            memoryMb: GUEST_MEMORY_MB,
          });
          return { container, place: guest };
        }),
      );
    }
  } finally {
    await sweepUntilQuiet(docker, ofRun(RUN));
  }
  const [seconds, memory] = [
    (samples: readonly Sample[]) => samples.map((each) => each.seconds),
    (samples: readonly Sample[]) => samples.map((each) => each.memoryMb),
  ];
  tell("plain node, to the first command", seconds(plain), "s");
  tell("own kernel, to the first command", seconds(own), "s");
  tell("plain node, memory", memory(plain), "MB");
  tell("own kernel, memory", memory(own), "MB");
  const more = median(seconds(own)) - median(seconds(plain));
  const most = Math.max(...memory(own));
  console.log(
    `difference of the medians ${more.toFixed(2)} s, at most ${SECONDS_MORE_MAX} s asked`,
  );
  console.log(`largest memory ${most.toFixed(0)} MB, less than ${MEMORY_MB_MAX} MB asked`);
  return more <= SECONDS_MORE_MAX && most < MEMORY_MB_MAX;
}

const [rounds = "5", line = "sid"] = process.argv.slice(2);
if (!isLine(line) || !/^[1-9]\d?$/.test(rounds)) {
  console.error("usage: node bench/own-kernel.ts [ROUNDS] [bookworm|trixie|sid]");
  process.exitCode = 64;
} else {
  process.exitCode = (await main(Number(rounds), line)) ? 0 : 1;
}
