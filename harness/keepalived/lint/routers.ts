/**
 * Which instances of the nodes belong together. keepalived itself goes by VRID and interface alone;
 * to find mistakes in just those, instances are matched by what they have in common: VIPs first, then
 * the VRID, then the name.
 */
import type { VirtualAddress, VrrpInstance } from "../config.ts";
import type { LintNode } from "./rule.ts";

export interface Member {
  readonly node: LintNode;
  readonly instance: VrrpInstance;
}

/** The instances that are meant to be one virtual router; a member on its own is one too. */
export interface Router {
  readonly members: readonly Member[];
}

export function membersOf(node: LintNode): Member[] {
  return node.read.config.instances.map((instance) => ({ node, instance }));
}

/** Addresses of an instance, those that are not advertised included. */
export function allAddresses(instance: VrrpInstance): readonly VirtualAddress[] {
  return [...instance.addresses, ...instance.excludedAddresses];
}

/** Instances that share VIPs, a VRID or (where only one of each is left) a name, across nodes. */
export function matchRouters(nodes: readonly LintNode[]): Router[] {
  const routers: Member[][] = [];
  for (const node of nodes) {
    const free = membersOf(node);
    for (const router of routers) {
      const best = bestMatch(router, free, openRouters(routers, node));
      if (best === undefined) continue;
      router.push(best);
      free.splice(free.indexOf(best), 1);
    }
    routers.push(...free.map((member) => [member]));
  }
  return routers.map((members) => ({ members }));
}

function openRouters(routers: readonly (readonly Member[])[], node: LintNode): number {
  return routers.filter((members) => members.every((member) => member.node !== node)).length;
}

function bestMatch(
  router: readonly Member[],
  free: readonly Member[],
  open: number,
): Member | undefined {
  const scored = free
    .map((member) => ({ member, score: Math.max(...router.map((other) => score(other, member))) }))
    .filter(({ score }) => score >= ENOUGH || (score > 0 && free.length === 1 && open === 1))
    .sort((a, b) => b.score - a.score);
  return scored[0]?.member;
}

/** A shared VIP says most, a VRID may be a sample's; a name alone (VI_1) says little. */
const WEIGHT = { vip: 4, vrid: 2, name: 1 } as const;
const ENOUGH = 2;

function score(a: Member, b: Member): number {
  if (a.instance.family !== b.instance.family) return 0;
  const vips = new Set(allAddresses(a.instance).map(({ address }) => address));
  const sharesVip = allAddresses(b.instance).some(({ address }) => vips.has(address));
  const sharesVrid = a.instance.virtualRouterId === b.instance.virtualRouterId;
  const sharesName = a.instance.name === b.instance.name;
  return (
    (sharesVip ? WEIGHT.vip : 0) + (sharesVrid ? WEIGHT.vrid : 0) + (sharesName ? WEIGHT.name : 0)
  );
}

/** Every pair of members of a router, each once. */
export function* pairsOf({ members }: Router): Generator<readonly [Member, Member]> {
  for (const [index, first] of members.entries()) {
    for (const second of members.slice(index + 1)) yield [first, second];
  }
}
