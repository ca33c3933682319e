/**
 * `preempt_delay` in the formulas and in the simulator, which share no code but the reader: a check lowers the
 * priority of the holder, and the standby, which has the delay, has to preempt.
 */
import { describe, expect, it } from "vitest";
import { readText } from "../keepalived/read.ts";
import type { KeepalivedVersion } from "../keepalived/versions.ts";
import { A, B, check, instance, pair, TRACK } from "../testing/hazard.ts";
import { MICROSECONDS_PER_SECOND } from "../core/time.ts";
import { predict } from "./predict.ts";
import { boundsOf } from "./quantity.ts";

const CHECK = check("weight -50");
const SCRIPT = "#!/bin/sh\nnetstat -lnt | grep -q ':3306 '\n";
const texts = (delay: string): { a: string; b: string } => ({
  a: CHECK + instance("state BACKUP", "priority 101", TRACK),
  b: CHECK + instance("state BACKUP", "priority 99", TRACK, delay),
});

interface Bounds {
  readonly min: number;
  readonly max: number;
}

function predicted(version: KeepalivedVersion, delay: string): Bounds {
  const { a, b } = texts(delay);
  const node = (name: string, address: string, text: string): Parameters<typeof predict>[0][0] => ({
    name,
    address,
    config: readText(text, { version }).config,
    scripts: () => SCRIPT,
  });
  const row = predict([node("a", A, a), node("b", B, b)])[0]!.rows.find(
    ({ event }) => event === "mysqld-killed",
  )!;
  const { minUs, maxUs } = boundsOf(row.span!.total);
  return { min: minUs / MICROSECONDS_PER_SECOND, max: maxUs / MICROSECONDS_PER_SECOND };
}

function simulated(version: KeepalivedVersion, delay: string, wait: number): number {
  const { a, b } = texts(delay);
  const h = pair(a, b, { version, settle: 20 + wait, scripts: { "/opt/chk.sh": SCRIPT } });
  expect(h.holders()).toBe("a");
  h.mark();
  h.mysqld("a", "KILL");
  h.run(45);
  return h.gained("b") ?? Number.NaN;
}

describe.each(["1.2.13", "1.4.3", "2.2.7", "2.3.3", "2.3.4"] as const)("%s", (version) => {
  it.each(["", "preempt_delay 20", "preempt_delay 7"])("a weight, %s", (delay) => {
    const { min, max } = predicted(version, delay);
    for (const wait of [0, 0.3, 0.7, 1.1, 1.6]) {
      const seen = simulated(version, delay, wait);
      expect(seen).toBeGreaterThan(min - 0.05);
      expect(seen).toBeLessThan(max + 0.25);
    }
  });
});
