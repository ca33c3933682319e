import { hostname } from "node:os";
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { ownerIsGone, ownerLabel } from "./labels.ts";

describe("the owner of what is on the engine", () => {
  it("is alive while this process runs", () => {
    expect(ownerIsGone(ownerLabel())).toBe(false);
  });

  it("is gone when its process has ended", () => {
    const { pid } = spawnSync("true");
    expect(ownerIsGone(`${hostname()}/${pid}/1`)).toBe(true);
  });

  it("is gone when its process id was given to another process", () => {
    expect(ownerIsGone(`${hostname()}/${process.pid}/1`)).toBe(true);
  });

  it.each([
    ["on another machine", "elsewhere/1/1"],
    ["without a label", undefined],
    ["with a label that makes no sense", `${hostname()}/x/y`],
  ])("is not ours to judge %s", (_where, label) => {
    expect(ownerIsGone(label)).toBe(false);
  });
});
