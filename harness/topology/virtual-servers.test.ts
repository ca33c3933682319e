import { describe, expect, it } from "vitest";
import { ADDRESS, lvsPair, VIP } from "../check/testing/lvs.ts";
import { resolvedPair } from "../testing/topology.ts";
import { directedServices, nodeAt, onlyDirects, serversBehind } from "./virtual-servers.ts";

describe("directedServices", () => {
  it("maps every real server of every director to its node", () => {
    const found = directedServices(lvsPair({ weights: { db1: 2, db2: 1 } }));
    expect(
      found.map(({ director, address, port, servers }) => ({
        director,
        at: `${address}:${port}`,
        servers: servers.map(({ node, address: own, weight }) => [node, own, weight]),
      })),
    ).toEqual(
      ["lvs1", "lvs2"].map((director) => ({
        director,
        at: `${VIP}:3306`,
        servers: [
          ["db1", ADDRESS.db1, 2],
          ["db2", ADDRESS.db2, 1],
        ],
      })),
    );
  });

  it("reads as the version does: nb_get_retry is none of TCP_CHECK's words", () => {
    const timing = (check: string): unknown =>
      directedServices(lvsPair({ check }))[0]?.servers[0]?.config.checkers[0]?.timing.retry;
    expect([timing("retry 3"), timing("nb_get_retry 3")]).toEqual([3, 1]);
  });

  it("says persistence only where there is some", () => {
    const persistence = (service: string): unknown =>
      directedServices(lvsPair({ service }))[0]?.persistenceUs;
    expect([persistence("persistence_timeout 50"), persistence("")]).toEqual([
      50_000_000,
      undefined,
    ]);
  });

  it("is empty without virtual servers, and the same list when asked again", () => {
    expect(directedServices(resolvedPair())).toEqual([]);
    const topology = lvsPair();
    expect(directedServices(topology)).toBe(directedServices(topology));
  });
});

describe("who answers while a node has the VIP", () => {
  it("is the real servers behind a director, and the node itself elsewhere", () => {
    const [lvs, pair] = [lvsPair(), resolvedPair()];
    expect([serversBehind(lvs, "lvs1"), serversBehind(pair, "db1")]).toEqual([
      ["db1", "db2"],
      ["db1"],
    ]);
    expect([onlyDirects(lvs, "lvs1"), onlyDirects(lvs, "db1"), onlyDirects(pair, "db1")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("knows nobody at an address of no node, and the director at its loopback", () => {
    expect(nodeAt(lvsPair(), "lvs1", "198.18.7.99")).toBeUndefined();
    expect(nodeAt(lvsPair(), "lvs1", "127.0.0.1")).toBe("lvs1");
  });
});
