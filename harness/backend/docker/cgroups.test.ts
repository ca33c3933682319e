import { describe, expect, it } from "vitest";
import { CPU_SHARES, parentFor } from "./cgroups.ts";

describe("the place of containers among what wants the processor", () => {
  it.each([
    ["an engine that makes groups of version 1 by itself", "cgroupfs", "1", "/"],
    ["systemd", "systemd", "2", undefined],
    ["systemd with version 1", "systemd", "1", undefined],
    ["groups of version 2, where it was not tried", "cgroupfs", "2", undefined],
    ["a rootless engine without groups", "none", "2", undefined],
  ])("with %s", (_name, CgroupDriver, CgroupVersion, wanted) => {
    expect(parentFor({ CgroupDriver, CgroupVersion })).toBe(wanted);
  });

  it("puts watchers ahead of what they watch", () => {
    expect(CPU_SHARES.watcher).toBeGreaterThan(CPU_SHARES.host);
  });
});
