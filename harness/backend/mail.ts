/** The mail sink beside the client: when there is one, and where it listens. */
import { nodeFiles, OBSERVER_HOST_PART, type ResolvedTopology } from "../topology/resolve.ts";

export const SMTP_PORT = 25;

/** The observer's address: `@{observer.address}`. */
export function observerAddress(topology: ResolvedTopology): string {
  return topology.subnet.replace(/\d+\/\d+$/, String(OBSERVER_HOST_PART));
}

/** Something on a node names the observer, which nobody does but to send it mail. */
export function takesMail(topology: ResolvedTopology): boolean {
  const address = observerAddress(topology);
  return topology.nodes.some((node) => nodeFiles(node).some(({ text }) => text.includes(address)));
}
