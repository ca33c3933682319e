/** The link emulator's rules, and what is read out of what it says, without an engine. */
import { describe, expect, it } from "vitest";
import {
  complaintOf,
  countsIn,
  emulatorWords,
  endReceipt,
  lacksQueue,
  takingChain,
} from "./emulator.ts";

describe("the rule that takes frames", () => {
  it("lets through what the emulator has sent, and copies, before it takes the rest", () => {
    const { hook, rules } = takingChain({ device: "eth0" });
    expect(hook).toBe('type filter hook egress device "eth0" priority -100;');
    expect(rules).toEqual([
      "meta mark 0x7665 counter meta mark set 0 accept",
      "meta mark { 0x7664, 0x7666 } accept",
      'counter meta mark set 0x7666 fwd to "lo"',
    ]);
  });

  it("takes only what it is told to", () => {
    const { rules } = takingChain({ device: "eth0", match: "ip protocol 112" });
    expect(rules.at(-1)).toBe('ip protocol 112 counter meta mark set 0x7666 fwd to "lo"');
  });
});

// As the program writes them, toolbox of sid
const COUNTS =
  '{"dropped":0,"held":122,"lateUs":12388,"sent":122,"taken":122,"waiting":0,"worstLateUs":312}';

describe("the counters", () => {
  it("are absent when nothing was printed", () => {
    expect(countsIn("\n")).toBeUndefined();
    const counts = countsIn(`${COUNTS}\n`);
    if (counts === undefined) throw new Error("no counters");
    expect(counts).toMatchObject({ sent: 122, worstLateUs: 312 });
    expect(emulatorWords({ ...counts, sent: 0, waiting: 3 })).toBe(
      "3 frames wait, none was sent, 0 dropped",
    );
  });
});

describe("the receipt of its end", () => {
  it("is confirmed when nothing is left, with what was counted", () => {
    expect(endReceipt(`${COUNTS}\n\n`)).toMatchObject({
      confirmed: true,
      proof: "the link emulator is gone: 122 frames sent, worst lateness 0.3 ms, 0 dropped",
      facts: { by: "emulator", sent: 122 },
    });
  });

  it("is not confirmed when the program had died before", () => {
    expect(endReceipt(`${COUNTS}\neth0: No such device or address\n`)).toMatchObject({
      confirmed: false,
      proof: "the link emulator had ended early: eth0: No such device or address",
    });
  });

  it("is not confirmed when something is left", () => {
    expect(endReceipt(`${COUNTS}\n\ntable netdev vipdrill_emulator\n`)).toMatchObject({
      confirmed: false,
      proof: "of the link emulator is left: table netdev vipdrill_emulator",
    });
  });

  it("is confirmed of a node that was started anew", () => {
    expect(endReceipt("\n\n")).toMatchObject({
      confirmed: true,
      proof: "the link emulator is gone",
    });
  });
});

describe("what tc says", () => {
  const stamped = (text: string): string => `@1795291200000000\n${text}\n@1795291200004000\n`;

  it("is a lack of netem, or something else", () => {
    expect(lacksQueue(stamped("Error: Specified qdisc kind is unknown."))).toBe(true);
    expect(lacksQueue(stamped("RTNETLINK answers: No such file or directory"))).toBe(true);
    expect(lacksQueue(stamped("RTNETLINK answers: File exists"))).toBe(false);
    expect(lacksQueue(stamped("Error: Exclusivity flag on, cannot modify."))).toBe(false);
  });

  it("is told in one line, without time stamps", () => {
    expect(complaintOf(stamped("one\ntwo"))).toBe("one; two");
  });
});
