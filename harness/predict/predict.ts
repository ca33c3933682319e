/**
 * The table of expected intervals for a set of node configurations: for every virtual router, every
 * event on its holder and every way back. Computed from closed formulas; nothing is simulated.
 *
 * Left out: lost adverts and busy machines; faults of more than one node at a time; what notify
 * scripts do; track_file, BFD and weighted track_interface; HTTP, SMTP, DNS and PING checkers; the
 * slip of timers on clock ticks (a millisecond or two). Members of one sync group have to be grouped
 * alike on all nodes. Checks with different intervals count as independent of each other.
 */
import type { Us } from "../core/time.ts";
import type { KeepalivedVersion } from "../keepalived/versions.ts";
import { quarrelIn } from "./acceptance.ts";
import { awayRow } from "./away.ts";
import { backRow } from "./back.ts";
import { AWAY, BACK } from "./classes.ts";
import {
  clusterOf,
  holderAtRest,
  memberOn,
  type Cluster,
  type Member,
  type PredictedNode,
  type Router,
} from "./cluster.ts";
import type { Row } from "./row.ts";
import { stageOf, type Stage } from "./stage.ts";

export interface PredictedMember {
  readonly node: string;
  readonly basePriority: number;
  /** While mysqld is up. */
  readonly restPriority: number;
  readonly nopreempt: boolean;
  /** Why it is in FAULT although mysqld is up. */
  readonly fault?: string;
  readonly version: KeepalivedVersion;
}

export interface PredictedRouter {
  readonly name: string;
  readonly vrid: number;
  readonly vrrpVersion: 2 | 3;
  readonly advertIntUs: Us;
  readonly addresses: readonly string[];
  readonly members: readonly PredictedMember[];
  readonly syncGroup?: string;
  /** Who has the address when nothing is wrong; absent when nobody can. */
  readonly holder?: string;
  /** Why there are no rows. */
  readonly problem?: string;
  readonly rows: readonly Row[];
}

export interface PredictOptions {
  /** Who holds every router it is a member of; the highest priority unless said. */
  readonly holder?: string;
}

export function predict(
  nodes: readonly PredictedNode[],
  options: PredictOptions = {},
): PredictedRouter[] {
  const cluster = clusterOf(nodes);
  return cluster.routers.map((router) => ({
    ...described(router),
    ...predictedRows(cluster, router, options),
  }));
}

function described(
  router: Router,
): Omit<PredictedRouter, "rows" | "holder" | "problem" | "syncGroup"> {
  const addresses = new Set(
    router.members.flatMap(({ instance }) => instance.addresses.map(({ address }) => address)),
  );
  const intervals = router.members.map(({ instance }) => instance.advertIntUs);
  return {
    name: router.name,
    vrid: router.vrid,
    vrrpVersion: router.members[0]?.instance.version ?? 2,
    advertIntUs: intervals[0] ?? 0,
    addresses: [...addresses],
    members: router.members.map((member) => ({
      node: member.node.name,
      basePriority: member.instance.priority,
      restPriority: member.restPriority,
      nopreempt: member.instance.nopreempt,
      ...(member.restFault === undefined ? {} : { fault: member.restFault }),
      version: member.node.config.version,
    })),
  };
}

function predictedRows(
  cluster: Cluster,
  router: Router,
  options: PredictOptions,
): Pick<PredictedRouter, "rows" | "holder" | "problem" | "syncGroup"> {
  const problem = quarrelIn(router);
  if (problem !== undefined) return { problem, rows: [] };
  const holder = holderOf(router, options);
  if (holder === undefined) return { problem: nobody(router), rows: [] };
  const stage = stageOf(cluster, router, holder);
  const { group } = stage.bundle;
  return {
    holder: holder.node.name,
    ...(group === undefined ? {} : { syncGroup: group }),
    rows: rowsOf(stage),
  };
}

export function holderOf(router: Router, { holder }: PredictOptions): Member | undefined {
  const wanted = holder === undefined ? undefined : memberOn(router, holder);
  return wanted ?? holderAtRest(router);
}

function nobody({ members }: Router): string {
  const faults = members.flatMap(({ restFault }) => restFault ?? []);
  return `no node can become MASTER: ${faults.join("; ")}`;
}

function rowsOf(stage: Stage): Row[] {
  return [
    ...AWAY.map((event) => ({ event, ...awayRow(stage, event) })),
    ...BACK.map((event) => ({ event, ...backRow(stage, event) })),
  ];
}
