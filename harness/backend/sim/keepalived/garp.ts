/**
 * Gratuitous ARP and neighbour advertisements (section 6, and rows 6 and 7 of the 2.3 page).
 *
 * Sources: `vrrp.c:vrrp_send_link_update`, `vrrp_arp.c:send_gratuitous_arp`, `:queue_garp`,
 * `vrrp_scheduler.c:vrrp_arp_thread`, `:vrrp_gratuitous_arp_refresh_thread`, 2.2.7 and 2.3.4.
 */
import type { VirtualAddress } from "../../../keepalived/config.ts";
import { say, type GarpQueue, type Generation, type Instance } from "./model.ts";

/** A burst; nothing when the addresses are not set. */
export function announceVips(instance: Instance, repeat: number): void {
  if (!instance.isVipSet) return;
  const { config } = instance;
  for (let round = 0; round < repeat; round += 1) {
    for (const vip of config.addresses) announceOnce(instance, vip, round, repeat);
    for (const vip of config.excludedAddresses) announceOnce(instance, vip, round, repeat);
  }
}

/** Section 6: the delayed burst is not cancelled by leaving MASTER, and then does nothing. */
export function announceVipsLater(instance: Instance, delayUs: number, repeat: number): void {
  if (delayUs > 0) instance.generation.loop.after(delayUs, () => announceVips(instance, repeat));
}

/** Since 2.3.2 a timer that nobody cancels: every time as MASTER adds one more. */
export function refreshForEver(instance: Instance, firstDelayUs: number): void {
  const { masterRefreshUs, masterRefreshRepeat } = instance.config.garp;
  if (masterRefreshUs === 0) return;
  const { loop } = instance.generation;
  const alarm = loop.alarm(() => {
    announceVips(instance, masterRefreshRepeat);
    alarm.set(loop.nowUs() + masterRefreshUs);
  });
  alarm.set(loop.nowUs() + firstDelayUs);
}

/** Before 2.3.2 looked at when an advert is sent, so with the granularity of the interval. */
export function refreshIfDue(instance: Instance): void {
  const { masterRefreshUs, masterRefreshRepeat } = instance.config.garp;
  const nowUs = instance.generation.loop.nowUs();
  if (masterRefreshUs === 0 || nowUs <= instance.garpRefreshUs) return;
  announceVips(instance, masterRefreshRepeat);
  instance.garpRefreshUs = nowUs + masterRefreshUs;
}

/** What is queued for an instance is dropped with its addresses (`vrrp.c:vrrp_remove_delayed_arp`). */
export function forgetAnnouncements(instance: Instance): void {
  for (const queue of instance.generation.garpQueues.values()) {
    const kept = queue.waiting.filter((pending) => pending.instance !== instance);
    if (kept.length < queue.waiting.length) queue.waiting.splice(0, queue.waiting.length, ...kept);
  }
}

/** Section 4.3: a unicast node that leaves FAULT announces its own source. */
export function announceSource(instance: Instance): void {
  const { generation, config, source } = instance;
  if (!instance.isUnicast || source === undefined) return;
  const what = config.family === "inet" ? "ARP" : "NA";
  generation.log(`${config.name}: sending gratuitous ${what} for ${source}`);
  generation.host.announce(config.interface, source);
}

function announceOnce(
  instance: Instance,
  vip: VirtualAddress,
  round: number,
  repeat: number,
): void {
  const { generation, config } = instance;
  if (round === 0) {
    const what = config.family === "inet" ? "gratuitous ARPs" : "Unsolicited Neighbour Adverts";
    say(instance, `Sending/queueing ${what} on ${vip.interface} for ${vip.address}`);
  }
  const intervalUs = config.garp.intervalUs;
  if (intervalUs === 0) {
    announce(generation, config.family, vip);
    return;
  }
  const queue = queueOf(generation, vip.interface, intervalUs);
  const pending = queue.waiting.find((p) => p.instance === instance && p.address === vip);
  if (pending !== undefined) {
    const most = generation.profile.garpIntervalCollapses ? 1 : repeat;
    if (pending.count < most) pending.count += 1;
    return;
  }
  const nowUs = generation.loop.nowUs();
  if (queue.nextUs !== 0 && nowUs < queue.nextUs) {
    if (queue.waiting.length === 0) queue.alarm.set(queue.nextUs);
    queue.waiting.push({ instance, address: vip, count: 1 });
  } else {
    announce(generation, config.family, vip);
    queue.nextUs = nowUs + intervalUs;
  }
}

function queueOf(generation: Generation, interfaceName: string, intervalUs: number): GarpQueue {
  const known = generation.garpQueues.get(interfaceName);
  if (known !== undefined) return known;
  const { loop } = generation;
  const queue: GarpQueue = {
    nextUs: 0,
    waiting: [],
    alarm: loop.alarm(() => {
      const pending = queue.waiting.shift();
      if (pending === undefined) return;
      announce(generation, pending.instance.config.family, pending.address);
      pending.count -= 1;
      if (pending.count > 0) queue.waiting.push(pending);
      queue.nextUs = loop.nowUs() + intervalUs;
      if (queue.waiting.length > 0) queue.alarm.set(queue.nextUs);
    }),
  };
  generation.garpQueues.set(interfaceName, queue);
  return queue;
}

function announce(
  { host, log }: Generation,
  family: "inet" | "inet6",
  { interface: interfaceName, address }: VirtualAddress,
): void {
  const what = family === "inet" ? "gratuitous ARP" : "unsolicited Neighbour Advert";
  log(`Sending ${what} on ${interfaceName} for ${address}`);
  host.announce(interfaceName, address);
}
