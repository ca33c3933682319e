/**
 * Promise: after a fault on a real server every director takes it out of its IPVS table in the time that its checks allow,
 * says so in its log, and sends nobody there until it puts it back; or leaves it in, where that is expected.
 *
 * The table is the fact and the log a claim: both are required, within 250 ms of each other. Weight 0 (`inhibit_on_failure`)
 * counts as out. Judged is every director that had the server in its table when the fault began and is not itself under
 * another fault. Where clients go is judged by the holder's table, with new connections only.
 *
 * Cannot see: what happens to connections that were open (`connections-survive`), and UDP services.
 */
import { milliseconds, type Us } from "../core/time.ts";
import { judgedSpan, tenures } from "../history/queries.ts";
import { serversOf } from "../timing/failover.ts";
import { freshConnections } from "../timing/ipvs.ts";
import {
  choice,
  fail,
  inconclusive,
  pass,
  type Checker,
  type Judgement,
  type Subject,
} from "./checker.ts";
import { causeOf, type Cause } from "./cause.ts";
import { judgePlace, WORDS, type Found, type Wanted } from "./membership/judging.ts";
import { placesOf, serverOf, type Place } from "./membership/places.ts";

export const realServerMembership: Checker = {
  name: "real-server-membership",
  promise: "directors take a failed real server out of their tables, and put it back, in time",
  settings: {
    server: "text",
    expect: WORDS,
    after: "text",
    withinMs: "number",
    backWithinMs: "number",
  },
  judge: (subject) => {
    const span = judgedSpan(subject.events);
    if (span === undefined) return inconclusive("the run ended before anything could be judged");
    const server = serverOf(subject);
    if (server === undefined) return inconclusive("no real server is named (setting `server`)");
    const wanted = choice(subject, "expect", WORDS) ?? "leaves";
    const cause = causeOf(subject, server);
    if (cause === undefined) return inconclusive(`no fault on ${server} was injected`);
    const places = placesOf(subject, server, cause);
    if (places.watched.length === 0) return inconclusive(places.why, [cause.event]);
    const found = places.watched.map((place) =>
      judgePlace(subject, place, { cause, wanted, span }),
    );
    const clients =
      wanted === "stays" ? [] : answersWhileOut(subject, server, places.watched, cause);
    return together({ server, wanted, found, clients });
  },
};

/** As long as a packet may be under way that was sent to the server before the table changed (`no-write-on-deposed-holder`). */
const GRACE_US: Us = milliseconds(25);

/**
 * New connections that were begun and answered by the server while the holder's table did not have it. One that was answered after the
 * return may have been sent there then: a lost SYN is repeated.
 */
function answersWhileOut(
  { events }: Subject,
  server: string,
  places: readonly Place[],
  cause: Cause,
): number[] {
  const identities = serversOf(events);
  const vip = places[0]?.service.address ?? "";
  const held = tenures(events, vip);
  const out = places.flatMap(({ service, changes }) =>
    changes.flatMap((change, index) => {
      if (change.presence === "in" || change.tUs <= cause.tUs) return [];
      const endUs = changes[index + 1]?.notBeforeUs ?? Number.POSITIVE_INFINITY;
      return [{ director: service.director, startUs: change.tUs + GRACE_US, endUs }];
    }),
  );
  return freshConnections(events)
    .filter(({ server: by, invokedUs, endUs: answeredUs }) => {
      if (identities.get(by ?? "") !== server) return false;
      const holder = held.find(({ startUs, endUs }) => invokedUs >= startUs && invokedUs < endUs);
      return out.some(
        ({ director, startUs, endUs }) =>
          director === holder?.node && invokedUs >= startUs && answeredUs < endUs,
      );
    })
    .map(({ event }) => event);
}

const CITED_MAX = 20;

function together({
  server,
  wanted,
  found,
  clients,
}: {
  readonly server: string;
  readonly wanted: Wanted;
  readonly found: readonly Found[];
  readonly clients: readonly number[];
}): Judgement {
  const facts = {
    server,
    expected: wanted,
    answeredWhileOut: clients.length,
    directors: found.map((item) => ({ ...item.facts })),
    ...lateness(found),
  };
  const failed = found.find(({ judgement }) => judgement.verdict === "fail");
  const open = found.find(({ judgement }) => judgement.verdict === "inconclusive");
  if (failed === undefined && clients.length > 0) {
    const count = clients.length === 1 ? "1 new connection" : `${clients.length} new connections`;
    return fail(
      `${server} answered ${count} although the holder's table did not have it`,
      [...found.flatMap(({ judgement }) => judgement.evidence), ...clients.slice(0, CITED_MAX)],
      facts,
    );
  }
  const decisive = failed ?? open;
  if (decisive !== undefined) return { ...decisive.judgement, facts };
  return pass(
    found.map(({ judgement }) => judgement.reason).join("; "),
    [...new Set(found.flatMap(({ judgement }) => judgement.evidence))],
    facts,
  );
}

function lateness(found: readonly Found[]): { readonly lateUs?: number } {
  const worst = Math.max(
    0,
    ...found.map(({ judgement }) => {
      const { lateUs } = judgement.facts;
      return typeof lateUs === "number" ? lateUs : 0;
    }),
  );
  return worst === 0 ? {} : { lateUs: worst };
}
