/**
 * Which real servers each director sent connections to, one set after the other, on both sides. Only the order
 * is compared: a checker begins at a random moment of its interval (keepalived `check_api.c:register_checkers_thread`,
 * `warmup`), so when it notices is a distribution, not a moment.
 *
 * A set that lasted less than `BRIEF_TABLE_US` is left out, and what a node's table was after its power went: on containers
 * the watcher goes with it, and the model tells of the emptied table.
 */
import { milliseconds, type Us } from "../core/time.ts";
import { plainOf } from "../fault/facts.ts";
import type { PlainFault } from "../fault/fault.ts";
import { only, type Event, type IpvsService } from "../history/events.ts";
import { injections, phaseSpan } from "../history/queries.ts";

export interface TableComparison {
  readonly node: string;
  /** `db1+db2`, by address, from the first fault on. */
  readonly measured: readonly string[];
  readonly simulated: readonly string[];
  readonly same: boolean;
}

/**
 * On containers a table is read 50 ms after it was read before (`backend/docker/ipvs.ts`), which takes some milliseconds more: two
 * changes that close are seen as one, or as two, by chance. A notify script that ends keepalived as soon as the last server has gone
 * leaves the service empty for 9 to 31 ms in the simulator (15 of 15), and on containers for 63 to 124 ms as far as was seen (12), or unseen (3).
 */
export const BRIEF_TABLE_US: Us = milliseconds(150);

const POWER_LOSSES: ReadonlySet<PlainFault["kind"]> = new Set([
  "node-powered-off",
  "node-rebooted",
]);

interface Side {
  readonly events: readonly Event[];
}

export function compareTables(measured: Side, simulated: Side): TableComparison[] {
  const nodes = [...new Set(only(measured.events, "ipvs").map(({ node }) => node))].sort();
  return nodes.map((node) => {
    const [a, b] = [setsOf(measured.events, node), setsOf(simulated.events, node)];
    return { node, measured: a, simulated: b, same: a.join(" ") === b.join(" ") };
  });
}

function setsOf(events: readonly Event[], node: string): string[] {
  const fromUs = injections(events)[0]?.tUs ?? phaseSpan(events, "disturb")?.startUs ?? 0;
  const endUs = powerLossUs(events, node);
  const looks = only(events, "ipvs").filter((event) => event.node === node && event.tUs < endUs);
  const before = looks.findLast(({ tUs }) => tUs <= fromUs);
  const told = [...(before === undefined ? [] : [before]), ...looks.filter((e) => e.tUs > fromUs)];
  const sets = merged(told.map(({ tUs, services }) => ({ tUs, words: setWords(services) })));
  const lasting = sets.filter(({ tUs }, index) => {
    const next = sets[index + 1];
    return index === 0 || next === undefined || next.tUs - tUs >= BRIEF_TABLE_US;
  });
  return merged(lasting).map(({ words }) => words);
}

interface TableSet {
  readonly tUs: Us;
  readonly words: string;
}

/** Neighbours that are the same become one. */
function merged(sets: readonly TableSet[]): readonly TableSet[] {
  return sets.filter(({ words }, index) => words !== sets[index - 1]?.words);
}

function powerLossUs(events: readonly Event[], node: string): Us {
  const lost = injections(events).find(
    (event) => event.node === node && POWER_LOSSES.has(plainOf(event.fault).kind),
  );
  return lost?.tUs ?? Number.POSITIVE_INFINITY;
}

function setWords(services: readonly IpvsService[]): string {
  return services.map(wordsOf).join(", ") || "no service";
}

/** The host part is enough: both sides have the same topology, on different networks. */
function wordsOf({ servers }: IpvsService): string {
  const taking = servers.filter(({ weight }) => weight > 0).map(({ address }) => lastPart(address));
  return taking.sort().join("+") || "nobody";
}

function lastPart(address: string): string {
  return `.${address.split(".").at(-1) ?? address}`;
}
