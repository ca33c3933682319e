/** A throw-away container without a network, with the rights of a node's tools: what works in it works beside a node. */
import type Dockerode from "dockerode";
import { TOOLBOX_CAPABILITIES } from "./containers.ts";
import { runLabels } from "./labels.ts";

/** Created and not started. Whoever asks for it removes it; a sweep does when they are killed. */
export function createTrial(
  docker: Dockerode,
  image: string,
  tmpfs: Readonly<Record<string, string>> = {},
): Promise<Dockerode.Container> {
  return docker.createContainer({
    Image: image,
    Labels: runLabels(`trial-${process.pid}`),
    HostConfig: {
      NetworkMode: "none",
      CapDrop: ["ALL"],
      CapAdd: [...TOOLBOX_CAPABILITIES],
      Init: true,
      Tmpfs: { ...tmpfs },
    },
  });
}
