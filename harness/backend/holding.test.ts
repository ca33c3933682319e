import { describe, expect, it } from "vitest";
import { seconds } from "../core/time.ts";
import { only } from "../history/events.ts";
import { history, type HistoryBuilder } from "../testing/history.ts";
import { resolvedPair } from "../testing/topology.ts";
import { onlyRouter } from "../topology/resolve.ts";
import { isMaster } from "./holding.ts";

/** db1 has 101, db2 99, both with adverts every second. */
function masterAt(builder: HistoryBuilder, node: string, atSeconds: number): boolean {
  const adverts = only(builder.events(), "advert");
  return isMaster(adverts, onlyRouter(resolvedPair()), node, seconds(atSeconds));
}

describe("who speaks as master", () => {
  it("is a node that has sent an advert not long ago", () => {
    expect(masterAt(history().advert("db1", 5, 101), "db1", 7.9)).toBe(true);
  });

  it("is nobody who has been silent for three intervals, said goodbye or never spoke", () => {
    expect(masterAt(history().advert("db1", 5, 101), "db1", 8)).toBe(false);
    expect(masterAt(history().advert("db1", 5, 101).advert("db1", 6, 0), "db1", 6.1)).toBe(false);
    expect(masterAt(history().advert("db1", 5, 101), "db2", 5.1)).toBe(false);
  });

  it("is not a node that has heard one with a higher priority since", () => {
    const stepped = history().advert("db2", 5, 99).advert("db1", 5.2, 101, "db2");
    expect(masterAt(stepped, "db2", 5.3)).toBe(false);
    const deaf = history().advert("db2", 5, 99).advert("db1", 5.2, 101, "db1");
    expect(masterAt(deaf, "db2", 5.3)).toBe(true);
    const lower = history().advert("db1", 5, 101).advert("db2", 5.2, 99, "db1");
    expect(masterAt(lower, "db1", 5.3)).toBe(true);
  });
});
