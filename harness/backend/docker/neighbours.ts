/**
 * What kernels believe about the VIPs: entries of their neighbour tables, from netlink. At the client a monitor of
 * its own; at the nodes the one that also tells addresses and links.
 */
import type { NetlinkFact } from "../../observe/netlink.ts";
import { parseMonitorLine } from "../../observe/netlink.ts";
import { vipAddresses } from "../../topology/resolve.ts";
import { execute } from "./exec.ts";
import { lineSplitter, startStream } from "./stream.ts";
import type { ObserverContext } from "./observers.ts";
import { notWatching, watches } from "./watching.ts";

const NAME = "neighbours at client";
const COMMAND = ["ip", "-ts", "-o", "monitor", "neigh"];
/** Last octet of an address that no node should have; if one has, its answer will do as well. */
const ABSENT_HOST_PART = 254;
/** Of 0.2 s each: more than the bound allows. */
const PROBES_MAX = 60;

export async function watchNeighbours(context: ObserverContext): Promise<void> {
  const { observer, evidence, topology } = context;
  let watching = false;
  const isWatching = (): boolean => watching;
  const splitLines = lineSplitter((line) => {
    const fact = parseMonitorLine(line);
    if (fact?.kind !== "neighbour") return;
    if (!watching) {
      watching = true;
      context.recordAt(fact.epochUs, { kind: "observer", observer: NAME, state: "watching" });
    }
    recordNeighbour(context, "client", fact);
  });
  const running = await startStream(observer, COMMAND, {
    onStdout: (chunk) => {
      evidence.append("netlink/client.log", chunk);
      splitLines(chunk);
    },
    onStderr: (chunk) => {
      evidence.append("observers.log", chunk);
    },
  });
  void running.ended.then(() => {
    context.onLost(NAME);
  });
  // The observer may not change its own tables. It asks for nodes that it has not met, each of which makes one
  // line; should the monitor have missed them, for somebody who is not there: its kernel gives up after 3 s.
  const speaking = watches(context, isWatching);
  const absent = topology.subnet.replace(/\.\d+\/\d+$/, `.${ABSENT_HOST_PART}`);
  const strangers = topology.nodes.map(({ address }) => address);
  for (let attempt = 0; attempt < PROBES_MAX && !isWatching(); attempt += 1) {
    const target = strangers[attempt] ?? absent;
    await execute(observer, ["sh", "-c", `ping -c 1 -W 0.2 ${target} >/dev/null`]);
  }
  if (!(await speaking)) throw notWatching(NAME);
}

/** Entries of the VIPs alone: that the hosts know each other is no news. */
export function recordNeighbour(
  { topology, nodes, recordAt }: ObserverContext,
  at: string,
  { address, mac, state, epochUs }: Extract<NetlinkFact, { kind: "neighbour" }>,
): void {
  if (!vipAddresses(topology).includes(address)) return;
  const node = nodes.find((item) => item.mac.toLowerCase() === mac)?.spec.name;
  recordAt(epochUs, {
    kind: "neighbour",
    at,
    address,
    ...(mac === undefined ? {} : { mac }),
    ...(node === undefined ? {} : { node }),
    state,
  });
}
