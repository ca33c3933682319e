/**
 * What has to be true of a run before anything it shows is worth something. Each of these passes or
 * is inconclusive; none of them says anything about the cluster.
 */
import { definitionOf } from "../fault/facts.ts";
import { judgedSpan, phaseSpan } from "../history/queries.ts";
import { only, type Event } from "../history/events.ts";
import { holdersNow } from "../history/queries.ts";
import { vipAddresses, type ResolvedTopology } from "../topology/resolve.ts";
import { milliseconds } from "../core/time.ts";
import { isVipLane } from "../workload/workload.ts";
import { blindFact, blindSpans, blindWords, unexplained } from "./blindness.ts";
import { choice, inconclusive, pass, setting, type Checker } from "./checker.ts";

export const settled: Checker = {
  name: "settled",
  promise: "steady state was proven before anything was disturbed",
  precondition: true,
  settings: { holders: ["one", "any"] },
  judge: (subject) => {
    const { events, topology } = subject;
    const anyHolders = choice(subject, "holders", ["one", "any"]) === "any";
    const disturb = phaseSpan(events, "disturb");
    if (disturb === undefined) {
      return inconclusive("the cluster never reached a proven steady state");
    }
    const before = events.filter((event) => event.tUs <= disturb.startUs);
    const lacking =
      (anyHolders ? undefined : lackingHolder(before, topology)) ??
      lackingMulticast(before, topology) ??
      lackingReplication(before, topology);
    if (lacking !== undefined) return inconclusive(`before the disturbance ${lacking}`);
    return pass(
      `${anyHolders ? "" : "one holder, "}replication running on every edge, multicast passing`,
      only(before, "replication").map((event) => event.seq),
    );
  },
};

/** One holder for each VIP, whose adverts every other member hears. */
function lackingHolder(before: readonly Event[], topology: ResolvedTopology): string | undefined {
  for (const router of topology.routers) {
    for (const vip of router.vips) {
      const [holder, ...others] = holdersNow(before, vip.address);
      if (holder === undefined) return `nobody held ${vip.address}`;
      if (others.length > 0) return `${[holder, ...others].join(" and ")} held ${vip.address}`;
      const deaf = router.members.find(
        ({ node }) =>
          node !== holder &&
          !only(before, "advert").some(
            (event) =>
              event.seenAt === node && event.sender === holder && event.vrid === router.vrid,
          ),
      );
      if (deaf !== undefined) return `${deaf.node} had heard no advert of ${holder}`;
    }
  }
  return undefined;
}

/** Every node that runs keepalived heard a probe of every other one; VRRP is no business of a real server's. */
function lackingMulticast(
  before: readonly Event[],
  topology: ResolvedTopology,
): string | undefined {
  const heard = new Set(
    only(before, "multicast-probe").map((event) => `${event.sender} to ${event.seenAt}`),
  );
  const names = topology.nodes
    .filter(({ keepalived }) => keepalived !== undefined)
    .map((node) => node.name);
  const missing = names
    .flatMap((from) => names.filter((to) => to !== from).map((to) => `${from} to ${to}`))
    .find((pair) => !heard.has(pair));
  return missing === undefined ? undefined : `multicast was not seen to pass from ${missing}`;
}

function lackingReplication(
  before: readonly Event[],
  topology: ResolvedTopology,
): string | undefined {
  const missing = topology.replication.find(
    (edge) =>
      !only(before, "replication").some(
        (event) =>
          event.replica === edge.replica &&
          event.source === edge.source &&
          event.receiverRunning &&
          event.applierRunning &&
          event.caughtUp,
      ),
  );
  return missing === undefined
    ? undefined
    : `replication ${missing.source} to ${missing.replica} was not seen to run`;
}

export const faultConfirmed: Checker = {
  name: "fault-confirmed",
  promise: "every injection and every healing left a receipt that proves it took effect",
  precondition: true,
  judge: ({ events }) => {
    const receipts = only(events, "receipt");
    const refused = receipts.find((event) => !event.receipt.confirmed);
    if (refused !== undefined) {
      return inconclusive(
        `${refused.action} of step ${refused.step} on ${refused.node} is not confirmed: ${refused.receipt.proof}`,
        [refused.seq],
      );
    }
    const begun = only(events, "fault").filter((event) => event.edge === "begin");
    const unproven = begun.find(
      (event) => !receipts.some((r) => r.step === event.step && r.action === event.action),
    );
    if (unproven !== undefined) {
      return inconclusive(`${unproven.action} of step ${unproven.step} left no receipt`, [
        unproven.seq,
      ]);
    }
    const lasting = begun.find(
      (event) =>
        event.action === "inject" &&
        event.fault.kind !== "sabotaged" &&
        definitionOf(event.fault).healing !== undefined &&
        !begun.some((other) => other.step === event.step && other.action === "heal"),
    );
    if (lasting !== undefined) {
      return inconclusive(`step ${lasting.step} was never healed`, [lasting.seq]);
    }
    if (begun.length === 0) return pass("no fault was asked for");
    return pass(
      `${receipts.length} ${receipts.length === 1 ? "receipt" : "receipts"}, all confirmed`,
      receipts.map((event) => event.seq),
    );
  },
};

/** Fewer acknowledged operations than this say nothing about an outage or a loss. */
const WRITES_MIN = 50;
const READS_MIN = 50;

export const enoughActivity: Checker = {
  name: "enough-activity",
  promise: "clients did enough reads and writes for their absence to mean something",
  precondition: true,
  settings: { writes: "number", reads: "number" },
  judge: (subject) => {
    const ok = only(subject.events, "complete").filter(
      (event) => event.outcome === "ok" && isVipLane(event.lane),
    );
    const writes = ok.filter((event) => event.action === "write").length;
    const reads = ok.length - writes;
    const wanted = {
      writes: setting(subject, "writes", WRITES_MIN),
      reads: setting(subject, "reads", READS_MIN),
    };
    const facts = { writes, reads };
    if (writes < wanted.writes || reads < wanted.reads) {
      return inconclusive(
        `only ${writes} writes and ${reads} reads were acknowledged (at least ${wanted.writes} and ${wanted.reads} needed)`,
        [],
        facts,
      );
    }
    return pass(`${writes} writes and ${reads} reads acknowledged`, [], facts);
  },
};

export const observationComplete: Checker = {
  name: "observation-complete",
  promise: "every observer watched to the end, and what they said adds up to the final state",
  precondition: true,
  judge: ({ events, topology }) => {
    const observers = only(events, "observer");
    const lost = observers.find((event) => event.state === "lost");
    if (lost !== undefined) return inconclusive(`${lost.observer} was lost`, [lost.seq]);
    const wanted = [
      ...topology.nodes.flatMap(({ name, kernel = [] }) => [
        `netlink at ${name}`,
        `packets at ${name}`,
        ...(kernel.includes("ip_vs") ? [`ipvs at ${name}`] : []),
      ]),
      "packets at segment",
      "client",
    ];
    const absent = wanted.find((name) => !observers.some((event) => event.observer === name));
    if (absent !== undefined) return inconclusive(`nobody watched ${absent}`);
    const blind = blindSpans(events);
    const wrong = blind.find((span) => unexplained(span, events) !== undefined);
    if (wrong !== undefined) {
      return inconclusive(
        `${blindWords(wrong)}: ${unexplained(wrong, events) ?? ""}`,
        wrong.evidence,
      );
    }
    const quiesce = phaseSpan(events, "quiesce");
    const client = observers.find(
      (event) => event.observer === "client" && event.state === "ended",
    );
    if (quiesce === undefined || client === undefined || client.tUs < quiesce.startUs) {
      return inconclusive("the client did not work until the load was ended");
    }
    const dumps = only(events, "address-dump");
    const unread = topology.nodes.find((node) => !dumps.some((dump) => dump.node === node.name));
    if (unread !== undefined) {
      return inconclusive(`the final addresses of ${unread.name} were not read`);
    }
    for (const vip of vipAddresses(topology)) {
      const watched = holdersNow(events, vip);
      // A real server behind a director has the address on `lo`, all along, and is no holder.
      const behind = topology.nodes.filter(({ realServer }) => realServer !== undefined);
      const dumped = dumps
        .filter(({ node }) => !behind.some(({ name }) => name === node))
        .filter((dump) => dump.addresses.includes(vip))
        .map((dump) => dump.node);
      if (watched.join() !== dumped.sort().join()) {
        return inconclusive(
          `netlink says ${vip} ended on ${watched.join(" and ") || "no node"}, the nodes say ${dumped.join(" and ") || "none"}`,
          dumps.map((dump) => dump.seq),
        );
      }
    }
    return pass(
      ["all observers watched to the end; final addresses agree", ...blind.map(blindWords)].join(
        "; ",
      ),
      blind.flatMap((span) => span.evidence),
      blind.length === 0 ? {} : { blind: blind.map(blindFact) },
    );
  },
};

/** A set or stepped wall clock would move stamps of packets against everything else. */
const CLOCK_STEP_MAX_US = milliseconds(5);

export const clockSteady: Checker = {
  name: "clock-steady",
  promise: "the wall clock of the engine did not jump while the run was judged",
  precondition: true,
  judge: ({ events }) => {
    const span = judgedSpan(events);
    const readings = only(events, "clock");
    const first = readings[0];
    if (span === undefined || first === undefined) return inconclusive("no clock readings");
    const offsets = readings.map((event) => event.wallMinusMonotonicUs);
    const spreadUs = Math.max(...offsets) - Math.min(...offsets);
    const facts = { spreadUs };
    if (spreadUs <= CLOCK_STEP_MAX_US) {
      return pass(`wall and monotonic clock agree within ${spreadUs} µs`, [], facts);
    }
    return inconclusive(
      `the wall clock moved by ${spreadUs / 1000} ms against the monotonic clock`,
      readings.map((event) => event.seq),
      facts,
    );
  },
};
