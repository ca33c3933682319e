/**
 * Promise: new connections through the VIP fall on the real servers in proportion to the weights in the holder's table.
 *
 * Counted are connections of the fresh lane (one a tick; its read says who answered), in the stretch with the most of them
 * in which the holder and its table were the same and no fault was injected or healed. With two servers the test is the exact binomial one, two-sided; with
 * more it is chi-square, if five are expected on each. Connections that nobody answered belong to no server: from one in
 * twenty on they could hide anything, so that nothing is said.
 *
 * alpha is 0.001 unless set: a run is repeated on several lines and seeds, and at the usual 0.05 every twentieth run of a
 * perfect balancer would be called wrong. rr and wrr do not draw, they count, and lie nearer to their shares than chance
 * would: the test is conservative, and what it finds is real.
 *
 * With persistence one client's address sticks to one server, so its share says nothing about weights. With the setting
 * `persistent` that is what is judged: one server has them all.
 */
import { formatSeconds, intersect, type Interval, type Us } from "../core/time.ts";
import { only, type IpvsService } from "../history/events.ts";
import { serversOf } from "../timing/failover.ts";
import {
  freshConnections,
  holderTables,
  inUse,
  unchangedTables,
  type FreshConnection,
  type TableSpan,
} from "../timing/ipvs.ts";
import { loadSpan } from "../timing/outages.ts";
import { directedServices, nodeAt } from "../topology/virtual-servers.ts";
import { vipAddresses } from "../topology/resolve.ts";
import {
  fail,
  inconclusive,
  named,
  pass,
  setting,
  type Checker,
  type Judgement,
  type Subject,
} from "./checker.ts";
import { shareTest } from "./share-test.ts";

const CONNECTIONS_MIN = 300;
const ALPHA = 0.001;
const UNANSWERED_SHARE_MAX = 0.05;

export const trafficShare: Checker = {
  name: "traffic-share",
  promise: "new connections fall on the real servers in proportion to their weights",
  settings: {
    lane: ["fresh"],
    after: "text",
    before: "text",
    min: "number",
    alpha: "number",
    persistent: "flag",
  },
  judge: (subject) => {
    const { events, topology } = subject;
    const window = windowOf(subject);
    if (typeof window === "string") return inconclusive(window);
    if (only(events, "ipvs").length === 0) return inconclusive("nobody watched an IPVS table");
    const vip = vipAddresses(topology)[0] ?? "";
    const port = directedServices(topology).find(({ address }) => address === vip)?.port;
    const stretch = longestStretch(
      subject,
      unchangedTables(holderTables(events, vip, port)),
      window,
    );
    if (stretch === undefined) return inconclusive("the holder had no service at the VIP");
    const { connections, service } = stretch;
    const wanted = setting(subject, "min", CONNECTIONS_MIN);
    const counted = countsOf(subject, stretch);
    const facts = {
      connections: counted.answered,
      unanswered: connections.length - counted.answered,
      holder: stretch.span.holder,
      fromUs: stretch.span.startUs,
      untilUs: stretch.span.endUs,
      scheduler: service.scheduler,
      servers: counted.servers.map(({ node, weight, count }) => ({ node, weight, count })),
    };
    const about = { subject, stretch, counted, facts };
    if (counted.answered < wanted) {
      return inconclusive(
        `only ${counted.answered} connections were answered while the table stayed the same (at least ${wanted} needed)`,
        stretch.span.evidence,
        facts,
      );
    }
    return subject.settings["persistent"] === true ? judgeSticky(about) : judgeShares(about);
  },
};

/** While the load was on, from one step on and up to another. */
function windowOf(subject: Subject): Interval | string {
  const { events } = subject;
  const span = loadSpan(events);
  if (span === undefined) return "the run ended before anything could be judged";
  const [after, before] = [named(subject, "after"), named(subject, "before")];
  const at = (step: string | undefined, fallback: Us): Us | undefined =>
    step === undefined ? fallback : only(events, "step").find((event) => event.step === step)?.tUs;
  const [startUs, endUs] = [at(after, span.startUs), at(before, span.endUs)];
  if (startUs === undefined) return `step ${after ?? ""} was not reached`;
  if (endUs === undefined) return `step ${before ?? ""} was not reached`;
  return (
    intersect({ startUs, endUs }, span) ?? "nothing lies between the steps that the scenario names"
  );
}

interface Stretch {
  readonly span: TableSpan;
  readonly service: IpvsService;
  readonly connections: readonly FreshConnection[];
}

/** By the number of connections, so that nobody chooses by the outcome. */
function longestStretch(
  { events }: Subject,
  spans: readonly TableSpan[],
  window: Interval,
): Stretch | undefined {
  const all = freshConnections(events);
  const cuts = only(events, "fault").map(({ tUs }) => tUs);
  return spans
    .flatMap((span) => pieces(span, cuts))
    .flatMap((span): Stretch[] => {
      const part = intersect(span, window);
      if (part === undefined || span.service === undefined) return [];
      const connections = all.filter(
        ({ invokedUs, endUs }) => invokedUs >= part.startUs && endUs <= part.endUs,
      );
      return [{ span: { ...span, ...part }, service: span.service, connections }];
    })
    .toSorted((a, b) => b.connections.length - a.connections.length)[0];
}

/** A fault on a server shows in the table only once its check has noticed. */
function pieces(span: TableSpan, cuts: readonly Us[]): TableSpan[] {
  const inside = cuts.filter((cutUs) => cutUs > span.startUs && cutUs < span.endUs);
  const edges = [span.startUs, ...inside.toSorted((a, b) => a - b), span.endUs];
  return edges
    .slice(1)
    .map((endUs, index) => ({ ...span, startUs: edges[index] ?? span.startUs, endUs }));
}

interface Counted {
  readonly answered: number;
  readonly servers: readonly {
    readonly node: string;
    readonly weight: number;
    readonly count: number;
  }[];
  /** Who answered without being in the table; the first such event. */
  readonly stranger?: { readonly node: string; readonly event: number; readonly count: number };
}

function countsOf({ events, topology }: Subject, { span, service, connections }: Stretch): Counted {
  const identities = serversOf(events);
  const answered = connections.flatMap(({ server, event }) =>
    server === undefined ? [] : [{ node: identities.get(server) ?? "an unknown server", event }],
  );
  const servers = inUse(service.servers).map(({ address, weight }) => {
    const node = nodeAt(topology, span.holder, address) ?? address;
    return { node, weight, count: answered.filter((item) => item.node === node).length };
  });
  const others = answered.filter((item) => !servers.some(({ node }) => node === item.node));
  const [first] = others;
  return {
    answered: answered.length,
    servers,
    ...(first === undefined ? {} : { stranger: { ...first, count: others.length } }),
  };
}

interface About {
  readonly subject: Subject;
  readonly stretch: Stretch;
  readonly counted: Counted;
  readonly facts: Judgement["facts"];
}

function words({ counted, stretch }: About): string {
  const list = counted.servers.map(({ node, count }) => `${count} by ${node}`).join(", ");
  const { startUs, endUs, holder } = stretch.span;
  return `${counted.answered} connections through ${holder} in ${formatSeconds(endUs - startUs)}: ${list}`;
}

function judgeSticky(about: About): Judgement {
  const { stretch, counted, facts } = about;
  const { evidence } = stretch.span;
  if (stretch.service.persistenceUs === undefined) {
    return inconclusive("the holder's table has no persistence", evidence, facts);
  }
  const having = counted.servers.filter(({ count }) => count > 0);
  const stuck = having.length === 1 && counted.stranger === undefined;
  return stuck
    ? pass(`${words(about)}: one server has them all, as persistence has it`, evidence, facts)
    : fail(`${words(about)}; with persistence one server has to have them all`, evidence, facts);
}

function judgeShares(about: About): Judgement {
  const { subject, stretch, counted, facts } = about;
  const { evidence } = stretch.span;
  const { servers, stranger } = counted;
  if (stretch.service.persistenceUs !== undefined) {
    return inconclusive(
      "the service is persistent: one client address sticks to one server, so that weights do not show",
      evidence,
      facts,
    );
  }
  if (stranger !== undefined) {
    return fail(
      `${stranger.node} answered ${stranger.count} of ${words(about)}; it is not in the table`,
      [...evidence, stranger.event],
      facts,
    );
  }
  if (servers.length < 2) {
    return inconclusive(
      "the table had fewer than two servers for new connections",
      evidence,
      facts,
    );
  }
  if (
    stretch.connections.length * UNANSWERED_SHARE_MAX <=
    stretch.connections.length - counted.answered
  ) {
    const open = stretch.connections.length - counted.answered;
    return inconclusive(
      `${open} of ${stretch.connections.length} connections were answered by nobody`,
      evidence,
      facts,
    );
  }
  const alpha = setting(subject, "alpha", ALPHA);
  const { pValue, method, valid } = shareTest(servers);
  const all = { ...facts, pValue: Number(pValue.toPrecision(6)), method, alpha };
  if (!valid)
    return inconclusive("fewer than five connections are expected on a server", evidence, all);
  const weights = servers.map(({ weight }) => weight).join(":");
  const chance = `p = ${pValue < 0.001 ? pValue.toExponential(1) : pValue.toFixed(3)}, ${method} test`;
  return pValue >= alpha
    ? pass(`${words(about)}, as the weights ${weights} have it (${chance})`, evidence, all)
    : fail(
        `${words(about)}; the weights are ${weights} (${chance}, alpha ${alpha})`,
        evidence,
        all,
      );
}
