import { describe, expect, it } from "vitest";
import { FAULT_GROUPS } from "./definition.ts";
import { aimedAt, definitions, describeFault, needsOf, targetOf } from "./facts.ts";
import { FAULTS, type PlainFault } from "./fault.ts";
import { after, isFaultStep, when } from "./schedule.ts";

const examples = definitions().flatMap((definition) => definition.examples);

describe.each(definitions().map((definition) => [definition.kind, definition] as const))(
  "%s",
  (kind, definition) => {
    it("is filed under its own kind, in a group that there is", () => {
      expect(FAULTS[kind]).toBe(definition);
      expect(FAULT_GROUPS).toContain(definition.group);
    });

    it("has examples, which its own schema takes, and nothing else", () => {
      expect(definition.examples.length).toBeGreaterThan(0);
      for (const example of definition.examples) {
        expect(definition.schema.parse(example)).toEqual(example);
        expect(definition.schema.safeParse({ ...example, extra: 1 }).success).toBe(false);
      }
    });

    it("needs something, stands for something, and says what undoing is or that there is none", () => {
      expect(definition.needs.length).toBeGreaterThan(0);
      expect(definition.standsFor).not.toMatch(/\.$/);
      expect(definition.healing === undefined).toBe(definition.healingWords === undefined);
    });
  },
);

describe("a fault in words", () => {
  it("tells every example from every other", () => {
    const words = examples.map((example) => describeFault(example));
    expect(words.filter((text, index) => words.indexOf(text) !== index)).toEqual([]);
  });

  it("names the node once a role has turned out to be one", () => {
    const fault = FAULTS["mysqld-killed"].examples[0]!;
    expect(describeFault(aimedAt(fault, "db2"))).toBe("kill -9 mysqld on db2");
  });
});

describe("a sabotaged fault", () => {
  const fault: PlainFault = { kind: "mysqld-killed", node: { role: "holder" } };

  it("needs nothing, and says that it was not carried out", () => {
    const sabotaged = { kind: "sabotaged", fault } as const;
    expect([needsOf(sabotaged), targetOf(sabotaged), describeFault(sabotaged)]).toEqual([
      [],
      { role: "holder" },
      "kill -9 mysqld on the holder (announced, not carried out)",
    ]);
  });
});

describe("steps", () => {
  it("leave out what is not asked for", () => {
    expect([after(5), after(5, 2), when("vip-moved", 9), when("vip-home", 9, 1)]).toEqual([
      { kind: "after", delayUs: 5 },
      { kind: "after", delayUs: 5, jitterUs: 2 },
      { kind: "when", condition: "vip-moved", boundUs: 9 },
      { kind: "when", condition: "vip-home", boundUs: 9, thenUs: 1 },
    ]);
  });

  it("are fault steps when they carry a fault", () => {
    expect([
      isFaultStep({ id: "watch", when: after(0) }),
      isFaultStep({ id: "fault", when: after(0), fault: examples[0]! }),
    ]).toEqual([false, true]);
  });
});
