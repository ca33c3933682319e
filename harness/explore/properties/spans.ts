/** Spans of a run in which something was the case: a fault in force, a server that answers, no holder. */
import { intersect, durationUs, type Interval, type Us } from "../../core/time.ts";
import { definitionOf, plainOf } from "../../fault/facts.ts";
import { only, type EventOf } from "../../history/events.ts";
import { gaps, holdings, overlaps } from "../../history/queries.ts";
import { loadSpan } from "../../timing/outages.ts";
import { onlyRouter } from "../../topology/resolve.ts";
import type { ExploredRun } from "../property.ts";

export function vipOf({ topology }: ExploredRun): string {
  return onlyRouter(topology).vips[0]?.address ?? "";
}

/** While clients were at work and something could be disturbed. */
export function watched(run: ExploredRun): Interval {
  return loadSpan(run.events) ?? { startUs: 0, endUs: 0 };
}

/** A director has none. */
export function hasServer({ topology }: ExploredRun, node: string): boolean {
  return topology.nodes.some(({ name, mysql }) => name === node && mysql !== undefined);
}

export interface InForce extends Interval {
  readonly node: string;
  readonly event: EventOf<"fault">;
}

/**
 * From the beginning of an injection to the end of its healing; an action lasts as long as its command. So does a restart: its
 * healing only sees to it that the service is there.
 */
export function faultsInForce(run: ExploredRun): InForce[] {
  const all = only(run.events, "fault");
  return all.flatMap((event) => {
    if (event.action !== "inject" || event.edge !== "begin") return [];
    const fault = plainOf(event.fault);
    const lasts = definitionOf(fault).healing !== undefined && fault.kind !== "service-restarted";
    const over = all.find(
      (other) =>
        other.step === event.step &&
        other.edge === "end" &&
        other.action === (lasts ? "heal" : "inject"),
    );
    return [{ node: event.node, startUs: event.tUs, endUs: over?.tUs ?? run.span.endUs, event }];
  });
}

/** What nobody would say the node is ill for: what its mysqld was told, what its check says. */
function isHarmless({ event }: InForce): boolean {
  const fault = plainOf(event.fault);
  return definitionOf(fault).group === "mysql" || fault.kind === "check-script-replaced";
}

/** Its mysqld answers at its own address, and nothing is wrong with the node but what that server was told. */
export function answering(run: ExploredRun, node: string): Interval[] {
  return well(
    run,
    node,
    (fault) => !isHarmless(fault),
    () => true,
  );
}

/** It also takes writes, and nothing is wrong with the node at all. */
export function serving(run: ExploredRun, node: string): Interval[] {
  return well(
    run,
    node,
    () => true,
    ({ writable }) => writable === true,
  );
}

function well(
  run: ExploredRun,
  node: string,
  ill: (fault: InForce) => boolean,
  good: (event: EventOf<"mysqld">) => boolean,
): Interval[] {
  const span = watched(run);
  const healthy = gaps(
    faultsInForce(run).filter((fault) => fault.node === node && ill(fault)),
    span,
  );
  if (!hasServer(run, node)) return healthy;
  const up = stateSpans(run, node, (event) => event.state === "up" && good(event));
  return shared(healthy, up);
}

/** Spans in which what was last said of the node's mysqld was so. */
export function stateSpans(
  run: ExploredRun,
  node: string,
  so: (event: EventOf<"mysqld">) => boolean,
): Interval[] {
  const { endUs } = watched(run);
  const changes = only(run.events, "mysqld").filter((event) => event.node === node);
  return joined(
    changes.flatMap((event, index) =>
      so(event) ? [{ startUs: event.tUs, endUs: changes[index + 1]?.tUs ?? endUs }] : [],
    ),
  );
}

export function withoutHolder(run: ExploredRun): Interval[] {
  return gaps(holdings(run.events, vipOf(run)), watched(run));
}

/** Spans in which this node has the VIP, and no other has. */
export function alone(run: ExploredRun, node: string): Interval[] {
  const held = holdings(run.events, vipOf(run));
  const own = held.filter((item) => item.node === node);
  const together = overlaps(held);
  return shared(
    own.flatMap((item) => gaps(together, item)),
    [watched(run)],
  );
}

export function shared(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  return a.flatMap((one) => b.flatMap((other) => intersect(one, other) ?? []));
}

function joined(list: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const item of list) {
    const before = result.at(-1);
    if (before !== undefined && before.endUs >= item.startUs) {
      result[result.length - 1] = { startUs: before.startUs, endUs: item.endUs };
    } else result.push(item);
  }
  return result;
}

export function longest(list: readonly Interval[]): Interval | undefined {
  return list.toSorted((a, b) => durationUs(b) - durationUs(a))[0];
}

export function longerThan(list: readonly Interval[], us: Us): Interval | undefined {
  const found = longest(list);
  return found !== undefined && durationUs(found) > us ? found : undefined;
}
