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
import { TOOLBOX_CAPABILITIES } from "./containers.ts";
import { execute } from "./exec.ts";
import { ensureToolbox } from "./images/images.ts";
import { runLabels } from "./labels.ts";

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
    capability: "address-control",
    script: "ip address add 198.19.255.254/32 dev lo && ip address del 198.19.255.254/32 dev lo",
  },
  { capability: "signal-process", script: "sleep 60 & kill -STOP $! && kill -KILL $!" },
];

/** What is tried here; the rest needs a whole host, and is tried by every run that uses it. */
export const TRIED: readonly Capability[] = TRIALS.map(({ capability }) => capability);

const REMEMBERED = resolve(import.meta.dirname, "../../../.vipdrill/capabilities.json");

/** Nothing when all primitives work; otherwise what does not, with the tool's own words. */
export async function missingCapabilities(
  docker: Dockerode,
  progress: (text: string) => void,
  afresh = false,
): Promise<readonly Missing[]> {
  const toolbox = await ensureToolbox(docker, progress);
  const { ID, KernelVersion } = (await docker.info()) as { ID: string; KernelVersion: string };
  const place = JSON.stringify({ engine: ID, kernel: KernelVersion, toolbox, trials: TRIALS });
  if (!afresh && remembered() === place) return [];
  const missing = await tryAll(docker, toolbox);
  if (missing.length === 0) remember(place);
  return missing;
}

async function tryAll(docker: Dockerode, image: string): Promise<readonly Missing[]> {
  const container = await docker.createContainer({
    Image: image,
    Labels: runLabels(`trial-${process.pid}`, false),
    HostConfig: {
      NetworkMode: "none",
      CapDrop: ["ALL"],
      CapAdd: [...TOOLBOX_CAPABILITIES],
      Init: true,
    },
  });
  try {
    await container.start();
    const missing: Missing[] = [];
    for (const { capability, script } of TRIALS) {
      const { exitCode, stderr } = await execute(container, ["sh", "-c", script]);
      const reason = stderr.trim().split("\n")[0] ?? "";
      if (exitCode !== 0) missing.push({ capability, reason: reason || `exit code ${exitCode}` });
    }
    return missing;
  } catch (error) {
    return TRIALS.map(({ capability }) => ({ capability, reason: messageOf(error) }));
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
