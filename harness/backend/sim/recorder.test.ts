import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TimedEvent } from "../../history/events.ts";
import { Merged, SimRecorder } from "./recorder.ts";

describe("the recorder", () => {
  it("keeps facts in order of arrival, and knows those of a kind, also of later", () => {
    const recorder = new SimRecorder();
    recorder.record(20, { kind: "clock", wallMinusMonotonicUs: 0 });
    recorder.record(10, { kind: "observer", observer: "client", state: "watching" });
    expect(recorder.events().map((event) => event.tUs)).toEqual([20, 10]);
    expect(recorder.eventsOf("clock").map((event) => event.tUs)).toEqual([20]);
    recorder.record(30, { kind: "clock", wallMinusMonotonicUs: 1 });
    expect(recorder.eventsOf("clock").map((event) => event.tUs)).toEqual([20, 30]);
    expect(recorder.eventsOf("advert")).toEqual([]);
  });
});

describe("facts from two sources", () => {
  it("are in order of time, each once, however often they were asked for", () => {
    const at = (tUs: number, name: number): TimedEvent => ({
      kind: "clock",
      tUs,
      wallMinusMonotonicUs: name,
    });
    const anySteps = fc.array(fc.array(fc.tuple(fc.boolean(), fc.nat(50)), { maxLength: 6 }));
    fc.assert(
      fc.property(anySteps, (steps) => {
        const [recorded, computed]: TimedEvent[][] = [[], []];
        const merged = new Merged();
        let name = 0;
        for (const step of steps) {
          for (const [isRecorded, tUs] of step) {
            name += 1;
            (isRecorded ? recorded : computed)!.push(at(tUs, name));
          }
          const found = merged.with(recorded!, computed!);
          const times = found.map((event) => event.tUs);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
          expect(new Set(found)).toEqual(new Set([...recorded!, ...computed!]));
          expect(found).toHaveLength(name);
        }
      }),
    );
  });
});
