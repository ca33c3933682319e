/**
 * Where containers stand among everything else that wants the processor. An engine that makes control groups by
 * itself (driver `cgroupfs`, version 1) puts all containers under `/docker`, and that group as a whole weighs as
 * much as one process outside of it: beside ten busy ones all nodes and watchers of a drill would get an eleventh of
 * the machine. So there each container gets a group at the top. With systemd each container is a scope of its own,
 * beside the engine's, and nothing needs to be done.
 */
import type Dockerode from "dockerode";

/** Docker's own default, 1024 (`docker run --cpu-shares`). Watchers go ahead, because their stamps are the evidence. */
export const CPU_SHARES = { host: 1024, watcher: 16_384 } as const;

const parents = new WeakMap<Dockerode, Promise<string | undefined>>();

/** For `HostConfig.CgroupParent`; nothing where the engine's own place is good. */
export function cgroupParent(docker: Dockerode): Promise<string | undefined> {
  const known = parents.get(docker);
  if (known !== undefined) return known;
  const asked = (docker.info() as Promise<EngineInfo>).then(parentFor);
  parents.set(docker, asked);
  return asked;
}

interface EngineInfo {
  readonly CgroupDriver?: string;
  readonly CgroupVersion?: string;
}

export function parentFor({ CgroupDriver, CgroupVersion }: EngineInfo): string | undefined {
  return CgroupDriver === "cgroupfs" && CgroupVersion === "1" ? "/" : undefined;
}
