/** Adverts of an instance: made once for a priority and a source, then sent as they are. */
import type { Instance } from "./model.ts";
import type { Advert } from "./host.ts";

const TTL = 255;

/** Section 7.3: multicast to the group, or to each unicast peer (`vrrp.c:vrrp_send_adv`, 2.3.4). */
export function sendAdvert(instance: Instance, priority: number): void {
  const { generation, config, source } = instance;
  if (source === undefined) return;
  if (instance.packetPriority !== priority) {
    instance.packets = makePackets(instance, source, priority);
    instance.packetPriority = priority;
  }
  instance.lastAdvertSentUs = generation.loop.clock.nowUs();
  const { packets } = instance;
  for (let index = 0; index < packets.length; index += 1) {
    const packet = packets[index];
    if (packet !== undefined) generation.host.send(config.interface, packet);
  }
}

export function setSource(instance: Instance, source: string | undefined): void {
  instance.source = source;
  instance.packetPriority = -1;
}

function makePackets(instance: Instance, source: string, priority: number): Advert[] {
  const { config } = instance;
  const auth = config.version === 2 ? config.authentication : undefined;
  const destinations = instance.isUnicast
    ? config.unicastPeers.map(({ address }) => address)
    : [config.multicastGroup];
  return destinations.map((destination) => ({
    version: config.version,
    source,
    destination,
    ttl: TTL,
    vrid: config.virtualRouterId,
    priority,
    addresses: instance.vips,
    advertIntUs: config.advertIntUs,
    authentication: auth?.type ?? "none",
    password: auth?.password ?? "",
  }));
}
