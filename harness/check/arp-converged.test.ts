import { describe, expect, it } from "vitest";
import { history, macOf, type HistoryBuilder } from "../testing/history.ts";
import { judge, said } from "../testing/judging.ts";
import { VIP } from "../testing/topology.ts";

const NAME = "arp-converged";
const FOREIGN_MAC = "02:42:c6:12:07:fb";

/** db1 has the VIP until 3 s, db2 from then on. */
const moved = (): HistoryBuilder => history().settled().holds("db1", 0, 3).holds("db2", 3);

interface Belief {
  readonly at?: string;
  readonly mac?: string;
}

/** `client`, unless said otherwise, learns at that time that the VIP is at that node. */
function believes(
  builder: HistoryBuilder,
  atSeconds: number,
  node: string | undefined,
  { at = "client", mac = node === undefined ? undefined : macOf(node) }: Belief = {},
): HistoryBuilder {
  return builder.add(atSeconds, {
    kind: "neighbour",
    at,
    address: VIP,
    ...(mac === undefined ? {} : { mac }),
    ...(node === undefined ? {} : { node }),
    state: mac === undefined ? "FAILED" : "REACHABLE",
  });
}

describe("arp-converged", () => {
  it("passes when the neighbour follows at once, and says how long it took", () => {
    const events = believes(believes(moved(), 0.5, "db1"), 3.002, "db2").phase("collect", 9);
    expect(said(NAME, events.events())).toBe(
      "pass: stale for 0.002 s at most, at client; 1.000 s is allowed",
    );
  });

  it("passes when nothing moved", () => {
    const events = believes(history().settled().holds("db1", 0), 0.5, "db1").phase("collect", 9);
    expect(said(NAME, events.events())).toBe("pass: client always sent to the holder");
  });

  it("passes when the neighbour forgot the old holder and asks anew", () => {
    const builder = believes(believes(moved(), 0.5, "db1"), 2.9, undefined);
    expect(judge(NAME, believes(builder, 8, "db2").phase("collect", 9).events()).verdict).toBe(
      "pass",
    );
  });

  it("fails with the place and the span, and cites the entry and the new holder", () => {
    const events = believes(believes(moved(), 0.5, "db1"), 15.3, "db2").phase("collect", 20);
    const { verdict, reason, evidence, facts } = judge(NAME, events.events());
    expect(`${verdict}: ${reason}`).toBe(
      `fail: stale for 12.300 s at client: its entry for ${VIP} named db1 from 3.000 s to 15.300 s, ` +
        "while db2 had it (1.000 s is allowed)",
    );
    expect(facts["longestStaleUs"]).toBe(12_300_000);
    const cited = evidence.map((seq) => events.events()[seq - 1]!);
    expect(cited.map(({ kind }) => kind)).toEqual(["neighbour", "address"]);
  });

  it("fails a microsecond after the allowance, which a scenario may set", () => {
    const events = (at: number) =>
      believes(believes(moved(), 0.5, "db1"), at, "db2")
        .phase("collect", 9)
        .events();
    const within = { settings: { withinMs: 2000 } };
    expect(judge(NAME, events(5), within).verdict).toBe("pass");
    expect(judge(NAME, events(5.000001), within).verdict).toBe("fail");
  });

  it("fails when the neighbour followed and did not stay", () => {
    const builder = believes(believes(moved(), 0.5, "db1"), 3.001, "db2");
    expect(judge(NAME, believes(builder, 5, "db1").phase("collect", 9).events()).verdict).toBe(
      "fail",
    );
  });

  it("fails for a foreign host, which never has the VIP by right", () => {
    const builder = believes(history().settled().holds("db1", 0), 0.5, "db1");
    const events = believes(builder, 4, undefined, { mac: FOREIGN_MAC }).phase("collect", 9);
    expect(said(NAME, events.events())).toBe(
      `fail: stale for 5.000 s at client: its entry for ${VIP} named a foreign host from 4.000 s to 9.000 s, ` +
        "while db1 had it (1.000 s is allowed)",
    );
  });

  it("does not count the time in which nobody has the VIP", () => {
    const gap = history().settled().holds("db1", 0, 3).holds("db2", 7);
    const events = believes(believes(gap, 0.5, "db1"), 7.001, "db2").phase("collect", 9);
    expect(judge(NAME, events.events()).facts["longestStaleUs"]).toBe(1000);
  });

  it("does not ask a node about the VIP while it has it itself", () => {
    const events = believes(moved(), 0.5, "db1", { at: "db2" }).phase("collect", 9);
    expect(judge(NAME, events.events()).verdict).toBe("pass");
  });

  it("does not judge what came before the disturbance", () => {
    const builder = history().holds("db1", 0).phase("disturb", 10);
    const events = believes(believes(builder, 1, "db2"), 9.9, "db1").phase("collect", 20);
    expect(judge(NAME, events.events()).verdict).toBe("pass");
  });

  it("is inconclusive when no entry was ever seen", () => {
    expect(said(NAME, moved().phase("collect", 9).events())).toBe(
      "inconclusive: no neighbour's entry for the VIP was seen, so none can be judged",
    );
  });

  it("is inconclusive for a VIP with a MAC of its own (use_vmac)", () => {
    const own = { mac: "00:00:5e:00:01:33" };
    const events = believes(moved(), 0.5, undefined, own).phase("collect", 9).events();
    expect(judge(NAME, events).verdict).toBe("inconclusive");
  });

  it("is inconclusive when the run ended before the disturbance", () => {
    const events = believes(history().phase("settle", 0).holds("db1", 0), 0.5, "db1").events();
    expect(judge(NAME, events).verdict).toBe("inconclusive");
  });
});
