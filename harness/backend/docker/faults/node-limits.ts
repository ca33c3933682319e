/** Drivers that limit what a node gets, processor time and memory: the engine does, or a guest's memory is filled inside. */
import type { JsonObject } from "../../../core/json.ts";
import { messageOf } from "../../../core/errors.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { livePids, timed, waitUntilGone, type DockerNode } from "../node.ts";
import { NO_LIMIT_BYTES, OOM_KILLS, oomKills, usageOf } from "../limits.ts";
import type { FaultDriver } from "./driver.ts";
import { byEngine } from "./node-engine.ts";
import { FILL_SCRIPT, giveBackMemory } from "./guest-memory.ts";
import { GONE_BOUND_SECONDS, startService } from "./service.ts";

/** The scheduler's default (Documentation/scheduler/sched-bwc.rst). */
const CPU_PERIOD_US = 100_000;
/** `docker update` takes 0 for "as it is". */
const NO_QUOTA = -1;
const THROTTLED_BOUND_MS = 10_000;
const LOOK_EVERY_MS = 250;

export function cpuDriver(share: number): FaultDriver {
  const quota = Math.round(share * CPU_PERIOD_US);
  const limit = ({ container }: DockerNode, CpuQuota: number): Promise<unknown> =>
    container.update({ CpuPeriod: CPU_PERIOD_US, CpuQuota });
  let limited = false;
  return {
    look: async ({ node }) => ({
      quota: await quotaOf(node),
      throttled: (await usageOf(node.container)).throttledPeriods,
    }),
    act: async ({ node }) => {
      // A quota that is there already is not ours to lift.
      limited = (await quotaOf(node)) <= 0;
      return limited ? byEngine(node, () => limit(node, quota)) : timed(node.toolbox, "true");
    },
    prove: ({ node }, before) => proveThrottled(node, quota, before),
    heal: async ({ node }) => {
      const done = limited
        ? await byEngine(node, () => limit(node, NO_QUOTA))
        : await timed(node.toolbox, "true");
      const left = await quotaOf(node);
      return {
        ...done,
        receipt: {
          confirmed: limited === left <= 0,
          proof:
            left > 0
              ? `${node.spec.name} has a quota of ${left} us`
              : `${node.spec.name} has no quota`,
          facts: { quota: left, throttled: (await usageOf(node.container)).throttledPeriods },
        },
      };
    },
  };
}

/** Microseconds of each period; 0 or less when there is no quota. */
async function quotaOf(node: DockerNode): Promise<number> {
  const { HostConfig } = await node.container.inspect();
  return HostConfig.CpuQuota ?? 0;
}

async function proveThrottled(
  node: DockerNode,
  quota: number,
  before: JsonObject,
): Promise<Receipt> {
  if (Number(before["quota"]) > 0) {
    const proof = `the processor time of ${node.spec.name} was limited already`;
    return { confirmed: false, proof, facts: { before } };
  }
  const count = async (): Promise<number> =>
    (await usageOf(node.container)).throttledPeriods - Number(before["throttled"]);
  const end = performance.now() + THROTTLED_BOUND_MS;
  let periods = await count();
  while (periods <= 0 && (await quotaOf(node)) === quota && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    periods = await count();
  }
  const inForce = await quotaOf(node);
  return {
    confirmed: periods > 0 && inForce === quota,
    proof:
      inForce !== quota
        ? `${node.spec.name} has no quota of ${quota} us`
        : periods > 0
          ? `${node.spec.name} was held back in ${periods} periods of ${CPU_PERIOD_US / 1000} ms`
          : `${node.spec.name} did not want more than its quota for ${THROTTLED_BOUND_MS / 1000} s`,
    facts: { before, quota: inForce, throttledPeriods: periods },
  };
}

const MIB = 1024 * 1024;
/** What processes may still allocate below the limit, and by how much it is raised if the kernel refuses it. */
const HEADROOM_BYTES = 16 * MIB;
const LIMIT_ATTEMPTS = 20;
/** A process that wants as much: less than anything of the host that the OOM killer could mistake for mysqld. */
const HOG_BYTES = 4 * MIB;
/** So many, one after the other: more than the headroom and the kernel's own use. */
const HOGS = 32;

/**
 * Little by little, and no more once something was killed: what is killed gives its memory back late on a busy machine, and
 * whoever wants much meanwhile makes the killer look for a second one (seen: keepalived's VRRP child). `tail` keeps all of its
 * input before it prints any of it.
 */
const HOG_SCRIPT = `kills() { ${OOM_KILLS.engine}; }
had=$(kills); i=0
while [ $i -lt ${HOGS} ] && [ "$(kills)" = "$had" ]; do
  { head -c ${HOG_BYTES} /dev/zero; sleep 3; } | tail -c ${HOG_BYTES} >/dev/null 2>&1 &
  i=$((i + 1)); sleep 0.02
done`;

/** How a kind of node is brought to have no memory left. */
interface Shortage {
  /** Says whether there is anything to lift. */
  readonly prepare: (node: DockerNode) => Promise<boolean>;
  readonly script: string;
  readonly lift: (node: DockerNode) => Promise<unknown>;
}

const SHORTAGES: Readonly<Record<DockerNode["kernel"], Shortage>> = {
  engine: {
    prepare: lowerLimit,
    script: HOG_SCRIPT,
    lift: (node) => limitMemory(node, NO_LIMIT_BYTES),
  },
  own: {
    // Without a server the killer would find somebody else.
    prepare: async (node) => (await livePids(node, "mysql")).length > 0,
    script: FILL_SCRIPT,
    lift: giveBackMemory,
  },
};

export function memoryDriver(): FaultDriver {
  let limited = false;
  return {
    look: async ({ node }) => ({
      pids: await livePids(node, "mysql"),
      keepalived: await livePids(node, "keepalived"),
      oomKills: await oomKills(node.host, node.kernel),
    }),
    act: async ({ node }) => {
      const { prepare, script } = SHORTAGES[node.kernel];
      limited = await prepare(node);
      return timed(node.host, limited ? script : "true");
    },
    prove: ({ node }, before) => proveKilled(node, before),
    heal: async ({ node }) => {
      const lifted = await byEngine(node, () =>
        limited ? SHORTAGES[node.kernel].lift(node) : Promise.resolve(),
      );
      const started = await startService(node, "mysql");
      return { ...started, beginEpochUs: lifted.beginEpochUs };
    },
  };
}

function limitMemory({ container }: DockerNode, bytes: number): Promise<unknown> {
  return container.update({ Memory: bytes, MemorySwap: bytes });
}

/**
 * Control groups of version 1 refuse a limit below what is in use after the page cache has been given back, so
 * the limit is raised until it is taken; those of version 2 take the first.
 */
async function lowerLimit(node: DockerNode): Promise<boolean> {
  const { anonymousBytes } = await usageOf(node.container);
  for (let attempt = 1; attempt <= LIMIT_ATTEMPTS; attempt += 1) {
    try {
      await limitMemory(node, anonymousBytes + attempt * HEADROOM_BYTES);
      return true;
    } catch (error) {
      if (!/unable to set memory limit|busy/i.test(messageOf(error))) throw error;
    }
  }
  return false;
}

async function proveKilled(node: DockerNode, before: JsonObject): Promise<Receipt> {
  const pids = (before["pids"] as readonly number[] | undefined) ?? [];
  if (pids.length === 0) {
    const proof = `mysqld was not running on ${node.spec.name} before the fault`;
    return { confirmed: false, proof, facts: { before } };
  }
  const kills = (await oomKills(node.host, node.kernel)) - Number(before["oomKills"]);
  const left = await waitUntilGone(node, pids, kills > 0 ? GONE_BOUND_SECONDS : 0);
  const keepalived = await livePids(node, "keepalived");
  const had = (before["keepalived"] as readonly number[] | undefined) ?? [];
  const lost = had.filter((pid) => !keepalived.includes(pid));
  const alsoKeepalived = lost.length === 0 ? "" : `; keepalived lost ${lost.join(", ")} as well`;
  return {
    confirmed: kills > 0 && left.length === 0,
    proof:
      kills <= 0
        ? `the OOM killer did not kill anything on ${node.spec.name}`
        : left.length === 0
          ? `the OOM killer killed ${kills} times on ${node.spec.name}, and mysqld (${pids.join(", ")}) is gone${alsoKeepalived}`
          : `the OOM killer killed ${kills} times on ${node.spec.name}, and mysqld still runs${alsoKeepalived}`,
    facts: { before, oomKills: kills, left, keepalivedLost: lost },
  };
}
