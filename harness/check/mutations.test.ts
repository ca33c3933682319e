/**
 * A real run in which everything went well, broken in one way at a time: the checker that promised
 * to notice has to object, and the unbroken run has to satisfy all of them.
 */
import { describe, expect, it } from "vitest";
import { present } from "../core/assert.ts";
import { seconds } from "../core/time.ts";
import { sequence } from "../history/codec.ts";
import type { Event, EventOf, TimedEvent } from "../history/events.ts";
import { only } from "../history/events.ts";
import { mysqldKilledRun } from "../testing/stored-run.ts";
import { onlyRouter } from "../topology/resolve.ts";
import { CHECKERS, findChecker } from "./checkers.ts";

const RUN = mysqldKilledRun();
const TOPOLOGY = present(RUN.record.topology, "topology of the stored run");
const VIP = onlyRouter(TOPOLOGY).vips[0]!.address;
const GOOD = sequence([...RUN.history.events.map(unnumbered), ...alsoWatched(RUN.history.events)]);
const INJECTION = only(GOOD, "fault").find((event) => event.edge === "begin")!;

/** Their evidence is none of this drill's (no alerts, monitors or directors); they are broken in their own tests. */
const ELSEWHERE: readonly string[] = [
  "alert-sent",
  "split-brain-noticed",
  "real-server-membership",
  "traffic-share",
];

/** A kept connection to a mysqld that is killed cannot survive. */
const BROKEN_BY_THE_FAULT: readonly string[] = ["connections-survive"];

/** What observers report that came after the stored run: a quiet machine, and a client that follows the VIP. */
function alsoWatched(events: readonly Event[]): TimedEvent[] {
  const quiet = { kind: "jitter", lateUs: 6400, spanUs: seconds(11), tUs: seconds(18.5) } as const;
  const moves = only(events, "arp").filter(
    (event, index, all) => event.gratuitous && event.sender !== all[index - 1]?.sender,
  );
  return [
    quiet,
    ...moves.map(({ sender = "", senderMac: mac, tUs }): TimedEvent => {
      const entry = { address: VIP, mac, node: sender, state: "REACHABLE" };
      return { kind: "neighbour", at: "client", ...entry, tUs };
    }),
  ];
}

function verdicts(events: readonly Event[]): Record<string, string> {
  const settingsOf = new Map(
    RUN.record.scenario.expect.map(({ checker, with: settings }) => [checker, settings ?? {}]),
  );
  return Object.fromEntries(
    CHECKERS.map(({ name }) => {
      const subject = { topology: TOPOLOGY, events, settings: settingsOf.get(name) ?? {} };
      return [name, findChecker(name)!.judge(subject).verdict];
    }),
  );
}

const without = (drop: (event: Event) => boolean): Event[] => GOOD.filter((event) => !drop(event));

function unnumbered({ seq: _seq, ...event }: Event): TimedEvent {
  return event;
}

/** Changes events of one kind, and puts them where they belong when their time has changed. */
function changed<K extends Event["kind"]>(
  kind: K,
  change: (event: EventOf<K>) => Partial<EventOf<K>> | undefined,
): Event[] {
  const events = GOOD.map((event) =>
    event.kind === kind ? { ...event, ...change(event as EventOf<K>) } : event,
  );
  return sequence(events.map(unnumbered));
}

const having = (...added: TimedEvent[]): Event[] => sequence([...GOOD.map(unnumbered), ...added]);

const vipOn = (node: string, action: "added" | "removed", atSeconds: number): TimedEvent => ({
  kind: "address",
  node,
  interface: "eth0",
  address: VIP,
  action,
  tUs: INJECTION.tUs + seconds(atSeconds),
});

const onVip = (event: Event, node: string, action: string): boolean =>
  event.kind === "address" &&
  event.address === VIP &&
  event.node === node &&
  event.action === action &&
  event.tUs > INJECTION.tUs;

/** The rows of a copy, the very first one missing. */
const lessOne = (rows: EventOf<"copy">["rows"]): EventOf<"copy">["rows"] =>
  rows.map((row, index) => {
    const [first, last] = row.ranges[0]!;
    return index === 0 ? { ...row, ranges: [[first + 1, last], ...row.ranges.slice(1)] } : row;
  });

function refusedButThere(): Event[] {
  const acknowledged = only(GOOD, "complete").find(
    (event) => event.action === "write" && event.outcome === "ok",
  )!;
  return changed("complete", (event) =>
    event.op === acknowledged.op ? { outcome: "failed" } : undefined,
  );
}

function acknowledgedButGone(): Event[] {
  const refused = only(GOOD, "complete").find(
    (event) => event.action === "write" && event.outcome === "failed",
  )!;
  return changed("complete", (event) => (event.op === refused.op ? { outcome: "ok" } : undefined));
}

/** db1 has a keepalived that runs and preempts, and for seconds it does not get the VIP. */
function neverHome(): Event[] {
  const later = (event: Event): TimedEvent => {
    const end = event.kind === "phase" && ["collect", "dismantle"].includes(event.phase);
    return { ...unnumbered(event), tUs: event.tUs + (end ? seconds(10) : 0) };
  };
  return sequence(
    without((event) => onVip(event, "db1", "added") || onVip(event, "db2", "removed")).map(later),
  );
}

const SERVER_OF_DB1 = only(GOOD, "mysqld").find((event) => event.node === "db1")!.server!;

const after = (event: Event, fromSeconds: number, toSeconds: number): boolean =>
  event.tUs > INJECTION.tUs + seconds(fromSeconds) &&
  event.tUs < INJECTION.tUs + seconds(toSeconds);

interface Mutation {
  readonly broken: string;
  readonly objects: string;
  readonly says: "fail" | "inconclusive";
  readonly events: () => Event[];
}

const MUTATIONS: readonly Mutation[] = [
  {
    broken: "the disturbance began although nothing was settled",
    objects: "settled",
    says: "inconclusive",
    events: () => without((event) => event.kind === "multicast-probe"),
  },
  {
    broken: "the client died while mysqld was down, and nobody noticed",
    objects: "observation-complete",
    says: "inconclusive",
    events: () => without((event) => event.kind === "observer" && event.observer === "client"),
  },
  {
    broken: "the receipt of the kill says that mysqld is still there",
    objects: "fault-confirmed",
    says: "inconclusive",
    events: () =>
      changed("receipt", (event) =>
        event.action === "inject" && event.step === "fault"
          ? { receipt: { ...event.receipt, confirmed: false } }
          : undefined,
      ),
  },
  {
    broken: "the healing left no receipt",
    objects: "fault-confirmed",
    says: "inconclusive",
    events: () => without((event) => event.kind === "receipt" && event.action === "heal"),
  },
  {
    broken: "the clients did next to nothing",
    objects: "enough-activity",
    says: "inconclusive",
    events: () => without((event) => event.kind === "complete" && event.op > 50),
  },
  {
    broken: "the capture on the segment was lost",
    objects: "observation-complete",
    says: "inconclusive",
    events: () =>
      having({
        kind: "observer",
        observer: "packets at segment",
        state: "lost",
        tUs: INJECTION.tUs,
      }),
  },
  {
    broken: "netlink missed that db1 took the VIP back",
    objects: "observation-complete",
    says: "inconclusive",
    events: () => without((event) => onVip(event, "db1", "added")),
  },
  {
    broken: "the wall clock was stepped by a second",
    objects: "clock-steady",
    says: "inconclusive",
    events: () =>
      changed("clock", (event) =>
        event.tUs > INJECTION.tUs
          ? { wallMinusMonotonicUs: event.wallMinusMonotonicUs + seconds(1) }
          : undefined,
      ),
  },
  {
    broken: "netlink and packets disagree on the move by 100 ms",
    objects: "witnesses-agree",
    says: "inconclusive",
    events: () =>
      changed("arp", (event) => (event.gratuitous ? { tUs: event.tUs + 100_000 } : undefined)),
  },
  {
    broken: "a condition was not met within its bound",
    objects: "schedule-followed",
    says: "fail",
    events: () => changed("step", (event) => (event.step === "moved" ? { met: false } : undefined)),
  },
  {
    broken: "db1 never gave the VIP up",
    objects: "single-holder",
    says: "fail",
    events: () => without((event) => onVip(event, "db1", "removed")),
  },
  {
    broken: "a second holder appeared for a little over a hand-over",
    objects: "single-holder",
    says: "fail",
    events: () => having(vipOn("db2", "added", -1.15), vipOn("db2", "removed", -0.05)),
  },
  {
    broken: "the VIP never arrived on db2",
    objects: "vip-available",
    says: "fail",
    events: () => without((event) => onVip(event, "db2", "added")),
  },
  {
    broken: "the move came later than the timers allow",
    objects: "failover-within",
    says: "fail",
    events: () =>
      changed("address", (event) =>
        onVip(event, "db2", "added") ? { tUs: event.tUs + seconds(3) } : undefined,
      ),
  },
  {
    broken: "the move came sooner than the timers allow",
    objects: "failover-within",
    says: "fail",
    events: () =>
      changed("address", (event) =>
        onVip(event, "db2", "added") ? { tUs: INJECTION.tUs + seconds(0.5) } : undefined,
      ),
  },
  {
    broken: "nobody could write on the new holder",
    objects: "failover-within",
    says: "fail",
    events: () =>
      changed("complete", (event) =>
        event.tUs > INJECTION.tUs && event.outcome === "ok" ? { outcome: "failed" } : undefined,
      ),
  },
  {
    broken: "the holder's mysqld had been down for a second longer",
    objects: "holder-can-serve",
    says: "fail",
    events: () =>
      changed("mysqld", (event) =>
        event.state === "down" ? { tUs: event.tUs - seconds(1) } : undefined,
      ),
  },
  {
    broken: "a write is missing from one copy",
    objects: "no-lost-write",
    says: "fail",
    events: () =>
      changed("copy", (event) =>
        event.node === "db2" ? { rows: event.rows.slice(1) } : undefined,
      ),
  },
  {
    broken: "a write was acknowledged and is nowhere",
    objects: "no-lost-write",
    says: "fail",
    events: acknowledgedButGone,
  },
  {
    broken: "a write was refused and is there",
    objects: "no-lost-write",
    says: "fail",
    events: refusedButThere,
  },
  {
    broken: "the copies differ in one row",
    objects: "replication-converged",
    says: "fail",
    events: () =>
      changed("copy", (event) =>
        event.node === "db2" ? { rows: lessOne(event.rows) } : undefined,
      ),
  },
  {
    broken: "replication did not catch up",
    objects: "replication-converged",
    says: "fail",
    events: () =>
      changed("replication", (event) =>
        event.tUs > INJECTION.tUs ? { caughtUp: false } : undefined,
      ),
  },
  {
    broken: "an applier had stopped when it was looked at last",
    objects: "replication-broken",
    says: "fail",
    events: () =>
      changed("replication", (event) =>
        event.tUs > INJECTION.tUs && event.replica === "db2"
          ? { applierRunning: false }
          : undefined,
      ),
  },
  {
    broken: "clients could not write for six seconds",
    objects: "outage-within",
    says: "fail",
    events: () =>
      changed("complete", (event) => (after(event, 0, 6) ? { outcome: "failed" } : undefined)),
  },
  {
    broken: "db1 was well again, and the VIP did not go back to it",
    objects: "preemption",
    says: "fail",
    events: neverHome,
  },
  {
    broken: "the VIP went to db2 and back before anything had happened",
    objects: "no-flapping",
    says: "fail",
    events: () => having(vipOn("db2", "added", -0.5), vipOn("db2", "removed", -0.3)),
  },
  {
    broken: "the new holder had not got the last writes",
    objects: "no-stale-read",
    says: "fail",
    events: () =>
      changed("complete", (event) =>
        event.read !== undefined && after(event, 2, 4) ? { read: event.read - 200 } : undefined,
      ),
  },
  {
    broken: "writes went to db1 for a second after db2 had taken the VIP",
    objects: "no-write-on-deposed-holder",
    says: "fail",
    events: () =>
      changed("complete", (event) =>
        event.server !== undefined && after(event, 3, 4) ? { server: SERVER_OF_DB1 } : undefined,
      ),
  },
  {
    broken: "the client went on sending to db1",
    objects: "arp-converged",
    says: "fail",
    events: () => without((event) => event.kind === "neighbour" && event.node === "db2"),
  },
  {
    broken: "db2 answered for the VIP before it had it",
    objects: "vip-answered-by",
    says: "fail",
    events: () =>
      having({
        kind: "arp",
        seenAt: "segment",
        operation: "reply",
        gratuitous: false,
        senderMac: "02:42:c6:12:07:02",
        sender: "db2",
        senderAddress: VIP,
        targetAddress: "198.18.7.250",
        tUs: INJECTION.tUs,
      }),
  },
  {
    broken: "the machine was late by 84 ms",
    objects: "machine-quiet",
    says: "inconclusive",
    events: () =>
      having({
        kind: "jitter",
        lateUs: 84_000,
        spanUs: seconds(1),
        tUs: INJECTION.tUs,
      }),
  },
  {
    broken: "a container was left behind",
    objects: "nothing-leaked",
    says: "fail",
    events: () => changed("leftovers", () => ({ containers: ["vipdrill-wa79u3-db1"] })),
  },
];

describe("a real run of dual-script/mysqld-killed", () => {
  it("satisfies every checker as it is", () => {
    const wanted = CHECKERS.map(({ name }) => [
      name,
      ELSEWHERE.includes(name)
        ? "inconclusive"
        : BROKEN_BY_THE_FAULT.includes(name)
          ? "fail"
          : "pass",
    ]);
    expect(verdicts(GOOD)).toEqual(Object.fromEntries(wanted));
  });

  it.each(MUTATIONS)("is objected to by $objects when $broken", ({ objects, says, events }) => {
    expect(verdicts(events())[objects]).toBe(says);
  });

  it("is broken for every checker there is", () => {
    const covered = new Set([
      ...MUTATIONS.map((mutation) => mutation.objects),
      ...ELSEWHERE,
      ...BROKEN_BY_THE_FAULT,
    ]);
    expect(CHECKERS.map((checker) => checker.name).filter((name) => !covered.has(name))).toEqual(
      [],
    );
  });
});

describe("checkers", () => {
  it("rest on events that are in the history", () => {
    const known = new Set(GOOD.map((event) => event.seq));
    const unknown = CHECKERS.flatMap(({ name, judge }) =>
      judge({ topology: TOPOLOGY, events: GOOD, settings: {} })
        .evidence.filter((seq) => !known.has(seq))
        .map((seq) => `${name} cites ${seq}`),
    );
    expect(unknown).toEqual([]);
  });

  it("say nothing definite of an empty history, unless nothing was asked for", () => {
    const empty = CHECKERS.map(({ name, judge }) => [
      name,
      judge({ topology: TOPOLOGY, events: [], settings: {} }).verdict,
    ]);
    expect(empty.filter(([, verdict]) => verdict !== "inconclusive")).toEqual([
      ["fault-confirmed", "pass"],
      ["witnesses-agree", "pass"],
      ["schedule-followed", "pass"],
    ]);
  });

  it("have names of their own, and preconditions never fail", () => {
    const names = CHECKERS.map((checker) => checker.name);
    expect(new Set(names).size).toBe(names.length);
    const preconditions = new Set(
      CHECKERS.filter((checker) => checker.precondition === true).map((checker) => checker.name),
    );
    const failing = MUTATIONS.filter(({ events }) =>
      Object.entries(verdicts(events())).some(
        ([name, verdict]) => preconditions.has(name) && verdict === "fail",
      ),
    );
    expect(failing).toEqual([]);
  });
});
