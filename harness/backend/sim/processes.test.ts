import { describe, expect, it } from "vitest";
import type { Signal } from "./keepalived/host.ts";
import { ProcessTable } from "./processes.ts";

const quiet = (): void => undefined;

describe("the process table", () => {
  it("gives every process a number of its own, also after others have ended", () => {
    const table = new ProcessTable();
    const first = table.spawn({ ppid: 1, name: "a", args: "a" }, quiet);
    table.exit(first);
    const second = table.spawn({ ppid: 1, name: "a", args: "a" }, quiet);
    expect([second > first, table.isAlive(first), table.isAlive(second)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it("hands orphans to init", () => {
    const table = new ProcessTable();
    const parent = table.spawn({ ppid: 1, name: "parent", args: "" }, quiet);
    table.spawn({ ppid: parent, name: "child", args: "" }, quiet);
    table.exit(parent);
    expect(table.named("child").map((row) => row.ppid)).toEqual([1]);
  });

  it("delivers a signal to its process only, and says when there is none", () => {
    const table = new ProcessTable();
    const got: Signal[] = [];
    const pid = table.spawn({ ppid: 1, name: "a", args: "" }, (signal) => got.push(signal));
    table.spawn({ ppid: 1, name: "b", args: "" }, () => expect.unreachable());
    expect(table.signal(pid, "HUP")).toBe(true);
    expect(table.signal(pid + 100, "HUP")).toBe(false);
    expect(got).toEqual(["HUP"]);
  });

  it("shows a stopped process as stopped until it goes on", () => {
    const table = new ProcessTable();
    const pid = table.spawn({ ppid: 1, name: "a", args: "" }, quiet);
    table.signal(pid, "STOP");
    expect(table.list()[0]?.stopped).toBe(true);
    table.signal(pid, "CONT");
    expect(table.list()[0]?.stopped).toBe(false);
  });

  it("has another version after each change, but not for scripts that come and go", () => {
    const table = new ProcessTable();
    const versions = [table.version];
    const pid = table.spawn({ ppid: 1, name: "mysqld", args: "" }, quiet);
    versions.push(table.version);
    table.signal(pid, "STOP");
    versions.push(table.version);
    table.signal(pid, "CONT");
    versions.push(table.version);
    const script = table.spawn({ ppid: 1, name: "chk.sh", args: "", passing: true }, quiet);
    table.exit(script);
    expect(table.version).toBe(versions.at(-1));
    table.exit(pid);
    versions.push(table.version);
    expect(new Set(versions).size).toBe(versions.length);
  });
});
