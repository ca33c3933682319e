import { describe, expect, it } from "vitest";
import { assert, present, unreachable } from "./assert.ts";
import { HarnessError, InputError, messageOf } from "./errors.ts";

describe("trouble with the world", () => {
  it("carries a code, the cause and facts", () => {
    const cause = new Error("connect ENOENT /var/run/docker.sock");
    const error = new HarnessError("ENGINE_UNREACHABLE", "no engine answers", {
      cause,
      facts: { waitedMs: 3000 },
    });
    const { name, code, message, facts } = error;
    expect({ name, code, message, facts, cause: error.cause }).toEqual({
      name: "HarnessError",
      code: "ENGINE_UNREACHABLE",
      message: "no engine answers",
      facts: { waitedMs: 3000 },
      cause,
    });
  });

  it("has empty facts when none are given", () => {
    expect(new HarnessError("X", "x").facts).toEqual({});
  });

  it("is told apart from a wrong input by its class", () => {
    const input = new InputError("NOT_A_RUN", "there is no run.json in it");
    expect([input instanceof HarnessError, input.code, input.name]).toEqual([
      false,
      "NOT_A_RUN",
      "InputError",
    ]);
  });
});

describe("messageOf", () => {
  it("says what was caught, whatever it was", () => {
    expect([
      messageOf(new InputError("X", "no such file")),
      messageOf("text"),
      messageOf(7),
    ]).toEqual(["no such file", "text", "7"]);
  });
});

describe("a wrong program", () => {
  it("crashes and says where it was wrong", () => {
    expect(() => {
      assert(false, "a router has a VIP");
    }).toThrow("assertion failed: a router has a VIP");
    expect(() => present(undefined, "node db9")).toThrow("missing: node db9");
    expect(() => unreachable({ kind: "surprise" } as never)).toThrow(
      'unreachable: {"kind":"surprise"}',
    );
  });

  it("is not suspected of values that are there but falsy", () => {
    expect([present(0, "zero"), present("", "text"), present(false, "flag")]).toEqual([
      0,
      "",
      false,
    ]);
  });
});
