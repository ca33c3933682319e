/**
 * Promise: the mysqld of the node that holds the VIP answers, but for spells no longer than the
 * scenario allows (a check needs time to notice). Of a holder that only directs: every server in its IPVS table that gets
 * new connections answers, and there is one.
 *
 * Known from a probe at each node's own address; the spell is counted from the last moment at which
 * the server still answered, so it is never shown shorter than it was.
 */
import {
  durationUs,
  formatSeconds,
  intersect,
  milliseconds,
  type Interval,
  type Us,
} from "../core/time.ts";
import { endOfWatch, holdings, judgedSpan, type Holding } from "../history/queries.ts";
import { only, type Event } from "../history/events.ts";
import { holderTables, inUse } from "../timing/ipvs.ts";
import { vipAddresses } from "../topology/resolve.ts";
import { nodeAt, onlyDirects } from "../topology/virtual-servers.ts";
import { fail, inconclusive, pass, setting, type Checker, type Subject } from "./checker.ts";
import { underNoise } from "./noise.ts";

export const holderCanServe: Checker = {
  name: "holder-can-serve",
  promise: "the holder's mysqld answers, but for spells within the allowance",
  settings: { maxSpellMs: "number" },
  judge: (subject) => {
    const span = judgedSpan(subject.events);
    if (span === undefined) return inconclusive("the run ended before anything could be judged");
    const unwatched = subject.topology.nodes.find(
      ({ name, mysql, keepalived }) =>
        (mysql !== undefined || keepalived === undefined || !onlyDirects(subject.topology, name)) &&
        !only(subject.events, "mysqld").some((event) => event.node === name),
    );
    if (unwatched !== undefined) {
      return inconclusive(`the mysqld of ${unwatched.name} was not watched`);
    }
    const unread = subject.topology.nodes.find(
      ({ name, keepalived }) =>
        keepalived !== undefined &&
        onlyDirects(subject.topology, name) &&
        !only(subject.events, "ipvs").some((event) => event.node === name),
    );
    if (unread !== undefined) {
      return inconclusive(`the IPVS table of ${unread.name} was not watched`);
    }
    const allowedUs = milliseconds(setting(subject, "maxSpellMs", 0));
    const spells = vipAddresses(subject.topology)
      .flatMap((vip) =>
        holdings(subject.events, vip).flatMap((holding) => spellsOf(subject, vip, holding)),
      )
      .flatMap((spell) => {
        const judged = intersect(spell, span);
        return judged === undefined ? [] : [{ ...spell, ...judged }];
      })
      .sort((a, b) => durationUs(b) - durationUs(a));
    const longest = spells[0];
    const facts = {
      allowedUs,
      longestUs: longest === undefined ? 0 : durationUs(longest),
      spells: spells.map(({ node, startUs, endUs }) => ({ node, startUs, endUs })),
    };
    if (longest === undefined) return pass("the holder's mysqld answered all the time", [], facts);
    const text = `${longest.node} held the VIP for ${formatSeconds(durationUs(longest))} while ${longest.what}`;
    const evidence = longest.evidence;
    const judgement =
      durationUs(longest) <= allowedUs
        ? pass(`${text}, within the allowance of ${formatSeconds(allowedUs)}`, evidence, facts)
        : fail(`${text}; ${formatSeconds(allowedUs)} is allowed`, evidence, facts);
    return underNoise(judgement, {
      events: subject.events,
      span: longest,
      missedByUs: durationUs(longest) - allowedUs,
    });
  },
};

interface Spell extends Interval {
  readonly node: string;
  readonly what: string;
  readonly evidence: readonly number[];
}

/**
 * At a stop the checker process empties the table some milliseconds before the VRRP process drops the VIP (both 38 to 75 ms after
 * the signal were measured), and the table is looked at every 50 ms.
 */
const GOING_US: Us = milliseconds(100);

function spellsOf({ events, topology }: Subject, vip: string, holding: Holding): Spell[] {
  const { node } = holding;
  if (!onlyDirects(topology, node)) {
    const what = "its mysqld did not answer";
    return silentSpans(events, node).flatMap((silent) => {
      const shared = intersect(silent, holding);
      return shared === undefined ? [] : [{ ...shared, node, what, evidence: [silent.event] }];
    });
  }
  return holderTables(events, vip, undefined, [holding]).flatMap((table) => {
    const servers = inUse(table.service?.servers ?? []);
    const { startUs, endUs, evidence } = table;
    if (servers.length === 0) {
      const goes = !holding.open && endUs === holding.endUs && endUs - startUs <= GOING_US;
      if (goes) return [];
      return [{ startUs, endUs, node, what: "its IPVS table sent nobody anywhere", evidence }];
    }
    return servers.flatMap(({ address }) => {
      const server = nodeAt(topology, node, address) ?? address;
      const what = `${server} in its IPVS table did not answer`;
      return silentSpans(events, server).flatMap((silent) => {
        const shared = intersect(silent, table);
        return shared === undefined
          ? []
          : [{ ...shared, node, what, evidence: [silent.event, ...evidence] }];
      });
    });
  });
}

/** Spans in which a node's mysqld was down or silent. */
function silentSpans(
  events: readonly Event[],
  node: string,
): (Interval & { readonly event: number })[] {
  const changes = only(events, "mysqld").filter((event) => event.node === node);
  return changes.flatMap((event, index) => {
    // Silence goes on through `unresponsive` and `down`, until the server is up again.
    const goesOn = index > 0 && changes[index - 1]?.state !== "up";
    if (event.state === "up" || goesOn) return [];
    const up = changes.slice(index).find((change) => change.state === "up");
    const endUs = up?.tUs ?? endOfWatch(events);
    // A closed connection is an event of its own; silence began at the last answer.
    const startUs = event.state === "down" ? event.tUs : event.notBeforeUs;
    return [{ startUs, endUs, event: event.seq }];
  });
}
