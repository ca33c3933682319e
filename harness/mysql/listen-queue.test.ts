import { describe, expect, it } from "vitest";
import { ANY_BACK_LOG, BACK_LOG_RULES, defaultBackLog, granted } from "./listen-queue.ts";

describe("the listen queue of a mysqld", () => {
  it.each([
    ["mysql-5.7", [80, 90, 250, 900]],
    ["mysql-8.0", [151, 200, 1000, 4096]],
    ["mysql-9.7", [4096, 4096, 4096, 4096]],
    ["mariadb", [80, 90, 250, 900]],
  ] as const)("%s, with max_connections as it ships, 200, 1000 and 100,000: %j", (rule, found) => {
    const asked = [undefined, 200, 1000, 100_000];
    expect(asked.map((maxConnections) => defaultBackLog(rule, maxConnections))).toEqual(found);
  });

  it("is cut by the kernel", () => {
    expect([granted(80), granted(4097)]).toEqual([80, 4096]);
  });

  it("is a range where the server is not known", () => {
    expect(ANY_BACK_LOG).toEqual({ least: 80, most: 4096 });
    for (const rule of BACK_LOG_RULES) {
      expect(defaultBackLog(rule)).toBeGreaterThanOrEqual(ANY_BACK_LOG.least);
      expect(defaultBackLog(rule)).toBeLessThanOrEqual(ANY_BACK_LOG.most);
    }
  });
});
