/** One router with everything that a row needs: who holds it, who could take over, what moves along. */
import {
  bundleOf,
  instancesOn,
  memberOn,
  type Bundle,
  type Cluster,
  type Member,
  type Router,
} from "./cluster.ts";
import { contenders, standbyOf, type Contender, type Standby } from "./election.ts";

export interface Stage {
  readonly router: Router;
  readonly bundle: Bundle;
  readonly holder: Member;
  /** All instances of the holding node. */
  readonly onHolder: readonly Member[];
  readonly candidates: readonly Contender[];
  readonly standby?: Standby;
}

export function stageOf(cluster: Cluster, router: Router, holder: Member): Stage {
  const node = holder.node.name;
  const bundle = bundleOf(router, cluster.routers, node);
  const candidates = contenders(bundle, node);
  const standby = standbyOf(candidates);
  return {
    router,
    bundle,
    holder,
    onHolder: instancesOn(cluster, node),
    candidates,
    ...(standby === undefined ? {} : { standby }),
  };
}

export const ALONE = "no other node could take over, or its configuration was not given";

export function tieNote({ tiedWith }: Standby): string[] {
  return tiedWith === undefined
    ? []
    : [`as likely on ${tiedWith}: equal priorities, and addresses that are not known`];
}

/** The old holder as a contender against the node that took over. */
export function returning({ bundle, holder }: Stage, from: string): Contender {
  return {
    node: holder.node.name,
    seats: bundle.routers.flatMap((router) => {
      const member = memberOn(router, holder.node.name);
      const master = memberOn(router, from);
      return member === undefined || master === undefined ? [] : [{ member, master }];
    }),
  };
}
