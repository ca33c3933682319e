/**
 * What this engine and kernel can do, found by trying: each primitive runs once in a throw-away
 * container with its own network namespace.
 */
import type Dockerode from "dockerode";
import type { Capability } from "../../fault/fault.ts";
import type { Missing } from "../backend.ts";
import { messageOf } from "../../core/errors.ts";
import { TOOLBOX_CAPABILITIES } from "./containers.ts";
import { execute } from "./exec.ts";
import { ensureImages } from "./images/images.ts";
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
! ping -c 1 -W 1 127.0.0.1 >/dev/null && nft delete table netdev trial`,
  },
  {
    capability: "address-control",
    script: "ip address add 198.19.255.254/32 dev lo && ip address del 198.19.255.254/32 dev lo",
  },
  { capability: "signal-process", script: "sleep 60 & kill -STOP $! && kill -KILL $!" },
];

export async function missingCapabilities(docker: Dockerode): Promise<readonly Missing[]> {
  const { toolbox } = await ensureImages(docker, { image: "sid", progress: () => undefined });
  const runId = `trial-${process.pid}`;
  const container = await docker.createContainer({
    Image: toolbox,
    Labels: runLabels(runId, false),
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
