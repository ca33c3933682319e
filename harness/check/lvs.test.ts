/**
 * A good history of an LVS pair, broken in one way at a time: mysqld of db1 is killed at 20 s and runs again at 27 s; two
 * directors check every 2 s with one retry after 1 s.
 */
import { describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../core/time.ts";
import type { JsonObject } from "../core/json.ts";
import type { PlainFault } from "../fault/fault.ts";
import { sequence } from "../history/codec.ts";
import type { Event, EventOf, TimedEvent } from "../history/events.ts";
import { judge, said } from "../testing/judging.ts";
import { resolvedPair } from "../testing/topology.ts";
import { failoverOf } from "../timing/failover.ts";
import type { Judgement } from "./checker.ts";
import { ADDRESS, lvsPair, settledLvs, tableOf, VIP, type LvsOptions } from "./testing/lvs.ts";

const KILLED: PlainFault = { kind: "mysqld-killed", node: { name: "db1" } };
const RS = `[${ADDRESS.db1}]:tcp:3306`;
const VS = `[${VIP}]:tcp:3306`;
const LEFT = { lvs1: 21.7, lvs2: 22.2 };
const BACK = { lvs1: 28.2, lvs2: 28.5 };
const END = 40;

interface Shape {
  readonly weights?: { readonly db1: number; readonly db2: number };
  readonly fault?: PlainFault;
  readonly inhibit?: boolean;
}

function good({
  weights = { db1: 1, db2: 1 },
  fault = KILLED,
  inhibit = false,
}: Shape = {}): Event[] {
  const story = settledLvs(END, tableOf(weights));
  story.fault(fault, "db1", 20).fault(fault, "db1", 26, { action: "heal" });
  story.mysqld("db1", 20.05, "down").mysqld("db1", 27, "up");
  const [off, on] = inhibit ? ["Disabling", "Enabling"] : ["Removing", "Adding"];
  const without = inhibit ? { ...weights, db1: 0 } : { db2: weights.db2 };
  for (const director of ["lvs1", "lvs2"] as const) {
    story.log(director, LEFT[director] - 0.004, `${off} service ${RS} from VS ${VS}`);
    story.table(director, LEFT[director], tableOf(without));
    story.log(director, BACK[director] - 0.004, `${on} service ${RS} to VS ${VS}`);
    story.table(director, BACK[director], tableOf(weights));
  }
  story.answersArp("lvs1", 12).answersArp("lvs1", 25);
  const cycle = [
    ...Array<string>(weights.db1).fill("db1"),
    ...Array<string>(weights.db2).fill("db2"),
  ];
  for (let tick = 0; tick < (END - 11) * 50; tick += 1) {
    const at = 10 + tick / 50;
    const inTable = at < LEFT.lvs1 || at >= BACK.lvs1;
    const wanted = inTable ? cycle[tick % cycle.length] : "db2";
    const isDead = wanted === "db1" && at >= 20 && at < 26.9;
    story.connection(at, isDead ? undefined : wanted);
    story.held(at + 0.01, "db2");
  }
  return story.events();
}

const GOOD = good();

const without = (drop: (event: Event) => boolean): Event[] => GOOD.filter((event) => !drop(event));

function unnumbered({ seq: _seq, ...event }: Event): TimedEvent {
  return event;
}

function changed<K extends Event["kind"]>(
  kind: K,
  change: (event: EventOf<K>) => Partial<EventOf<K>> | undefined,
  events: readonly Event[] = GOOD,
): Event[] {
  return sequence(
    events
      .map((event) => (event.kind === kind ? { ...event, ...change(event as EventOf<K>) } : event))
      .map(unnumbered),
  );
}

const having = (...added: TimedEvent[]): Event[] => sequence([...GOOD.map(unnumbered), ...added]);

const tables = (event: Event, node: string, atSeconds: number): boolean =>
  event.kind === "ipvs" && event.node === node && event.tUs === seconds(atSeconds);

/** A change of a table and its log line, later by so much. */
const later = (node: "lvs1" | "lvs2", from: number, by: number): Event[] => {
  const near = (tUs: number): boolean => Math.abs(tUs - seconds(from)) <= milliseconds(10);
  const moved = changed("ipvs", (event) =>
    event.node === node && near(event.tUs)
      ? { tUs: event.tUs + seconds(by), notBeforeUs: event.notBeforeUs + seconds(by) }
      : undefined,
  );
  return changed(
    "log",
    (event) =>
      event.node === node && near(event.tUs) ? { tUs: event.tUs + seconds(by) } : undefined,
    moved,
  );
};

/** Both directors kept the server all along; 3.250 s after the fault at 20 s are the most that they may take. */
const wellAgainAt = (atSeconds: number): Event[] => {
  const kept = without(
    (event) => event.kind === "log" || (event.kind === "ipvs" && event.tUs > seconds(20)),
  );
  const by = seconds(atSeconds - 26);
  const healed = changed(
    "fault",
    (event) => (event.action === "heal" ? { tUs: event.tUs + by } : undefined),
    kept,
  );
  return changed(
    "mysqld",
    (event) =>
      event.node === "db1" && event.tUs > seconds(25)
        ? { tUs: event.tUs + by, notBeforeUs: event.notBeforeUs + by }
        : undefined,
    healed,
  );
};

const MEMBERSHIP: JsonObject = { server: "db1", expect: "returns" };
const ask = (
  checker: string,
  events: readonly Event[],
  settings: JsonObject = {},
  of: LvsOptions = {},
): Judgement => judge(checker, events, { settings, topology: lvsPair(of) });

describe("a good history of an LVS pair", () => {
  it.each<[string, JsonObject]>([
    ["real-server-membership", MEMBERSHIP],
    ["real-server-membership", { server: "db1", expect: "leaves" }],
    ["real-server-membership", { server: "db2", expect: "stays", after: "fault" }],
    ["traffic-share", {}],
    ["connections-survive", {}],
    ["vip-answered-by", { expect: "holder-only" }],
  ])("satisfies %s %j", (checker, settings) => {
    const { verdict, reason, evidence } = ask(checker, GOOD, settings);
    expect([verdict, reason]).toEqual(["pass", expect.any(String)]);
    const known = new Set(GOOD.map((event) => event.seq));
    expect(evidence.filter((seq) => !known.has(seq))).toEqual([]);
  });

  it("says when the server left and returned, and what was allowed", () => {
    const { facts, reason } = ask("real-server-membership", GOOD, MEMBERSHIP);
    expect(facts).toMatchObject({
      answeredWhileOut: 0,
      directors: [
        {
          director: "lvs1",
          leftAfterMs: 1700,
          returnedAfterMs: 1200,
          removalMs: { min: 980, max: 3250 },
        },
        {
          director: "lvs2",
          leftAfterMs: 2200,
          returnedAfterMs: 1500,
          returnMs: { min: 0, max: 2250 },
        },
      ],
    });
    expect(reason).toMatchInlineSnapshot(
      `"db1 from the table of lvs1 was gone 1.700 s after fault (allowed 0.980 s to 3.250 s, U(0, D) + 1Dr); back 1.200 s after it was well again (allowed 0.000 s to 2.250 s, next(D)); db1 from the table of lvs2 was gone 2.200 s after fault (allowed 0.980 s to 3.250 s, U(0, D) + 1Dr); back 1.500 s after it was well again (allowed 0.000 s to 2.250 s, next(D))"`,
    );
  });
});

interface Mutation {
  readonly broken: string;
  readonly objects: string;
  readonly settings?: JsonObject;
  readonly says?: "fail" | "inconclusive";
  readonly events: () => readonly Event[];
}

const MUTATIONS: readonly Mutation[] = [
  {
    broken: "a director kept the dead server in its table",
    objects: "real-server-membership",
    settings: MEMBERSHIP,
    events: () =>
      without(
        (event) =>
          tables(event, "lvs2", LEFT.lvs2) || (event.kind === "log" && event.node === "lvs2"),
      ),
  },
  {
    broken: "the log said so, and the table did not change",
    objects: "real-server-membership",
    settings: MEMBERSHIP,
    events: () => without((event) => tables(event, "lvs2", LEFT.lvs2)),
  },
  {
    broken: "the table changed, and the log said nothing",
    objects: "real-server-membership",
    settings: MEMBERSHIP,
    events: () => without((event) => event.kind === "log" && event.text.startsWith("Removing")),
  },
  {
    broken: "the server left later than its checks allow",
    objects: "real-server-membership",
    settings: MEMBERSHIP,
    events: () => later("lvs2", LEFT.lvs2, 1.2),
  },
  {
    broken: "the server left sooner than its retries allow",
    objects: "real-server-membership",
    settings: MEMBERSHIP,
    events: () => later("lvs1", LEFT.lvs1, -1.2),
  },
  {
    broken: "it was answered by the server that was out of the table",
    objects: "real-server-membership",
    settings: MEMBERSHIP,
    events: () =>
      changed("complete", (event) =>
        event.tUs > seconds(24) && event.tUs < seconds(24.5) && event.lane === "fresh"
          ? { server: "uuid-db1" }
          : undefined,
      ),
  },
  {
    broken: "the server never came back",
    objects: "real-server-membership",
    settings: MEMBERSHIP,
    events: () => without((event) => tables(event, "lvs2", BACK.lvs2)),
  },
  {
    broken: "the server came back later than its checks allow",
    objects: "real-server-membership",
    settings: MEMBERSHIP,
    events: () => later("lvs2", BACK.lvs2, 1.5),
  },
  {
    broken: "the server came back before it was well",
    objects: "real-server-membership",
    settings: MEMBERSHIP,
    events: () => later("lvs2", BACK.lvs2, -4),
  },
  {
    broken: "the return was not logged",
    objects: "real-server-membership",
    settings: MEMBERSHIP,
    events: () => without((event) => event.kind === "log" && event.text.startsWith("Adding")),
  },
  {
    broken: "it left, and was to stay",
    objects: "real-server-membership",
    settings: { server: "db1", expect: "stays" },
    events: () => GOOD,
  },
  {
    broken: "it left later than the scenario allows",
    objects: "real-server-membership",
    settings: { server: "db1", expect: "leaves", withinMs: 2000 },
    events: () => GOOD,
  },
  {
    broken: "nobody watched the tables",
    objects: "real-server-membership",
    settings: MEMBERSHIP,
    says: "inconclusive",
    events: () => without((event) => event.kind === "ipvs"),
  },
  {
    broken: "watching ended before the checks were over",
    objects: "real-server-membership",
    settings: MEMBERSHIP,
    says: "inconclusive",
    events: () =>
      changed("phase", (event) => (event.phase === "collect" ? { tUs: seconds(21) } : undefined)),
  },
  {
    broken: "the server stayed, and was well again before a check had to find it down",
    objects: "real-server-membership",
    settings: MEMBERSHIP,
    says: "inconclusive",
    events: () => wellAgainAt(22.5),
  },
  {
    broken: "the server stayed, and was well again only after the checks had to find it down",
    objects: "real-server-membership",
    settings: MEMBERSHIP,
    events: () => wellAgainAt(23.5),
  },
  {
    broken: "the server left 1.2 s late, and the machine was late by 2 s",
    objects: "real-server-membership",
    settings: { server: "db1", expect: "leaves" },
    says: "inconclusive",
    events: () =>
      sequence([
        ...later("lvs2", LEFT.lvs2, 1.2).map(unnumbered),
        { kind: "jitter", lateUs: seconds(2), spanUs: seconds(1), tUs: seconds(22) },
      ]),
  },
  {
    broken: "one server got two of three connections",
    objects: "traffic-share",
    events: () =>
      good({ weights: { db1: 2, db2: 1 } }).map((event) =>
        event.kind === "ipvs"
          ? {
              ...event,
              services: tableOf(
                event.services[0]!.servers.length > 1 ? { db1: 1, db2: 1 } : { db2: 1 },
              ),
            }
          : event,
      ),
  },
  {
    broken: "a server that is not in the table answered",
    objects: "traffic-share",
    events: () =>
      changed("ipvs", () => ({
        services: tableOf(
          { db2: 1 },
          {
            servers: [
              { address: ADDRESS.db2, port: 3306, weight: 1, forwarding: "route" },
              { address: "198.18.7.99", port: 3306, weight: 1, forwarding: "route" },
            ],
          },
        ),
      })),
  },
  {
    broken: "the service was persistent",
    objects: "traffic-share",
    says: "inconclusive",
    events: () =>
      changed("ipvs", ({ services }) => ({
        services: services.map((service) => ({ ...service, persistenceUs: seconds(50) })),
      })),
  },
  {
    broken: "persistence was asked for, and there was none",
    objects: "traffic-share",
    settings: { persistent: true },
    says: "inconclusive",
    events: () => GOOD,
  },
  {
    broken: "a client of a persistent service reached both servers",
    objects: "traffic-share",
    settings: { persistent: true },
    events: () =>
      changed("ipvs", ({ services }) => ({
        services: services.map((service) => ({ ...service, persistenceUs: seconds(50) })),
      })),
  },
  {
    broken: "there were fewer connections than needed",
    objects: "traffic-share",
    says: "inconclusive",
    settings: { min: 100_000 },
    events: () => GOOD,
  },
  {
    broken: "every tenth connection was answered by nobody",
    objects: "traffic-share",
    says: "inconclusive",
    events: () =>
      changed("complete", ({ op, action }) =>
        action === "read" && op % 30 < 3 ? { outcome: "failed" } : undefined,
      ),
  },
  {
    broken: "the kept connection was reset",
    objects: "connections-survive",
    events: () =>
      having(
        { kind: "invoke", op: 99_999, lane: "held", action: "read", tUs: seconds(21) },
        {
          kind: "complete",
          op: 99_999,
          lane: "held",
          action: "read",
          outcome: "failed",
          error: "ECONNRESET",
          tUs: seconds(21.005),
        },
      ),
  },
  {
    broken: "the client gave the kept connection up",
    objects: "connections-survive",
    says: "inconclusive",
    events: () =>
      having({
        kind: "complete",
        op: 99_999,
        lane: "held",
        action: "read",
        outcome: "failed",
        error: "DEADLINE",
        tUs: seconds(21.005),
      }),
  },
  {
    broken: "there was no kept connection when the fault began",
    objects: "connections-survive",
    says: "inconclusive",
    events: () => without((event) => event.kind === "complete" && event.lane === "held"),
  },
  {
    broken: "the kept connection was not used after the fault",
    objects: "connections-survive",
    says: "inconclusive",
    events: () =>
      without(
        (event) => event.kind === "complete" && event.lane === "held" && event.tUs > seconds(20),
      ),
  },
  {
    broken: "a real server answered for the VIP",
    objects: "vip-answered-by",
    events: () => having({ ...arp("db2"), tUs: seconds(15) }),
  },
  {
    broken: "a foreign host answered for the VIP",
    objects: "vip-answered-by",
    events: () => having({ ...arp(undefined), tUs: seconds(15) }),
  },
  {
    broken: "nobody asked for the VIP",
    objects: "vip-answered-by",
    says: "inconclusive",
    events: () => without((event) => event.kind === "arp"),
  },
];

function arp(sender: string | undefined): Omit<EventOf<"arp">, "seq" | "tUs"> {
  return {
    kind: "arp",
    seenAt: "segment",
    operation: "reply",
    gratuitous: false,
    senderMac: "02:42:c6:12:07:22",
    ...(sender === undefined ? {} : { sender }),
    senderAddress: VIP,
    targetAddress: "198.18.7.250",
  };
}

describe("a history that is broken in one way", () => {
  it.each(MUTATIONS)(
    "is objected to by $objects when $broken",
    ({ objects, settings = {}, says = "fail", events }) => {
      const { verdict, reason } = ask(objects, events(), settings);
      expect([verdict, reason]).toEqual([says, expect.any(String)]);
    },
  );
});

describe("real-server-membership", () => {
  it("takes weight 0 for out, and reads the words that go with it", () => {
    const { verdict, reason } = ask("real-server-membership", good({ inhibit: true }), MEMBERSHIP, {
      real: "inhibit_on_failure",
    });
    expect([verdict, reason]).toEqual(["pass", expect.any(String)]);
  });

  it("knows how each fault fails a check", () => {
    const at = (fault: PlainFault, of: LvsOptions = {}): unknown =>
      (
        ask("real-server-membership", good({ fault }), MEMBERSHIP, of).facts[
          "directors"
        ] as JsonObject[]
      )[0]!["removalMs"];
    const node = { name: "db1" };
    expect(at({ kind: "cut", node })).toMatchObject({ min: 2980, max: 5250 });
    expect(at({ kind: "mysqld-stopped", node })).toMatchObject({ min: 980, max: 4000 });
    // Others may have filled the listen queue at once, or nobody connects and it takes the longest queue there is.
    expect(at({ kind: "service-frozen", node, service: "mysql" })).toMatchObject({
      min: 2980,
      max: 8_199_250,
    });
    expect(at({ kind: "service-frozen", node, service: "mysql" }, { backLog: 80 })).toMatchObject({
      min: 2980,
      max: 167_250,
    });
    expect(at({ kind: "connections-exhausted", node })).toBeNull();
    expect(
      at(KILLED, { check: "nb_get_retry 3\ndelay_before_retry 3\nconnect_timeout 3" }),
    ).toMatchObject({
      min: 2980,
      max: 5250,
    });
    expect(at(KILLED, { check: "retry 3\ndelay_before_retry 3\nconnect_timeout 3" })).toMatchObject(
      {
        min: 8980,
        max: 11_250,
      },
    );
  });

  it("lets the first check after a start act on one failure", () => {
    const events = changed("ipvs", (event) =>
      event.tUs === seconds(1) ? { tUs: seconds(18), notBeforeUs: seconds(18) } : undefined,
    );
    const { facts } = ask("real-server-membership", events, MEMBERSHIP);
    expect(facts["directors"]).toMatchObject([{ removalMs: { min: 0, max: 3250 } }, {}]);
  });

  it("names what it was not told, and refuses a server that is none", () => {
    expect(said("real-server-membership", GOOD, { topology: lvsPair() })).toMatch(
      /^inconclusive: no real server/,
    );
    expect(() => ask("real-server-membership", GOOD, { server: "db9" })).toThrow(/names no node/);
    expect(
      said("real-server-membership", GOOD, {
        settings: { server: "db1" },
        topology: resolvedPair(),
      }),
    ).toMatch(/^inconclusive: db1 is a real server of no director/);
  });

  it("does not judge a director that is itself under a fault", () => {
    const off = {
      kind: "fault",
      step: "off",
      node: "lvs2",
      action: "inject",
      edge: "begin",
    } as const;
    const events = having({
      ...off,
      fault: { kind: "cut", node: { name: "lvs2" } },
      tUs: seconds(15),
    });
    const { facts } = ask("real-server-membership", events, MEMBERSHIP);
    expect(facts["directors"]).toMatchObject([{ director: "lvs1" }]);
    expect(facts["directors"]).toHaveLength(1);
  });
});

describe("traffic-share", () => {
  it("judges by the weights, and by the stretch between two steps", () => {
    const twoToOne = good({ weights: { db1: 2, db2: 1 } });
    const { verdict, facts } = ask("traffic-share", twoToOne);
    expect([verdict, facts["servers"]]).toEqual([
      "pass",
      [
        { node: "db1", weight: 2, count: expect.any(Number) },
        { node: "db2", weight: 1, count: expect.any(Number) },
      ],
    ]);
    const step = (name: string, at: number): TimedEvent => ({
      kind: "step",
      step: name,
      met: true,
      waitedFor: "",
      waitedUs: 0,
      tUs: seconds(at),
    });
    const events = having(step("from", 12), step("to", 18.001));
    const { facts: between } = ask("traffic-share", events, { after: "from", before: "to" });
    expect(between).toMatchObject({ connections: 300, fromUs: seconds(12) });
    expect(ask("traffic-share", events, { after: "never" }).verdict).toBe("inconclusive");
  });

  it("is content when persistence keeps a client on one server", () => {
    const events = changed("ipvs", ({ services }) => ({
      services: services.map((service) => ({ ...service, persistenceUs: seconds(50) })),
    }));
    const sticky = changed(
      "complete",
      ({ outcome }) => (outcome === "ok" ? { server: "uuid-db2" } : undefined),
      events,
    );
    expect(ask("traffic-share", sticky, { persistent: true }).verdict).toBe("pass");
  });
});

describe("connections-survive", () => {
  it("tells the silence, and whether the VIP moved", () => {
    const events = sequence(
      GOOD.filter(
        (event) =>
          !(
            "lane" in event &&
            event.lane === "held" &&
            event.tUs > seconds(20) &&
            event.tUs < seconds(23.6)
          ),
      ).map(unnumbered),
    );
    const { verdict, facts } = ask("connections-survive", events);
    expect([verdict, facts]).toEqual([
      "pass",
      { brokenAfterMs: null, silenceMs: expect.closeTo(3620, -2) as number, moved: false },
    ]);
  });
});

describe("what is asked of a holder elsewhere, of a director", () => {
  it("holder-can-serve looks at the servers in its table", () => {
    const slow = ask("holder-can-serve", GOOD, { maxSpellMs: 1000 });
    expect(slow.verdict).toBe("fail");
    expect(slow.reason).toMatch(
      /^lvs1 held the VIP for 1\.6\d\d s while db1 in its IPVS table did not answer/,
    );
    expect(ask("holder-can-serve", GOOD, { maxSpellMs: 2000 }).verdict).toBe("pass");
    const empty = having({
      kind: "ipvs",
      node: "lvs1",
      services: [],
      notBeforeUs: seconds(30),
      tUs: seconds(30),
    });
    expect(ask("holder-can-serve", empty, { maxSpellMs: 2000 }).reason).toMatch(
      /sent nobody anywhere; 2\.000 s is allowed/,
    );
    expect(
      ask(
        "holder-can-serve",
        without((event) => event.kind === "ipvs"),
      ).verdict,
    ).toBe("inconclusive");
  });

  it("no-write-on-deposed-holder says that an answer does not tell the director", () => {
    expect(said("no-write-on-deposed-holder", GOOD, { topology: lvsPair() })).toMatch(
      /^inconclusive: the holders are directors/,
    );
  });

  it("failover-within takes a real server's answer for the new director's, not those before the move", () => {
    const stopped: PlainFault = { kind: "keepalived-stopped", node: { name: "lvs1" } };
    const story = settledLvs(END).fault(stopped, "lvs1", 20);
    const vip = {
      kind: "address",
      node: "lvs1",
      interface: "eth0",
      address: VIP,
      action: "removed",
    } as const;
    story.add(20.05, vip).holds("lvs2", 20.7);
    story.add(20.3, { kind: "tcp", flag: "syn-ack", vip: VIP, sender: "db1" });
    story.add(20.75, { kind: "tcp", flag: "syn-ack", vip: VIP, sender: "db2" });
    story.connection(20.3, "db1").connection(20.74, "db2");
    const events = story.events();
    const failover = failoverOf(events, lvsPair())!;
    const at = (stage: "tcp-answer" | "first-read" | "first-write"): number | undefined =>
      failover.stages[stage]?.tUs;
    expect([failover.to, at("tcp-answer"), at("first-read"), at("first-write")]).toEqual([
      "lvs2",
      seconds(20.75),
      seconds(20.742),
      seconds(20.745),
    ]);
    expect(ask("failover-within", events).verdict).toBe("pass");
  });

  it("settled and observation-complete ask VRRP's things of directors only", () => {
    const events = having(
      ...(["lvs1", "lvs2"] as const).flatMap((sender): TimedEvent[] => [
        {
          kind: "multicast-probe",
          sender,
          seenAt: sender === "lvs1" ? "lvs2" : "lvs1",
          tUs: seconds(5),
        },
        {
          kind: "advert",
          seenAt: "lvs2",
          sender: "lvs1",
          source: ADDRESS.lvs1,
          vrid: 51,
          priority: 100,
          addresses: [VIP],
          tUs: seconds(5),
        },
      ]),
      ...(
        [
          ["db1", "db2"],
          ["db2", "db1"],
        ] as const
      ).map(([source, replica]): TimedEvent => ({
        kind: "replication",
        source,
        replica,
        receiverRunning: true,
        applierRunning: true,
        caughtUp: true,
        lastError: "",
        tUs: seconds(5),
      })),
      ...(Object.keys(ADDRESS) as (keyof typeof ADDRESS)[]).flatMap((node): TimedEvent[] => [
        {
          kind: "address-dump",
          node,
          // A real server has the VIP on lo.
          addresses: node === "lvs2" ? [ADDRESS[node]] : [ADDRESS[node], VIP],
          tUs: seconds(END) + 1,
        },
        { kind: "observer", observer: `netlink at ${node}`, state: "watching", tUs: 0 },
        { kind: "observer", observer: `packets at ${node}`, state: "watching", tUs: 0 },
      ]),
      { kind: "observer", observer: "packets at segment", state: "watching", tUs: 0 },
      { kind: "observer", observer: "client", state: "watching", tUs: 0 },
      { kind: "observer", observer: "client", state: "ended", tUs: seconds(END) - 1 },
      { kind: "observer", observer: "ipvs at lvs1", state: "watching", tUs: 0 },
      { kind: "observer", observer: "ipvs at lvs2", state: "watching", tUs: 0 },
    );
    expect(ask("settled", events)).toMatchObject({ verdict: "pass" });
    expect(ask("observation-complete", events)).toMatchObject({ verdict: "pass" });
    const unwatched = events.filter(
      (event) => !(event.kind === "observer" && event.observer === "ipvs at lvs2"),
    );
    expect(ask("observation-complete", unwatched).reason).toBe("nobody watched ipvs at lvs2");
  });
});
