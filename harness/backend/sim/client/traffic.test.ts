import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seconds, type Us } from "../../../core/time.ts";
import type { TimedEvent, TimedEventOf } from "../../../history/events.ts";
import { bench, STARTED_US, type Bench, type BenchOptions } from "./bench.ts";

/** What became of the operations invoked in a span, each outcome once, in words. */
function outcomes(b: Bench, fromUs: Us, toUs: Us): string[] {
  const ended = new Map(b.only("complete").map((event) => [event.op, event]));
  const words = b
    .only("invoke")
    .filter((event) => event.tUs >= fromUs && event.tUs < toUs)
    .map((event) => {
      const end = ended.get(event.op);
      return `${event.lane} ${event.action} ${end?.outcome ?? "open"} ${end?.error ?? end?.server ?? ""}`;
    });
  return [...new Set(words)].sort();
}

/** Twenty seconds of clients; something happens at five. */
function drill(
  options: BenchOptions,
  act: (b: Bench) => void,
  afterUs = seconds(15),
  shiftUs = 0,
): Bench {
  const b = bench(options);
  b.at(STRUCK_US + shiftUs, () => {
    act(b);
  });
  b.until(STRUCK_US + shiftUs + afterUs);
  b.finish();
  return b;
}

/** In the middle of a tick, when the held connection has nothing under way. */
const STRUCK_US = STARTED_US + seconds(5) + 7000;

const HEALTHY = ["db1", "db2"].map((node) =>
  ["held read ok", "held write ok", "fresh read ok", "fresh write ok"]
    .map((words) => `${words} uuid-${node}`)
    .sort(),
);

interface Case {
  readonly name: string;
  readonly act: (b: Bench) => void;
  readonly options?: BenchOptions;
  /** From two seconds after the fault on. */
  readonly meets: readonly string[];
}

const CASES: readonly Case[] = [
  { name: "all is well", act: () => undefined, meets: HEALTHY[0]! },
  {
    name: "the server is killed",
    act: (b) => {
      b.server("db1").kill();
    },
    meets: [
      "fresh read failed ECONNREFUSED",
      "held read failed ECONNREFUSED",
      "held write failed ECONNREFUSED",
    ],
  },
  {
    name: "nobody has the VIP",
    act: (b) => {
      b.network.moveVip(undefined);
    },
    meets: [
      "fresh read failed ETIMEDOUT",
      "held read failed ETIMEDOUT",
      "held write failed ETIMEDOUT",
    ],
  },
  {
    name: "the server is frozen: handshakes go on, greetings do not",
    act: (b) => {
      b.server("db1").freeze();
    },
    meets: [
      "fresh read failed ETIMEDOUT",
      "held read failed ETIMEDOUT",
      "held write failed ETIMEDOUT",
    ],
  },
  {
    name: "the VIP moves",
    act: (b) => {
      b.network.moveVip("db2");
    },
    meets: HEALTHY[1]!,
  },
  {
    name: "the server is read-only",
    act: (b) => {
      b.server("db1").readOnly = true;
    },
    meets: [
      "fresh read ok uuid-db1",
      "fresh write failed ER_OPTION_PREVENTS_STATEMENT",
      "held read ok uuid-db1",
      "held write failed ER_OPTION_PREVENTS_STATEMENT",
    ],
  },
  {
    name: "all connections are taken: who has one keeps it",
    act: (b) => {
      b.server("db1").exhausted = true;
    },
    meets: [
      "fresh read failed ER_CON_COUNT_ERROR",
      "held read ok uuid-db1",
      "held write ok uuid-db1",
    ],
  },
  {
    // As measured with 200 connections: those whose clients gave up keep their places.
    name: "a global read lock: writes wait, reads do not, until the server is full of those who wait",
    options: { settings: { db1: { maxConnections: 400 } } },
    act: (b) => {
      b.server("db1").locked = true;
    },
    meets: [
      "fresh read failed ER_CON_COUNT_ERROR",
      "fresh read ok uuid-db1",
      "fresh write indeterminate DEADLINE",
      "held read failed ER_CON_COUNT_ERROR",
      "held read ok uuid-db1",
      "held write failed ER_CON_COUNT_ERROR",
      "held write indeterminate DEADLINE",
    ],
  },
  {
    name: "the server stops cleanly",
    act: (b) => {
      b.server("db1").stop();
    },
    meets: [
      "fresh read failed ECONNREFUSED",
      "held read failed ECONNREFUSED",
      "held write failed ECONNREFUSED",
    ],
  },
];

describe("what clients meet", () => {
  it.each(CASES)("when $name", ({ act, options, meets }) => {
    const b = drill(options ?? {}, act);
    expect(outcomes(b, STARTED_US + seconds(1), STARTED_US + seconds(4))).toEqual(HEALTHY[0]);
    expect(outcomes(b, STRUCK_US + seconds(2), STRUCK_US + seconds(10))).toEqual(meets);
  });
});

describe("an operation under way when the server is killed", () => {
  /** Many seeds, so that the kill falls into every part of an operation. */
  const killed = Array.from({ length: 60 }, (_, seed) =>
    drill(
      { seed },
      (b) => {
        b.server("db1").kill();
      },
      seconds(2),
      seed * 150,
    ),
  );
  const cut = killed.flatMap((b) =>
    b
      .only("complete")
      .filter((event) => event.outcome === "indeterminate")
      .map((event) => ({ b, event })),
  );

  it("ends with a reset or a closed connection, unknown if it was a write", () => {
    expect(new Set(cut.map(({ event }) => event.error))).toEqual(
      new Set(["ECONNRESET", "PROTOCOL_CONNECTION_LOST"]),
    );
  });

  it("may have been committed or not, and the table tells once the server is back", () => {
    const happened = cut.map(({ b, event }) => {
      b.server("db1").start();
      b.until(b.clock.nowUs() + seconds(5));
      const write = b.only("invoke").find((invoke) => invoke.op === event.op)?.write;
      return b.rows("db1").has(`${event.lane}#${String(write)}`);
    });
    expect(new Set(happened)).toEqual(new Set([true, false]));
  });
});

describe("the held connection", () => {
  const heldEnds = (b: Bench): TimedEventOf<"complete">[] =>
    b.only("complete").filter((event) => event.lane === "held" && event.tUs > STRUCK_US);

  it("is reset by the machine that has the VIP now and does not know it", () => {
    const b = drill({}, ({ network }) => {
      network.moveVip("db2");
    });
    const [first, second] = heldEnds(b).filter(
      (event) => event.error !== undefined || event.server === "uuid-db2",
    );
    expect([first?.error, second?.server]).toEqual(["ECONNRESET", "uuid-db2"]);
    expect(
      b
        .only("tcp")
        .filter((event) => event.flag === "rst")
        .map((event) => event.sender),
    ).toEqual(["db2"]);
  });

  it("hangs until its deadline when the VIP is nowhere", () => {
    const b = drill({}, ({ network }) => {
      network.moveVip(undefined);
    });
    const first = heldEnds(b).find((event) => event.outcome !== "ok")!;
    const begun = b.only("invoke").find((event) => event.op === first.op)!;
    expect([first.error, first.tUs - begun.tUs]).toEqual(["DEADLINE", seconds(1)]);
  });

  it.each([
    [100, 210, 260],
    [300, 420, 470],
    [600, 840, 890],
  ])(
    "is reset by a retransmission when the VIP comes up elsewhere after %i ms",
    (afterMs, fromMs, toMs) => {
      const b = drill({}, (at) => {
        at.network.moveVip(undefined);
        at.clock.after(afterMs * 1000, () => {
          at.network.moveVip("db2");
        });
      });
      const first = heldEnds(b).find((event) => event.outcome !== "ok")!;
      expect(first.error).toBe("ECONNRESET");
      const resetMs = (first.tUs - STRUCK_US) / 1000;
      expect(resetMs).toBeGreaterThan(fromMs);
      expect(resetMs).toBeLessThan(toMs);
    },
  );

  it("is found closed when the server ended while it was idle", () => {
    const found = Array.from({ length: 30 }, (_, seed) =>
      drill(
        { seed },
        (b) => {
          b.server("db1").stop();
        },
        seconds(1),
      ),
    ).flatMap((b) =>
      heldEnds(b)
        .filter((event) => event.outcome !== "ok")
        .slice(0, 1),
    );
    expect(new Set(found.map((event) => event.error))).toContain(
      "Can't add new command when connection is in closed state",
    );
  });
});

describe("the listen queue of a frozen server", () => {
  it("fills up, and then handshakes are not answered either", () => {
    const b = drill({ settings: { db1: { backLog: 20 } } }, (at) => {
      at.server("db1").freeze();
    });
    const after = b.only("tcp").filter((event) => event.tUs > STRUCK_US);
    // One more than it was told, less what the health probe and the held lane take.
    expect(after.filter((event) => event.flag === "syn-ack").length).toBeGreaterThan(15);
    expect(after.filter((event) => event.flag === "syn-ack").length).toBeLessThanOrEqual(22);
    expect(after.filter((event) => event.flag === "syn").length).toBeGreaterThan(500);
  });

  it("is worked off when it runs again, also what nobody waits for any more", () => {
    const found = Array.from({ length: 40 }, (_, seed) =>
      drill(
        { seed },
        (at) => {
          at.server("db1").freeze();
          at.clock.after(seconds(3), () => {
            at.server("db1").thaw();
          });
        },
        seconds(6),
      ),
    );
    const late = found.flatMap((b) =>
      b
        .only("complete")
        .filter((event) => event.error === "DEADLINE" && event.action === "write")
        .map((event) => {
          const write = b.only("invoke").find((invoke) => invoke.op === event.op)?.write;
          return b.rows("db1").has(`${event.lane}#${String(write)}`);
        }),
    );
    expect(late.length).toBeGreaterThan(0);
    expect(late.every(Boolean)).toBe(true);
    expect(outcomes(found[0]!, STRUCK_US + seconds(4), STRUCK_US + seconds(5))).toEqual(HEALTHY[0]);
  });
});

describe("health", () => {
  const changes = (b: Bench, node = "db1"): string[] =>
    b
      .only("mysqld")
      .filter((event) => event.node === node)
      .map((event) => `${event.state} ${String(event.writable)}`);

  it.each([
    {
      name: "killed and started",
      act: (b: Bench) => {
        b.server("db1").kill();
        b.clock.after(seconds(1), () => {
          b.server("db1").start();
        });
      },
      told: ["up true", "down undefined", "up true"],
    },
    {
      name: "frozen and thawed",
      act: (b: Bench) => {
        b.server("db1").freeze();
        b.clock.after(seconds(3), () => {
          b.server("db1").thaw();
        });
      },
      told: ["up true", "unresponsive undefined", "up true"],
    },
    {
      name: "cut off",
      act: (b: Bench) => {
        b.network.cutOff("db1", true);
      },
      told: ["up true", "unresponsive undefined"],
    },
    {
      name: "made read-only",
      act: (b: Bench) => {
        b.server("db1").readOnly = true;
      },
      told: ["up true", "up false"],
    },
    {
      name: "refusing connections: those there are stay",
      act: (b: Bench) => {
        b.server("db1").exhausted = true;
      },
      told: ["up true"],
    },
  ])("tells changes only: $name", ({ act, told }) => {
    expect(changes(drill({}, act))).toEqual(told);
  });

  it("dates the last moment at which the old state was known", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const b = drill(
        { seed },
        (at) => {
          at.server("db1").kill();
        },
        seconds(1),
      );
      const down = b.only("mysqld").find((event) => event.state === "down")!;
      expect(down.notBeforeUs).toBeLessThanOrEqual(STRUCK_US);
      expect(STRUCK_US - down.notBeforeUs).toBeLessThan(110_000);
      // The kernel closes the sockets 10 to 70 ms after the kill.
      expect(down.tUs - STRUCK_US).toBeGreaterThanOrEqual(10_000);
      expect(down.tUs - STRUCK_US).toBeLessThan(101_000);
    }
  });
});

const invokes = (events: readonly TimedEvent[]): TimedEventOf<"invoke">[] =>
  events.filter((event) => event.kind === "invoke");

describe("whatever happens", () => {
  const anyFault = fc.constantFrom<(b: Bench) => void>(
    (b) => {
      b.server("db1").kill();
    },
    (b) => {
      b.server("db1").stop();
    },
    (b) => {
      b.server("db1").freeze();
    },
    (b) => {
      b.network.moveVip("db2");
    },
    (b) => {
      b.network.cutOff("db1", true);
    },
  );

  it("acknowledged writes are in the copy of the server that committed them, numbers only grow", () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        anyFault,
        fc.integer({ min: 0, max: 20_000 }),
        (seed, fault, waitUs) => {
          const b = drill(
            { seed },
            (at) => {
              at.clock.after(waitUs, () => {
                fault(at);
              });
            },
            seconds(3),
          );
          b.network.cutOff("db1", false);
          b.server("db1").thaw();
          b.until(b.clock.nowUs() + seconds(12));
          b.server("db1").start();
          b.until(b.clock.nowUs() + seconds(5));
          const events = b.events();
          const copies = new Map(["db1", "db2"].map((node) => [`uuid-${node}`, b.rows(node)]));
          const begun = new Map(invokes(events).map((event) => [event.op, event]));
          for (const event of b.only("complete")) {
            if (event.outcome !== "ok" || event.action !== "write") continue;
            const name = `${event.lane}#${String(begun.get(event.op)?.write)}`;
            expect(copies.get(event.server!)?.get(name)).toBe(event.server);
          }
          for (const lane of ["fresh", "held"]) {
            const numbers = invokes(events).flatMap((event) =>
              event.lane === lane && event.write !== undefined ? [event.write] : [],
            );
            expect(numbers).toEqual(numbers.map((_, index) => index + 1));
          }
          expect(invokes(events).map((event) => event.op)).toEqual(
            invokes(events).map((_, index) => index + 1),
          );
          expect(b.only("complete").length).toBe(invokes(events).length);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("the same seed gives the same events, another one others", () => {
    const run = (seed: number): string =>
      JSON.stringify(
        drill(
          { seed },
          (b) => {
            b.server("db1").kill();
          },
          seconds(2),
        ).events(),
      );
    expect(run(3)).toBe(run(3));
    expect(run(3)).not.toBe(run(4));
  });

  it("the client says when it watches and when it has ended, and reports its clocks meanwhile", () => {
    const b = drill({}, () => undefined, seconds(1));
    const clocks = b.only("clock").map((event) => event.tUs);
    const [begin, end] = b.only("observer");
    expect([begin?.state, begin?.tUs, end?.state]).toEqual(["watching", STARTED_US, "ended"]);
    expect([clocks[0], clocks.at(-1)]).toEqual([STARTED_US, end?.tUs]);
    const drained = bench();
    drained.until(STARTED_US + seconds(3));
    const first = [...drained.traffic.drain()];
    drained.until(STARTED_US + seconds(5));
    expect([...first, ...drained.traffic.drain()]).toHaveLength(
      [...drained.traffic.expand()].length,
    );
  });
});
