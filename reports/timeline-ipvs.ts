/** When real servers left a director's IPVS table and came back; one line for each change of a table. */
import { only, type Event, type EventOf, type IpvsService } from "../harness/history/events.ts";
import { nodeAt } from "../harness/topology/virtual-servers.ts";
import type { ResolvedTopology } from "../harness/topology/resolve.ts";
import type { Fact } from "./timeline-fact.ts";
import { formatMilliseconds } from "./units.ts";

export function ipvsEntries(
  events: readonly Event[],
  topology: ResolvedTopology | undefined,
): Fact[] {
  const before = new Map<string, EventOf<"ipvs">>();
  return only(events, "ipvs").flatMap((event) => {
    const last = before.get(event.node);
    before.set(event.node, event);
    const told = changesOf(last?.services ?? [], event, topology);
    if (told.length === 0) return [];
    const lost = told.some(({ bad }) => bad);
    return [
      {
        tUs: event.tUs,
        seq: event.seq,
        lane: event.node,
        text: `IPVS: ${told.map(({ text }) => text).join(", ")}${since(event)}`,
        tone: lost ? ("bad" as const) : last === undefined ? ("plain" as const) : ("good" as const),
      },
    ];
  });
}

interface Change {
  readonly text: string;
  readonly bad: boolean;
}

function changesOf(
  before: readonly IpvsService[],
  { node, services }: EventOf<"ipvs">,
  topology: ResolvedTopology | undefined,
): Change[] {
  const nameOf = (address: string): string =>
    (topology === undefined ? undefined : nodeAt(topology, node, address)) ?? address;
  const keys = new Set([...before, ...services].map(keyOf));
  return [...keys].flatMap((key): Change[] => {
    const was = before.find((service) => keyOf(service) === key);
    const is = services.find((service) => keyOf(service) === key);
    if (is === undefined) return [{ text: `service ${key} is gone`, bad: true }];
    const weights = weightsOf(is, nameOf);
    if (was === undefined) {
      const list = [...weights].map(([name, weight]) => `${name} (${weight})`).join(" and ");
      return [{ text: `service ${key}, ${is.scheduler}, with ${list || "no server"}`, bad: false }];
    }
    const old = weightsOf(was, nameOf);
    const names = new Set([...old.keys(), ...weights.keys()]);
    return [...names].flatMap((name) => changeOf(name, old.get(name) ?? 0, weights.get(name)));
  });
}

function changeOf(name: string, was: number, is: number | undefined): Change[] {
  const now = is ?? 0;
  if (now === was) return [];
  if (now === 0) {
    return [{ text: is === undefined ? `${name} left` : `${name} has weight 0`, bad: true }];
  }
  if (was === 0) return [{ text: `${name} is in again (weight ${now})`, bad: false }];
  return [{ text: `${name} has weight ${now} instead of ${was}`, bad: false }];
}

function weightsOf(
  { servers }: IpvsService,
  nameOf: (address: string) => string,
): Map<string, number> {
  return new Map(servers.map(({ address, weight }) => [nameOf(address), weight]));
}

function keyOf({ address, port }: IpvsService): string {
  return `${address}:${port}`;
}

/** The table is looked at from time to time. */
function since({ tUs, notBeforeUs }: EventOf<"ipvs">): string {
  const late = tUs - notBeforeUs;
  return late >= 1000 ? ` (seen ${formatMilliseconds(late)} late at most)` : "";
}
