/**
 * What this engine and kernel can do, found by trying: each primitive runs once in a throw-away
 * container with its own network namespace. That all of them work is remembered for this engine,
 * kernel and toolbox; that something does not is tried again every time.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type Dockerode from "dockerode";
import { messageOf } from "../../core/errors.ts";
import type { Capability } from "../../fault/fault.ts";
import type { Missing } from "../backend.ts";
import { TRIAL_SCRIPT as EMULATOR_TRIAL } from "./emulator.ts";
import { execute } from "./exec.ts";
import { NO_LIMIT_BYTES, oomKills, usageOf } from "./limits.ts";
import { ensureToolbox } from "./images/images.ts";
import { createTrial } from "./trial.ts";

interface Trial {
  readonly capability: Capability;
  readonly script: string;
}

const TRIALS: readonly Trial[] = [
  {
    capability: "packet-filter",
    script: `nft -f - <<'RULES'
table inet trial {
  chain in { type filter hook input priority 0; ip protocol 112 counter drop; }
}
RULES
nft list table inet trial | grep -q counter && nft delete table inet trial`,
  },
  {
    capability: "link-filter",
    script: `nft -f - <<'RULES'
table netdev trial {
  chain in { type filter hook ingress device "lo" priority 0; counter drop; }
  chain out { type filter hook egress device "lo" priority 0; counter drop; }
}
RULES
! ping -c 1 -W 0.2 127.0.0.1 >/dev/null && nft delete table netdev trial &&
ping -c 1 -W 2 127.0.0.1 >/dev/null`,
  },
  {
    capability: "arp-filter",
    script: `nft -f - <<'RULES'
table netdev trial_arp {
  chain out {
    type filter hook egress device "lo" priority 0;
    arp saddr ip 198.19.255.254 arp daddr ip 198.19.255.254 counter drop
  }
}
RULES
nft list table netdev trial_arp | grep -q counter && nft delete table netdev trial_arp`,
  },
  {
    // The engine makes it as it makes every other container; what it then needs is tried here.
    capability: "foreign-host",
    script:
      "command -v arping >/dev/null && perl -MSocket -e 'socket(my $s, PF_INET, SOCK_RAW, 112) or die $!'",
  },
  {
    capability: "address-control",
    script: "ip address add 198.19.255.254/32 dev lo && ip address del 198.19.255.254/32 dev lo",
  },
  {
    // Not a primitive but a lack: a container sees the module of the host's kernel once it is loaded, and cannot load it.
    capability: "no-ip-vs",
    script: "! test -e /proc/net/ip_vs || { echo 'the kernel has ip_vs' >&2; exit 1; }",
  },
  { capability: "signal-process", script: "sleep 60 & kill -STOP $! && kill -KILL $!" },
  { capability: "link-control", script: "ip link set dev lo down && ip link set dev lo up" },
  {
    capability: "frame-duplication",
    script: `nft -f - <<'RULES'
table netdev doubles {
  chain out {
    type filter hook egress device "lo" priority 0;
    meta mark 1 counter accept
    meta mark set 1 dup to "lo" meta mark set 0
  }
}
RULES
ping -c 1 -W 2 127.0.0.1 >/dev/null; nft list table netdev doubles | grep -q 'counter packets [1-9]' &&
nft delete table netdev doubles`,
  },
  {
    capability: "traffic-shaping",
    script: `tc qdisc add dev lo root handle 1: tbf rate 1mbit burst 10kb latency 50ms &&
tc qdisc del dev lo root handle 1:`,
  },
  {
    // By the kernel's netem, or else by the emulator; which of them, `delaySource` tells.
    capability: "packet-delay",
    script: `if tc qdisc add dev lo root handle 1: netem delay 1ms 2>/dev/null; then tc qdisc del dev lo root handle 1:
else ${EMULATOR_TRIAL}
fi`,
  },
];

/** What the engine itself does to a container; each leaves it as it was. Throws, or gives a reason, when it cannot. */
interface EngineTrial {
  readonly capability: Capability;
  readonly attempt: (container: Dockerode.Container) => Promise<string | undefined>;
}

const TRIAL_DISK = "/trial-disk";
const TRIAL_MEMORY_BYTES = 32 * 1024 * 1024;

const ENGINE_TRIALS: readonly EngineTrial[] = [
  {
    capability: "freezer",
    attempt: async (container) => {
      await container.pause();
      const { Paused } = (await container.inspect()).State;
      await container.unpause();
      return Paused ? undefined : "a paused container is not paused";
    },
  },
  {
    capability: "cpu-quota",
    attempt: async (container) => {
      await container.update({ CpuPeriod: 100_000, CpuQuota: 5000 });
      await execute(container, ["sh", "-c", "timeout 0.5 sh -c 'while :; do :; done'"]);
      const { throttledPeriods } = await usageOf(container);
      await container.update({ CpuPeriod: 100_000, CpuQuota: -1 });
      return throttledPeriods > 0 ? undefined : "a busy container with a quota was never held back";
    },
  },
  {
    capability: "memory-limit",
    attempt: async (container) => {
      await container.update({ Memory: TRIAL_MEMORY_BYTES, MemorySwap: TRIAL_MEMORY_BYTES });
      const hog = `head -c ${4 * TRIAL_MEMORY_BYTES} /dev/zero | tail -c ${4 * TRIAL_MEMORY_BYTES} >/dev/null`;
      await execute(container, ["sh", "-c", hog]);
      const kills = await oomKills(container);
      await container.update({ Memory: NO_LIMIT_BYTES, MemorySwap: NO_LIMIT_BYTES });
      return kills > 0 ? undefined : "nothing was killed above the limit";
    },
  },
  {
    capability: "data-disk",
    attempt: async (container) => {
      const file = `${TRIAL_DISK}/file`;
      const script = `dd if=/dev/zero of=${file} bs=64k; stat -f -c %a ${TRIAL_DISK}; rm ${file}`;
      const { stdout, stderr } = await execute(container, ["sh", "-c", script]);
      return stdout.trim() === "0" ? undefined : `a memory disk does not fill up: ${stderr.trim()}`;
    },
  },
];

/** What is tried here; the rest needs a whole host, and is tried by every run that uses it. */
export const TRIED: readonly Capability[] = [...TRIALS, ...ENGINE_TRIALS].map(
  ({ capability }) => capability,
);

const REMEMBERED = resolve(import.meta.dirname, "../../../.vipdrill/capabilities.json");

/** Nothing when all primitives work; otherwise what does not, with the tool's own words. */
export async function missingCapabilities(
  docker: Dockerode,
  progress: (text: string) => void,
  afresh = false,
): Promise<readonly Missing[]> {
  const toolbox = await ensureToolbox(docker, progress);
  const { ID, KernelVersion } = (await docker.info()) as { ID: string; KernelVersion: string };
  const trials = [TRIALS, ENGINE_TRIALS.map(({ attempt }) => String(attempt))];
  const place = JSON.stringify({ engine: ID, kernel: KernelVersion, toolbox, trials });
  if (!afresh && remembered() === place) return [];
  const missing = await tryAll(docker, toolbox);
  if (missing.length === 0) remember(place);
  return missing;
}

async function tryAll(docker: Dockerode, image: string): Promise<readonly Missing[]> {
  const container = await createTrial(docker, image, { [TRIAL_DISK]: "rw,size=1m" });
  try {
    await container.start();
    const missing: Missing[] = [];
    for (const { capability, script } of TRIALS) {
      const { exitCode, stderr } = await execute(container, ["sh", "-c", script]);
      const reason = stderr.trim().split("\n")[0] ?? "";
      if (exitCode !== 0) missing.push({ capability, reason: reason || `exit code ${exitCode}` });
    }
    for (const { capability, attempt } of ENGINE_TRIALS) {
      const reason = await attempt(container).catch(messageOf);
      if (reason !== undefined) missing.push({ capability, reason });
    }
    return missing;
  } catch (error) {
    return TRIED.map((capability) => ({ capability, reason: messageOf(error) }));
  } finally {
    await container.remove({ force: true });
  }
}

function remembered(): string | undefined {
  try {
    return readFileSync(REMEMBERED, "utf8");
  } catch {
    return undefined; // not tried yet
  }
}

function remember(place: string): void {
  try {
    mkdirSync(dirname(REMEMBERED), { recursive: true });
    writeFileSync(REMEMBERED, place);
  } catch {
    // a read-only checkout: it is tried again next time
  }
}
