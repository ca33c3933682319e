/**
 * A node with a kernel of its own: user-mode Linux as the container's main program (`images/own-kernel`). It has ip_vs
 * and netem whatever the engine's kernel has.
 */
import type Dockerode from "dockerode";
import { HarnessError } from "../../core/errors.ts";
import { OWN_KERNEL_CAPABILITIES, startContainer, type LabContainerSpec } from "./containers.ts";
import { execute, executeOk } from "./exec.ts";
import { GUEST_EXEC, guestOf } from "./stream.ts";

export interface OwnKernel {
  /** What the engine sees: started, frozen, killed and removed. */
  readonly container: Dockerode.Container;
  /** Where commands run. */
  readonly guest: Dockerode.Container;
}

export interface OwnKernelSpec extends Omit<
  LabContainerSpec,
  "capabilities" | "tmpfs" | "command"
> {
  readonly memoryMb: number;
}

/** The container's end of the link to the guest, in its network namespace (`images/own-kernel`). */
export const GUEST_SIDE = "guest0";
/** Its other end, which the guest reads and writes: what is sent here comes from the guest, for all who look. */
export const GUEST_END = "guest1";

/** It boots in 1 to 2 s; a busy machine gets more. */
const READY_MS_MAX = 30_000;
const MAIN_PROGRAM = "/usr/lib/vipdrill/own-kernel";

/** Its memory is a file there that has to be mapped as a program; beside it there is little. */
function placeOf(memoryMb: number): Record<string, string> {
  return { "/run/own-kernel": `rw,exec,nosuid,nodev,mode=700,size=${memoryMb + 16}m` };
}

/** Resolves when the guest answers. Throws `NOT_SETTLED` when it does not. */
export async function startOwnKernel(
  docker: Dockerode,
  { memoryMb, ...spec }: OwnKernelSpec,
): Promise<OwnKernel> {
  const container = await startContainer(docker, {
    ...spec,
    capabilities: OWN_KERNEL_CAPABILITIES,
    tmpfs: placeOf(memoryMb),
    command: [MAIN_PROGRAM, `${memoryMb}M`],
  });
  const guest = guestOf(docker, container);
  const { exitCode, stderr } = await execute(guest, ["true"], { timeoutMs: READY_MS_MAX });
  if (exitCode === 0) return { container, guest };
  throw new HarnessError("NOT_SETTLED", `${spec.name} has no guest: ${stderr.trim()}`);
}

/** Outside of the guest: what a hypervisor does to a machine's network adapter. */
const GUEST_ADAPTER = "/usr/lib/vipdrill/guest-adapter";

/** Takes the guest's network adapter out while it runs. */
export async function removeAdapter(container: Dockerode.Container, name: string): Promise<void> {
  await executeOk(container, `taking the adapter out of ${name}`, [GUEST_ADAPTER, "remove"]);
}

/** Puts another one in its place, with the same name, addresses and gateway. */
export async function insertAdapter(container: Dockerode.Container, name: string): Promise<void> {
  await executeOk(container, `putting an adapter into ${name}`, [GUEST_ADAPTER, "insert"]);
}

export interface ClockOffset {
  /** The guest's clock less the engine's. */
  readonly offsetUs: number;
  /** How far it can be off: half of what the best of some readings took. */
  readonly withinUs: number;
}

/** Asking changes nothing, so a question that was lost is asked again. */
const CLOCK_QUESTIONS = 3;

/** As the container's main program reads it over the line to the guest. Throws `CLOCK_UNREADABLE` when it does not say. */
export async function clockOffset(container: Dockerode.Container): Promise<ClockOffset> {
  const said: string[] = [];
  for (let question = 0; question < CLOCK_QUESTIONS; question += 1) {
    const { stdout, stderr, exitCode } = await execute(container, [GUEST_EXEC, "--clock"]);
    const match = /^(-?\d+) (\d+)$/.exec(stdout.trim());
    if (match !== null) return { offsetUs: Number(match[1]), withinUs: Number(match[2]) };
    said.push(`"${(stderr || stdout).trim()}" (exit code ${exitCode})`);
  }
  throw new HarnessError("CLOCK_UNREADABLE", `the guest's clock: ${said.join(", ")}`);
}
