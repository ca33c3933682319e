/** Which directors had the server in their tables when its fault began, and what is told from then on. */
import { InputError } from "../../core/errors.ts";
import type { Us } from "../../core/time.ts";
import { definitionOf } from "../../fault/facts.ts";
import { only, type Event } from "../../history/events.ts";
import { presences, type PresenceChange } from "../../timing/ipvs.ts";
import {
  directedServices,
  type DirectedServer,
  type DirectedService,
} from "../../topology/virtual-servers.ts";
import type { Cause } from "../cause.ts";
import type { Subject } from "../checker.ts";

export function serverOf({ settings, topology }: Subject): string | undefined {
  const { server } = settings;
  if (typeof server !== "string") return undefined;
  if (topology.nodes.some(({ name }) => name === server)) return server;
  throw new InputError("SCENARIO_INVALID", `setting server names no node: ${server}`);
}

/** One service of one director in which the server was when the fault began. */
export interface Place {
  readonly service: DirectedService;
  readonly server: DirectedServer;
  readonly changes: readonly PresenceChange[];
  readonly startedUs: Us;
}

export function placesOf(
  { events, topology }: Subject,
  name: string,
  cause: Cause,
): { readonly watched: readonly Place[]; readonly why: string } {
  const all = directedServices(topology).flatMap((service) =>
    service.servers
      .filter(({ node }) => node === name)
      .map((server) => ({
        service,
        server,
        changes: presences(events, service.director, service, server),
      })),
  );
  if (all.length === 0) return { watched: [], why: `${name} is a real server of no director` };
  const seen = all.filter(({ changes }) => changes.length > 0);
  if (seen.length === 0) return { watched: [], why: "nobody watched the directors' IPVS tables" };
  const watched = seen.flatMap((place) => {
    const before = place.changes.filter(({ tUs }) => tUs <= cause.tUs);
    const gone = before.findLastIndex(({ presence }) => presence === "no-service");
    const startedUs = before[gone + 1]?.tUs ?? 0;
    const isIn = before.at(-1)?.presence === "in";
    return isIn && !isDisturbed(events, place.service.director, cause)
      ? [{ ...place, startedUs }]
      : [];
  });
  return { watched, why: `no director that ran undisturbed had ${name} in its table` };
}

/** A director that is off, frozen or cut off by another fault says nothing about its checks. */
function isDisturbed(events: readonly Event[], director: string, cause: Cause): boolean {
  return only(events, "fault").some((event) => {
    const { node, step, action, edge, fault, tUs } = event;
    if (node !== director || step === cause.step || action !== "inject" || edge !== "begin") {
      return false;
    }
    if (tUs > cause.tUs || fault.kind === "sabotaged") return false;
    return (
      !only(events, "fault").some(
        (other) =>
          other.step === step &&
          other.action === "heal" &&
          other.edge === "end" &&
          other.tUs <= cause.tUs,
      ) && definitionOf(fault).healing !== undefined
    );
  });
}
