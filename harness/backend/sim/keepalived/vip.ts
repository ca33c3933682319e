/** Virtual addresses on and off the interfaces, and the strict mode that guards them. */
import type { VirtualAddress } from "../../../keepalived/config.ts";
import { PRIORITY_OWNER, say, type Generation, type Instance } from "./model.ts";

/** `vrrp.c:vrrp_state_become_master`, 2.3.4: firewall first, then addresses, then excluded ones. */
export function addVips(instance: Instance): void {
  const { host } = instance.generation;
  const { addresses, excludedAddresses } = instance.config;
  instance.isVipSet = true;
  guard(instance.generation);
  if (addresses.length > 0) say(instance, "setting VIPs.");
  for (const vip of addresses) host.addAddress(vip.interface, vip.address, vip.prefixLength);
  if (excludedAddresses.length > 0) say(instance, "setting E-VIPs.");
  for (const vip of excludedAddresses) {
    host.addAddress(vip.interface, vip.address, vip.prefixLength);
  }
}

export function removeVips(instance: Instance): void {
  const { addresses, excludedAddresses } = instance.config;
  if (addresses.length > 0) say(instance, "removing VIPs.");
  removeAddresses(instance.generation, addresses);
  if (excludedAddresses.length > 0) say(instance, "removing E-VIPs.");
  removeAddresses(instance.generation, excludedAddresses);
  instance.isVipSet = false;
  guard(instance.generation);
}

export function removeAddresses({ host }: Generation, addresses: readonly VirtualAddress[]): void {
  for (const vip of addresses) {
    host.removeAddress(vip.interface, vip.address, vip.prefixLength);
  }
}

/** Section 7.4: strict mode drops traffic to the addresses of a MASTER that is not their owner. */
function guard(generation: Generation): void {
  const { instances, host } = generation;
  if (instances.every(({ config }) => config.accept)) return;
  host.refuseTraffic(
    instances
      .filter((i) => i.isVipSet && !i.config.accept && i.basePriority !== PRIORITY_OWNER)
      .flatMap(({ config }) => [...config.addresses, ...config.excludedAddresses])
      .map(({ address }) => address),
  );
}
