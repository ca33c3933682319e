/**
 * Evidence streams: netlink and packets at every node, packets and neighbours at the observer, syslog. Raw bytes go
 * to the run directory as they arrive; decoded facts go to the recorder.
 */
import type Dockerode from "dockerode";
import { HarnessError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { EventBody } from "../../history/events.ts";
import { parseMonitorLine, type NetlinkFact } from "../../observe/netlink.ts";
import { decodeFrame, type Packet } from "../../observe/packets.ts";
import { pcapReader, type CapturedPacket } from "../../observe/pcap.ts";
import { parseSyslogLine } from "../../observe/syslog.ts";
import { vipAddresses, type ResolvedTopology } from "../../topology/resolve.ts";
import type { EvidenceStore } from "../backend.ts";
import { execute } from "./exec.ts";
import { watchesIpvs, watchIpvs } from "./ipvs.ts";
import { watchLateness } from "./lateness.ts";
import { lineSplitter, startStream } from "./stream.ts";
import { recordNeighbour, watchNeighbours } from "./neighbours.ts";
import { inToolbox, type DockerNode } from "./node.ts";
import { notWatching, watches } from "./watching.ts";

export interface ObserverContext {
  readonly topology: ResolvedTopology;
  readonly nodes: readonly DockerNode[];
  readonly observer: Dockerode.Container;
  readonly evidence: EvidenceStore;
  /** Zero of the history. */
  readonly originEpochUs: number;
  readonly recordAt: (epochUs: number, body: EventBody) => void;
  readonly recordNow: (body: EventBody) => void;
  readonly until: (holds: () => boolean, boundUs: number) => Promise<boolean>;
  readonly onLost: (observer: string) => void;
}

/** VRRP, ARP, and the multicast probe; enough bytes for every header and a list of VIPs. */
const NODE_FILTER = "ip proto 112 or arp or (icmp and dst host 224.0.0.18)";
const SNAP_LENGTH = 128;
/** An address that netlink reports come and go while we wait for the monitor to be listening. */
const PROBE_ADDRESS = "127.0.0.77";
/** All containers of a cluster are on one network. */
const INTERFACE = "eth0";
/** Looks at an interface that is away: soon enough to miss little, seldom enough to cost little. */
const LOOKS_PER_SECOND = 50;
const ROUND_SECONDS = 30;
/** An hour; no drill takes that long. */
const ROUNDS_MAX = 120;
/** Rounds of 0.2 s; more than the bound allows. */
const PROBES_MAX = 50;

export const VRRP_GROUP = "224.0.0.18";

/** Ahead of everything else on a busy machine, because the stamps are made when lines are written. */
const NETLINK_COMMAND = [
  "nice",
  "-n",
  "-20",
  "ip",
  "-ts",
  "-o",
  "monitor",
  "link",
  "address",
  "neigh",
];

/** Starts all observers and returns when each is proven to be watching. */
export async function startObservers(context: ObserverContext): Promise<void> {
  await Promise.all([
    ...context.nodes.flatMap((node) => [
      watchNetlink(context, node),
      watchPackets(context, node.wire, node.spec.name, NODE_FILTER),
      watchSyslog(context, node),
      ...(watchesIpvs(node) ? [watchIpvs(context, node)] : []),
      ...(node.kernel === "own" ? [watchLateness(context, node)] : []),
    ]),
    watchPackets(context, context.observer, "segment", `${NODE_FILTER} or ${tcpFilter(context)}`),
    watchNeighbours(context),
  ]);
}

function tcpFilter({ topology }: ObserverContext): string {
  const hosts = vipAddresses(topology).map((vip) => `host ${vip}`);
  return `(tcp port 3306 and (${hosts.join(" or ")}) and tcp[tcpflags] & (tcp-syn|tcp-rst) != 0)`;
}

/**
 * What the monitor's lines leave to be known. It says of an address the name that the interface had when it was first
 * seen, while links say the new one; and the kernel announces addresses again when their interface is renamed.
 */
export function monitorReader(): (line: string) => NetlinkFact | undefined {
  const names = new Map<string, string>();
  const present = new Set<string>();
  return (line) => {
    const fact = parseMonitorLine(line);
    const index = /^\[[^\]]*\] (?:Deleted )?(\d+): /.exec(line)?.[1];
    if (fact === undefined || index === undefined) return fact;
    if (fact.kind === "link") names.set(index, fact.interface);
    if (fact.kind !== "address") return fact;
    const place = `${index} ${fact.address}`;
    if (fact.action === "removed") present.delete(place);
    else if (present.has(place)) return undefined;
    else present.add(place);
    return { ...fact, interface: names.get(index) ?? fact.interface };
  };
}

async function watchNetlink(context: ObserverContext, node: DockerNode): Promise<void> {
  const name = `netlink at ${node.spec.name}`;
  let watching = false;
  const isWatching = (): boolean => watching;
  const parse = monitorReader();
  const splitLines = lineSplitter((line) => {
    const fact = parse(line);
    if (fact === undefined) return;
    if (fact.interface === "lo") {
      if (!watching) {
        watching = true;
        context.recordAt(fact.epochUs, { kind: "observer", observer: name, state: "watching" });
      }
      return;
    }
    if (fact.kind === "neighbour") {
      recordNeighbour(context, node.spec.name, fact);
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
  const change = async (): Promise<void> => {
    for (let attempt = 0; attempt < PROBES_MAX && !isWatching(); attempt += 1) {
      await inToolbox(
        node,
        `for i in 1 2 3 4; do
           ip addr add ${PROBE_ADDRESS}/32 dev lo; ip addr del ${PROBE_ADDRESS}/32 dev lo; sleep 0.05
         done`,
      );
    }
  };
  // Together, because a node that does not answer at all ends the wait and not the change.
  await Promise.all([ready(context, name, isWatching), change()]);
}

/** Immediate: a kernel buffer would hold packets back for a second, and lose the last ones at the end. */
const CAPTURE_COMMAND = [
  "tcpdump",
  "--immediate-mode",
  "-p",
  "-n",
  "-U",
  "-Z",
  "root",
  "-s",
  String(SNAP_LENGTH),
  "-w",
  "-",
];

/** A capture ends when its interface goes down; it then begins anew, in another file, when that is back. */
async function watchPackets(
  context: ObserverContext,
  container: Dockerode.Container,
  place: string,
  filter: string,
): Promise<void> {
  const name = `packets at ${place}`;
  const toEvent = packetTranslator(context, place);
  let captures = 0;
  const capture = async (detail?: JsonObject): Promise<void> => {
    captures += 1;
    const file = captures === 1 ? `pcap/${place}` : `pcap/${place}.${captures}`;
    const reader = pcapReader();
    const packetsOf = (chunk: Buffer): readonly CapturedPacket[] => {
      try {
        return reader.push(chunk);
      } catch {
        // In a container that is going away the engine's own words come instead; they are in the evidence.
        context.onLost(name);
        return [];
      }
    };
    let watching = false;
    await stream(context, name, container, [...CAPTURE_COMMAND, "-i", INTERFACE, filter], {
      onStdout: (chunk) => {
        context.evidence.append(`${file}.pcap`, chunk);
        for (const packet of packetsOf(chunk)) {
          const body = toEvent(decodeFrame(packet.bytes));
          if (body !== undefined) context.recordAt(packet.epochUs, body);
        }
      },
      onStderr: (chunk) => {
        context.evidence.append(`${file}.log`, chunk);
        if (watching || !/listening on/.test(chunk.toString("utf8"))) return;
        watching = true;
        const since = detail === undefined ? {} : { detail };
        context.recordNow({ kind: "observer", observer: name, state: "watching", ...since });
      },
      onEnd: () => {
        comeBack(context, container, name, capture).catch(() => {
          context.onLost(name);
        });
      },
    });
    await ready(context, name, () => watching);
  };
  await capture();
}

/**
 * What is over while the interface is up was lost for another reason. The history says from when to when
 * nothing was seen; whether that is explained by a fault is for the judge.
 */
async function comeBack(
  context: ObserverContext,
  container: Dockerode.Container,
  name: string,
  capture: (detail: JsonObject) => Promise<void>,
): Promise<void> {
  if (await carries(container, 0)) {
    context.onLost(name);
    return;
  }
  context.recordNow({
    kind: "observer",
    observer: name,
    state: "ended",
    detail: { reason: `${INTERFACE} is down or gone`, comesBack: true },
  });
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if (!(await carries(container, ROUND_SECONDS))) continue;
    await capture({ reason: `${INTERFACE} is back`, again: true });
    return;
  }
  context.onLost(name);
}

/** Waits so long for the interface to be there and up; RFC 2863 states, as in `/sys/class/net`. */
async function carries(container: Dockerode.Container, seconds: number): Promise<boolean> {
  const looks = Math.max(1, seconds * LOOKS_PER_SECOND);
  const script = `i=0; while :; do
    read -r state 2>/dev/null < /sys/class/net/${INTERFACE}/operstate || state=gone
    [ "$state" = up ] && exit 0
    i=$((i + 1)); [ $i -lt ${looks} ] || exit 1; sleep ${1 / LOOKS_PER_SECOND}
  done`;
  const { exitCode } = await execute(container, ["sh", "-c", script]);
  if (exitCode > 1 || exitCode < 0) {
    throw new HarnessError("COMMAND_FAILED", `looking at ${INTERFACE} ended with ${exitCode}`);
  }
  return exitCode === 0;
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

/**
 * What says nothing about the cluster. Everything else in a host's syslog counts: keepalived, and whatever name
 * a check or notify script gives its lines (`logger -t NAME`).
 */
const NOISE: ReadonlySet<string> = new Set(["rsyslogd", "kernel", "CRON", "systemd"]);

async function watchSyslog(context: ObserverContext, node: DockerNode): Promise<void> {
  const splitLines = lineSplitter((line) => {
    const parsed = parseSyslogLine(line);
    if (parsed === undefined || NOISE.has(parsed.program)) return;
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
  handlers: {
    onStdout: (chunk: Buffer) => void;
    onStderr?: (chunk: Buffer) => void;
    /** Absent: what has ended is lost. */
    onEnd?: () => void;
  },
): Promise<void> {
  const running = await startStream(container, command, {
    onStdout: handlers.onStdout,
    onStderr: handlers.onStderr ?? ((chunk) => context.evidence.append("observers.log", chunk)),
  });
  const lost = (): void => {
    context.onLost(name);
  };
  void running.ended.then(handlers.onEnd ?? lost);
}

async function ready(context: ObserverContext, name: string, holds: () => boolean): Promise<void> {
  if (!(await watches(context, holds))) throw notWatching(name);
}
