/**
 * A node with a kernel of its own: user-mode Linux as the container's main program (`images/own-kernel`). It has ip_vs
 * and netem whatever the engine's kernel has. To be had and tried so far; no topology asks for one yet.
 */
import type Dockerode from "dockerode";
import { HarnessError } from "../../core/errors.ts";
import { CPU_SHARES } from "./cgroups.ts";
import { OWN_KERNEL_CAPABILITIES, startContainer, type LabContainerSpec } from "./containers.ts";
import { execute } from "./exec.ts";
import { guestOf } from "./stream.ts";

export interface OwnKernel {
  /** What the engine sees: started, frozen, killed and removed. */
  readonly container: Dockerode.Container;
  /** Where commands run. */
  readonly guest: Dockerode.Container;
}

/** It boots in 1 to 2 s; a busy machine gets more. */
const READY_MS_MAX = 30_000;
/** Its memory is a file there that has to be mapped as a program. Twice what the guest may use (256 MB, `own-kernel`). */
const PLACE = { "/run/own-kernel": "rw,exec,nosuid,nodev,mode=700,size=512m" };

/** Resolves when the guest answers. Throws `NOT_SETTLED` when it does not. */
export async function startOwnKernel(
  docker: Dockerode,
  spec: Omit<LabContainerSpec, "capabilities" | "cpuShares" | "tmpfs">,
): Promise<OwnKernel> {
  const container = await startContainer(docker, {
    ...spec,
    capabilities: OWN_KERNEL_CAPABILITIES,
    cpuShares: CPU_SHARES.host,
    tmpfs: PLACE,
  });
  const guest = guestOf(docker, container);
  const { exitCode, stderr } = await execute(guest, ["true"], { timeoutMs: READY_MS_MAX });
  if (exitCode === 0) return { container, guest };
  throw new HarnessError("NOT_SETTLED", `${spec.name} has no guest: ${stderr.trim()}`);
}

export interface ClockOffset {
  /** The guest's clock less the engine's. */
  readonly offsetUs: number;
  /** How far it can be off: half of what the reading took. */
  readonly withinUs: number;
}

/** The best of a few readings of the guest's clock between two of the container's, which is the engine's. */
export async function clockOffset(
  { container, guest }: OwnKernel,
  readings = 5,
): Promise<ClockOffset> {
  const found: ClockOffset[] = [];
  for (let reading = 0; reading < readings; reading += 1) {
    const before = await clockOf(container);
    const there = await clockOf(guest);
    const after = await clockOf(container);
    const middle = (before + after) / 2;
    found.push({ offsetUs: Math.round(there - middle), withinUs: Math.ceil((after - before) / 2) });
  }
  const [best] = found.toSorted((a, b) => a.withinUs - b.withinUs);
  if (best === undefined) throw new HarnessError("CLOCK_UNREADABLE", "no reading was asked for");
  return best;
}

async function clockOf(container: Dockerode.Container): Promise<number> {
  const { stdout } = await execute(container, ["date", "+%s%6N"]);
  if (/^\d{16}$/.test(stdout.trim())) return Number(stdout);
  throw new HarnessError("CLOCK_UNREADABLE", `date said "${stdout.trim()}"`);
}
