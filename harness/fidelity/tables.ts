/**
 * Which real servers each director sent connections to, one set after the other, on both sides. Only the order
 * is compared: a checker begins at a random moment of its interval (keepalived `check_api.c:register_checkers_thread`,
 * `warmup`), so when it notices is a distribution, not a moment.
 */
import { only, type Event, type IpvsService } from "../history/events.ts";
import { injections, phaseSpan } from "../history/queries.ts";

export interface TableComparison {
  readonly node: string;
  /** `db1+db2`, by address, from the first fault on. */
  readonly measured: readonly string[];
  readonly simulated: readonly string[];
  readonly same: boolean;
}

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
  const looks = only(events, "ipvs").filter((event) => event.node === node);
  const before = looks.findLast(({ tUs }) => tUs <= fromUs);
  const told = [...(before === undefined ? [] : [before]), ...looks.filter((e) => e.tUs > fromUs)];
  const sets = told.map(({ services }) => services.map(wordsOf).join(", ") || "no service");
  return sets.filter((set, index) => set !== sets[index - 1]);
}

/** The host part is enough: both sides have the same topology, on different networks. */
function wordsOf({ servers }: IpvsService): string {
  const taking = servers.filter(({ weight }) => weight > 0).map(({ address }) => lastPart(address));
  return taking.sort().join("+") || "nobody";
}

function lastPart(address: string): string {
  return `.${address.split(".").at(-1) ?? address}`;
}
