/**
 * Evidence streams: netlink and packets at every node, packets at the observer, syslog. Raw bytes go
 * to the run directory as they arrive; decoded facts go to the recorder.
 */
import type Dockerode from "dockerode";
import { HarnessError } from "../../core/errors.ts";
import type { EventBody } from "../../history/events.ts";
import { parseMonitorLine } from "../../observe/netlink.ts";
import { decodeFrame, type Packet } from "../../observe/packets.ts";
import { pcapReader } from "../../observe/pcap.ts";
import { parseSyslogLine } from "../../observe/syslog.ts";
import { vipAddresses, type ResolvedTopology } from "../../topology/resolve.ts";
import type { EvidenceStore } from "../backend.ts";
import { lineSplitter, startStream } from "./exec.ts";
import { inToolbox, type DockerNode } from "./node.ts";

export interface ObserverContext {
  readonly topology: ResolvedTopology;
  readonly nodes: readonly DockerNode[];
  readonly observer: Dockerode.Container;
  readonly evidence: EvidenceStore;
  readonly recordAt: (epochUs: number, body: EventBody) => void;
  readonly recordNow: (body: EventBody) => void;
  readonly until: (holds: () => boolean, boundUs: number) => Promise<boolean>;
  readonly onLost: (observer: string) => void;
}

/** VRRP, ARP, and the multicast probe; enough bytes for every header and a list of VIPs. */
const NODE_FILTER = "ip proto 112 or arp or (icmp and dst host 224.0.0.18)";
const SNAP_LENGTH = 128;
const READY_BOUND_US = 10_000_000;
/** An address that netlink reports come and go while we wait for the monitor to be listening. */
const PROBE_ADDRESS = "127.0.0.77";
/** Rounds of 0.2 s; more than the bound allows. */
const PROBES_MAX = 50;

export const VRRP_GROUP = "224.0.0.18";

/** Ahead of everything else on a busy machine, because the stamps are made when lines are written. */
const NETLINK_COMMAND = ["nice", "-n", "-20", "ip", "-ts", "-o", "monitor", "link", "address"];

/** Starts all observers and returns when each is proven to be watching. */
export async function startObservers(context: ObserverContext): Promise<void> {
  await Promise.all([
    ...context.nodes.flatMap((node) => [
      watchNetlink(context, node),
      watchPackets(context, node.toolbox, node.spec.name, NODE_FILTER),
      watchSyslog(context, node),
    ]),
    watchPackets(context, context.observer, "segment", `${NODE_FILTER} or ${tcpFilter(context)}`),
  ]);
}

function tcpFilter({ topology }: ObserverContext): string {
  const hosts = vipAddresses(topology).map((vip) => `host ${vip}`);
  return `(tcp port 3306 and (${hosts.join(" or ")}) and tcp[tcpflags] & (tcp-syn|tcp-rst) != 0)`;
}

async function watchNetlink(context: ObserverContext, node: DockerNode): Promise<void> {
  const name = `netlink at ${node.spec.name}`;
  let watching = false;
  const isWatching = (): boolean => watching;
  const splitLines = lineSplitter((line) => {
    const fact = parseMonitorLine(line);
    if (fact === undefined) return;
    if (fact.interface === "lo") {
      if (!watching) {
        watching = true;
        context.recordAt(fact.epochUs, { kind: "observer", observer: name, state: "watching" });
      }
      return;
    }
    const { epochUs, ...body } = fact;
    context.recordAt(epochUs, { ...body, node: node.spec.name });
  });
  const file = `netlink/${node.spec.name}.log`;
  await stream(context, name, node.toolbox, NETLINK_COMMAND, {
    onStdout: (chunk) => {
      context.evidence.append(file, chunk);
      splitLines(chunk);
    },
  });
  // The monitor says nothing until something changes, so something is changed until it speaks.
  const speaking = ready(context, name, isWatching);
  for (let attempt = 0; attempt < PROBES_MAX && !isWatching(); attempt += 1) {
    await inToolbox(
      node,
      `for i in 1 2 3 4; do
         ip addr add ${PROBE_ADDRESS}/32 dev lo; ip addr del ${PROBE_ADDRESS}/32 dev lo; sleep 0.05
       done`,
    );
  }
  await speaking;
}

async function watchPackets(
  context: ObserverContext,
  container: Dockerode.Container,
  place: string,
  filter: string,
): Promise<void> {
  const name = `packets at ${place}`;
  const reader = pcapReader();
  const toEvent = packetTranslator(context, place);
  // Immediate: a kernel buffer would hold packets back for a second, and lose the last ones at the end.
  const command = [
    "tcpdump",
    "--immediate-mode",
    "-p",
    "-n",
    "-U",
    "-Z",
    "root",
    "-s",
    String(SNAP_LENGTH),
  ];
  let watching = false;
  await stream(context, name, container, [...command, "-i", "eth0", "-w", "-", filter], {
    onStdout: (chunk) => {
      context.evidence.append(`pcap/${place}.pcap`, chunk);
      for (const packet of reader.push(chunk)) {
        const body = toEvent(decodeFrame(packet.bytes));
        if (body !== undefined) context.recordAt(packet.epochUs, body);
      }
    },
    onStderr: (chunk) => {
      context.evidence.append(`pcap/${place}.log`, chunk);
      if (watching || !/listening on/.test(chunk.toString("utf8"))) return;
      watching = true;
      context.recordNow({ kind: "observer", observer: name, state: "watching" });
    },
  });
  await ready(context, name, () => watching);
}

/** Words for packets: who sent them, by the addresses we gave out. */
function packetTranslator(
  { topology, nodes }: ObserverContext,
  seenAt: string,
): (packet: Packet | undefined) => EventBody | undefined {
  const byAddress = new Map(topology.nodes.map((node) => [node.address, node.name]));
  const byMac = new Map(nodes.map((node) => [node.mac, node.spec.name]));
  const vips = new Set(vipAddresses(topology));
  const senderOf = (name: string | undefined): { sender?: string } =>
    name === undefined ? {} : { sender: name };
  return (packet) => {
    switch (packet?.kind) {
      case "vrrp": {
        const { source, vrid, priority, addresses } = packet;
        const sender = senderOf(byAddress.get(source));
        return { kind: "advert", seenAt, ...sender, source, vrid, priority, addresses };
      }
      case "arp": {
        const { operation, senderMac, senderAddress, targetAddress } = packet;
        if (!vips.has(targetAddress) && !vips.has(senderAddress)) return undefined;
        const gratuitous = senderAddress === targetAddress;
        const sender = senderOf(byMac.get(senderMac));
        const addresses = { senderMac, ...sender, senderAddress, targetAddress };
        return { kind: "arp", seenAt, operation, gratuitous, ...addresses };
      }
      case "echo": {
        const sender = byAddress.get(packet.source);
        if (sender === undefined || sender === seenAt) return undefined;
        return { kind: "multicast-probe", seenAt, sender };
      }
      case "tcp": {
        const vip = vips.has(packet.source) ? packet.source : packet.target;
        const sender = senderOf(byMac.get(packet.sourceMac));
        return { kind: "tcp", flag: packet.flag, vip, ...sender };
      }
      case undefined:
        return undefined;
    }
  };
}

async function watchSyslog(context: ObserverContext, node: DockerNode): Promise<void> {
  const splitLines = lineSplitter((line) => {
    const parsed = parseSyslogLine(line);
    if (parsed === undefined || !/keepalived/i.test(parsed.program)) return;
    const { epochUs, program, text } = parsed;
    context.recordAt(epochUs, { kind: "log", node: node.spec.name, program, text });
  });
  const file = `syslog/${node.spec.name}.log`;
  await stream(
    context,
    `syslog at ${node.spec.name}`,
    node.host,
    ["tail", "-n", "+1", "-F", "/var/log/syslog"],
    {
      onStdout: (chunk) => {
        context.evidence.append(file, chunk);
        splitLines(chunk);
      },
    },
  );
}

async function stream(
  context: ObserverContext,
  name: string,
  container: Dockerode.Container,
  command: readonly string[],
  handlers: { onStdout: (chunk: Buffer) => void; onStderr?: (chunk: Buffer) => void },
): Promise<void> {
  const running = await startStream(container, command, {
    onStdout: handlers.onStdout,
    onStderr: handlers.onStderr ?? ((chunk) => context.evidence.append("observers.log", chunk)),
  });
  void running.ended.then(() => {
    context.onLost(name);
  });
}

async function ready(context: ObserverContext, name: string, holds: () => boolean): Promise<void> {
  if (await context.until(holds, READY_BOUND_US)) return;
  throw new HarnessError(
    "OBSERVER_NOT_WATCHING",
    `${name} was not watching after ${READY_BOUND_US / 1_000_000} s; nothing could be proven`,
  );
}
