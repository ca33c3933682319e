import { describe, expect, it } from "vitest";
import { randomStream } from "../../../core/random.ts";
import { seconds } from "../../../core/time.ts";
import { EventQueue } from "../clock.ts";
import { keysAreDisjoint, MysqlServer, type ServerFlavour, type ServerSettings } from "./server.ts";

function make(settings: Partial<ServerSettings> = {}, flavour: ServerFlavour = "mysql-9.7") {
  const clock = new EventQueue();
  const server = new MysqlServer({
    node: "db1",
    flavour,
    serverUuid: "uuid-db1",
    settings: { autoIncrementOffset: 1, autoIncrementIncrement: 2, ...settings },
    clock,
    random: randomStream(1, "mysqld"),
  });
  return { clock, server };
}

/** How long it takes until it holds, to the millisecond. */
function msUntil(clock: EventQueue, holds: () => boolean): number {
  const fromUs = clock.nowUs();
  while (!holds() && clock.nowUs() < fromUs + seconds(60)) clock.runUntil(clock.nowUs() + 1000);
  return (clock.nowUs() - fromUs) / 1000;
}

describe("a server", () => {
  it("opens its port when it is ready, later after a crash", () => {
    const { clock, server } = make();
    server.start();
    expect([server.state(), server.listening()]).toEqual(["recovering", false]);
    expect(msUntil(clock, () => server.answers())).toBeLessThanOrEqual(661);
    server.kill();
    expect([server.state(), server.answers(), server.listening()]).toEqual(["down", false, true]);
    expect(msUntil(clock, () => !server.listening())).toBeLessThanOrEqual(70);
    server.start();
    const ms = msUntil(clock, () => server.answers());
    expect([ms >= 737, ms <= 1011]).toEqual([true, true]);
  });

  it.each([
    { both: false, flavour: "mysql-9.7" as const, least: 1481, most: 1529 },
    { both: true, flavour: "mysql-9.7" as const, least: 1900, most: 4501 },
    { both: true, flavour: "mariadb-10.11" as const, least: 89, most: 104 },
  ])(
    "closes its port at once when stopped, and ends later ($flavour, pair: $both)",
    ({ both, flavour, least, most }) => {
      const { clock, server } = make({}, flavour);
      server.isSource = both;
      server.isReplica = both;
      server.start();
      msUntil(clock, () => server.answers());
      let done = false;
      server.stop(() => {
        done = true;
      });
      const port = msUntil(clock, () => !server.listening());
      expect([port <= 25, server.state()]).toEqual([true, "stopping"]);
      const end = port + msUntil(clock, () => done);
      expect([end >= least, end <= most, server.state()]).toEqual([true, true, "down"]);
    },
  );

  it("does nothing while it is frozen, and all that was due when it is thawed", () => {
    const { clock, server } = make();
    server.start();
    server.freeze();
    clock.runUntil(seconds(5));
    expect([server.state(), server.listening()]).toEqual(["recovering", false]);
    server.thaw();
    expect([server.state(), server.answers()]).toEqual(["up", true]);
    server.freeze();
    expect([server.listening(), server.answers()]).toEqual([true, false]);
    server.kill();
    expect([server.state(), server.frozen]).toEqual(["down", false]);
  });

  it("is as read-only after a start as its settings say", () => {
    const { clock, server } = make({ readOnly: true });
    server.start();
    msUntil(clock, () => server.answers());
    server.readOnly = false;
    server.kill();
    server.start();
    msUntil(clock, () => server.answers());
    expect(server.readOnly).toBe(true);
  });

  it.each([
    ["mysql-9.7", {}, 4096],
    ["mariadb-11.8", {}, 80],
    ["mariadb-10.11", { maxConnections: 200 }, 90],
    ["mysql-9.7", { backLog: 80 }, 80],
    ["mariadb-11.8", { backLog: 5000 }, 4096],
  ] as const)(
    "has the listen queue of its flavour and settings: %s %j: %i",
    (flavour, own, size) => {
      expect(make(own, flavour).server.backLog).toBe(size);
    },
  );

  it("generates keys of its own residue class, above all it has", () => {
    const { server: one } = make();
    const { server: two } = make({ autoIncrementOffset: 2 });
    one.commit("fresh", 1, 0);
    one.commit("fresh", 2, 0);
    two.apply(one, 2);
    two.commit("fresh", 3, 0);
    one.apply(two, 1);
    one.commit("fresh", 4, 0);
    expect(
      [one.ledger.row(1), one.ledger.row(2), two.ledger.row(1), one.ledger.row(3)].map(
        (row) => row.id,
      ),
    ).toEqual([1, 3, 4, 5]);
    expect(one.highest("fresh")).toBe(4);
  });

  it.each([
    [1, 2, 2, 2, true],
    [1, 1, 1, 1, false],
    [1, 2, 1, 2, false],
    [1, 2, 2, 1, false],
    [1, 10, 2, 10, true],
  ])(
    "knows whether keys can collide: offset %i step %i, offset %i step %i",
    (o1, s1, o2, s2, apart) => {
      const of = (offset: number, step: number): ServerSettings => ({
        autoIncrementOffset: offset,
        autoIncrementIncrement: step,
      });
      expect(keysAreDisjoint(of(o1, s1), of(o2, s2))).toBe(apart);
    },
  );
});
