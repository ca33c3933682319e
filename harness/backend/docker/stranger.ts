/**
 * A host on the segment that is none of the topology's: a rogue router, or whoever took the address. It is
 * a container of its own from the toolbox image, and goes with the run's other containers.
 */
import type Dockerode from "dockerode";

export interface Stranger {
  readonly container: Dockerode.Container;
  readonly address: string;
  readonly mac: string;
  readonly interface: string;
}

/** Last octet of its address; the observer is 250. */
export const STRANGER_HOST_PART = 251;

/** The address that it has, or would have: asking for it does not make the host. */
export function strangerAddress({ subnet }: { readonly subnet: string }): string {
  return subnet.replace(/\.\d+\/\d+$/, `.${STRANGER_HOST_PART}`);
}
