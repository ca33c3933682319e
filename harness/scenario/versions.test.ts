import { describe, expect, it } from "vitest";
import { actualVersions, describeVersions, holdsOn } from "./versions.ts";

const ACTUAL = actualVersions({ "db1 mysqld": "9.7.4-2", "db1 keepalived": "2.3.4" });

describe("declarations for some versions", () => {
  it("hold where nothing is asked for", () => {
    expect([holdsOn(undefined, ACTUAL), holdsOn({}, ACTUAL)]).toEqual([true, true]);
  });

  it.each([
    [{ keepalived: ["2.3"] }, true],
    [{ keepalived: ["2.3.4"] }, true],
    [{ keepalived: ["2.2", "2.3.3"] }, false],
    [{ keepalived: ["2"] }, true],
    [{ keepalived: ["2.3.4"], mysqld: ["mariadb"] as const }, false],
    [{ mysqld: ["mysql", "mariadb"] as const }, true],
  ])("%j: %s", (wanted, holds) => {
    expect(holdsOn(wanted, ACTUAL)).toBe(holds);
  });

  it("do not take 2.30 for 2.3", () => {
    expect(holdsOn({ keepalived: ["2.3"] }, { ...ACTUAL, keepalived: "2.30.1" })).toBe(false);
  });

  it("know MariaDB by its version text", () => {
    expect(actualVersions({ "db1 mysqld": "11.8.6-MariaDB-0+deb13u1" }).mysqld).toBe("mariadb");
  });

  it("are said in words", () => {
    expect(describeVersions({ keepalived: ["2.2", "2.3.3"], mysqld: ["mysql"] })).toBe(
      "keepalived 2.2 or 2.3.3 with mysql",
    );
  });
});
