import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seconds } from "../../core/time.ts";
import type { IpvsServer } from "../../history/events.ts";
import { IpvsTable, SYNC_FLUSH_US } from "./ipvs.ts";
import type { Flow } from "./database.ts";

const VIP = { address: "198.18.0.100", port: 3306 };

function server(name: string, weight = 1): IpvsServer {
  return { address: name, port: 3306, weight, forwarding: "route" };
}

interface Options {
  readonly scheduler?: string;
  readonly persistence?: number;
}

function tableOf(servers: readonly IpvsServer[], options: Options = {}): IpvsTable {
  const table = new IpvsTable();
  const { scheduler = "wrr", persistence } = options;
  const lasting = persistence === undefined ? {} : { persistenceUs: seconds(persistence) };
  table.addService({ ...VIP, scheduler, ...lasting });
  for (const one of servers) table.addServer(VIP, one);
  return table;
}

function flow(sourcePort: number, from = "client"): Flow {
  return { from, sourcePort, ...VIP };
}

/** Who gets a connection, or what becomes of it. */
function opened(table: IpvsTable, port: number, atSeconds = 0, from = "client"): string {
  const verdict = table.handle(flow(port, from), "syn", seconds(atSeconds));
  return verdict.kind === "server" ? verdict.server.address : verdict.kind;
}

function sent(table: IpvsTable, port: number, atSeconds = 0, count = 1): string {
  const verdict = table.handle(flow(port), "data", seconds(atSeconds), count);
  return verdict.kind === "server" ? verdict.server.address : verdict.kind;
}

function order(table: IpvsTable, count: number, from = 0): string {
  return Array.from({ length: count }, (_, index) => opened(table, from + index)).join("");
}

describe("scheduling", () => {
  test("rr: the newest server is at the head of the list, and one after the other", () => {
    expect(order(tableOf([server("a"), server("b"), server("c")], { scheduler: "rr" }), 7)).toBe(
      "cbacbac",
    );
  });

  test("wrr: the last pass, which asks for 1, comes first; then the heavier ones have passes to themselves", () => {
    expect(order(tableOf([server("a", 2), server("b", 1)]), 6)).toBe("baabaa");
    expect(order(tableOf([server("a", 4), server("b", 3), server("c", 2)]), 9)).toBe("cbaabacba");
    expect(order(tableOf([server("a", 3), server("b", 3)]), 4)).toBe("baba");
  });

  test("wrr: a round has every server as often as its weight says", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 }),
        (all) => {
          const table = tableOf(all.map((weight, index) => server(`${index}`, weight)));
          const step = all.filter((w) => w > 0).reduce(gcd, 0);
          if (step === 0) {
            expect(opened(table, 1)).toBe("refused");
            return;
          }
          const round = all.reduce((sum, weight) => sum + weight, 0) / step;
          const picked = order(table, round * 3);
          for (const [index, weight] of all.entries()) {
            const count = picked.split("").filter((name) => name === `${index}`).length;
            expect(count).toBe((weight / step) * 3);
          }
        },
      ),
    );
  });

  test("wlc: by connections, an established one counting 256", () => {
    const table = tableOf([server("a", 2), server("b", 1)], { scheduler: "wlc" });
    const names = Array.from({ length: 9 }, (_, index) => {
      const name = opened(table, index);
      sent(table, index);
      return name;
    });
    expect(names.filter((name) => name === "a")).toHaveLength(6);
  });

  test("a question changes nothing", () => {
    const table = tableOf([server("a"), server("b")]);
    const asked = [1, 2, 3].map(() => table.look("client", VIP, 0));
    expect(new Set(asked.map((verdict) => JSON.stringify(verdict))).size).toBe(1);
    expect(opened(table, 1)).toBe("b");
  });

  test("an empty service refuses, and one with only weight 0", () => {
    expect(opened(tableOf([]), 1)).toBe("refused");
    expect(opened(tableOf([server("a", 0)]), 1)).toBe("refused");
  });
});

describe("connections", () => {
  test("follow their entry; what nobody knows is the host's own", () => {
    const table = tableOf([server("a"), server("b")]);
    const first = opened(table, 1);
    opened(table, 2);
    expect([sent(table, 1), sent(table, 3)]).toEqual([first, "own"]);
  });

  test("of a server that was taken out: dropped until it is back", () => {
    const table = tableOf([server("a")]);
    opened(table, 1);
    table.removeServer(VIP, server("a"));
    expect([sent(table, 1), opened(table, 2)]).toEqual(["dropped", "refused"]);
    table.addServer(VIP, server("a"));
    expect(sent(table, 1)).toBe("a");
  });

  test("of a server with weight 0: go on", () => {
    const table = tableOf([server("a")]);
    opened(table, 1);
    table.setWeight(VIP, server("a"), 0);
    expect([sent(table, 1), opened(table, 2)]).toEqual(["a", "refused"]);
  });

  test("end: the entry goes two minutes after the client's FIN, a quarter of an hour after its last word", () => {
    const table = tableOf([server("a")]);
    opened(table, 1);
    sent(table, 1, 1);
    expect(sent(table, 1, 899)).toBe("a");
    table.handle(flow(1), "fin", seconds(900));
    expect([sent(table, 1, 1019), sent(table, 1, 1140)]).toEqual(["a", "own"]);
  });
});

describe("persistence", () => {
  const persistent = { persistence: 50 };

  test("one client address sticks to one server, another gets the next", () => {
    const table = tableOf([server("a"), server("b")], persistent);
    expect([1, 2, 3].map((port) => opened(table, port))).toEqual(["b", "b", "b"]);
    expect(opened(table, 4, 0, "other")).toBe("a");
  });

  test("a connection begins it anew, though it is shorter than the rest", () => {
    const table = tableOf([server("a"), server("b")], { persistence: 200 });
    opened(table, 1, 0);
    opened(table, 2, 150);
    expect(opened(table, 3, 345)).toBe("b");
  });

  test("every connection begins it anew; without connections it is over", () => {
    const table = tableOf([server("a"), server("b")], persistent);
    for (let at = 0; at <= 400; at += 40) expect(opened(table, at, at)).toBe("b");
    expect(opened(table, 1000, 1000)).toBe("a");
  });

  test("it lasts as long as a connection of it: looked at every minute", () => {
    const table = tableOf([server("a"), server("b")], persistent);
    opened(table, 1, 0);
    sent(table, 1, 1);
    // Its entry lasts to 901 s; 50 + 15 x 60 = 950 s is the first look after that
    expect(opened(table, 2, 949)).toBe("b");
    const other = tableOf([server("a"), server("b")], persistent);
    opened(other, 1, 0);
    sent(other, 1, 1);
    expect(opened(other, 2, 951)).toBe("a");
  });

  test("a server that was taken out loses its clients, one with weight 0 does not", () => {
    const table = tableOf([server("a"), server("b")], persistent);
    opened(table, 1);
    table.setWeight(VIP, server("b"), 0);
    expect(opened(table, 2)).toBe("b");
    table.removeServer(VIP, server("b"));
    expect(opened(table, 3)).toBe("a");
  });
});

describe("left-overs", () => {
  test("stay as they are: scheduler, weight, servers of others", () => {
    const table = tableOf([server("old", 9)], { scheduler: "rr" });
    expect(table.addService({ ...VIP, scheduler: "wrr" })).toBe(false);
    expect(table.addServer(VIP, server("old", 2))).toBe(false);
    table.addServer(VIP, server("new"));
    expect(table.list()).toEqual([
      { ...VIP, scheduler: "rr", servers: [server("old", 9), server("new")] },
    ]);
  });

  test("a service that is removed takes all of it away", () => {
    const table = tableOf([server("a")]);
    opened(table, 1);
    table.removeService(VIP);
    expect([table.isActive, table.used]).toEqual([false, true]);
  });
});

describe("what a peer tells", () => {
  test("is told at the third packet, and known two seconds later", () => {
    const [from, to] = [tableOf([server("a")]), tableOf([server("a")])];
    opened(from, 1);
    expect(from.handle(flow(1), "data", 0)).not.toHaveProperty("due");
    const third = from.handle(flow(1), "data", 0);
    expect(third).toMatchObject({ due: { server: server("a") } });
    if (third.kind === "server" && third.due !== undefined)
      to.learn(flow(1), third.due, SYNC_FLUSH_US);
    expect([sent(to, 1, 1.9), sent(to, 1, 2)]).toEqual(["own", "a"]);
  });

  test("persistence is told as well", () => {
    const [from, to] = [0, 1].map(() => tableOf([server("a"), server("b")], { persistence: 50 }));
    if (from === undefined || to === undefined) throw new Error("two tables");
    opened(to, 99, 0, "other");
    opened(from, 1);
    const third = from.handle(flow(1), "data", 0, 2);
    if (third.kind === "server" && third.due !== undefined)
      to.learn(flow(1), third.due, SYNC_FLUSH_US);
    expect(opened(to, 2, 5)).toBe("b");
  });
});

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
