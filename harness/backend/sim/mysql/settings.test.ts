import { describe, expect, it } from "vitest";
import { serverSettings } from "./settings.ts";

const SPEC = { serverId: 1, autoIncrementOffset: 1, autoIncrementIncrement: 2 };

describe("settings of a simulated server", () => {
  it("are the lab's where the topology has none of its own", () => {
    expect(serverSettings(SPEC)).toEqual({
      autoIncrementOffset: 1,
      autoIncrementIncrement: 2,
      maxConnections: 200,
    });
  });

  it("are read as the server reads them: the last line wins, dashes are underscores, a name alone is on", () => {
    const settings = [
      "max_connections = 50",
      "max-connections=60 # less",
      "loose_back_log=7",
      "read-only",
    ];
    expect(serverSettings({ ...SPEC, settings })).toMatchObject({
      maxConnections: 60,
      backLog: 7,
      readOnly: true,
    });
  });

  it("are left alone by what means nothing here", () => {
    const settings = [
      "sync_binlog = 0",
      "# max_connections = 3",
      "read_only = OFF",
      "max_connections = many",
    ];
    expect(serverSettings({ ...SPEC, settings })).toEqual(serverSettings(SPEC));
  });
});
