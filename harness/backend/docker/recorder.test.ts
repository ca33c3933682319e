import { describe, expect, it } from "vitest";
import type { EventBody } from "../../history/events.ts";
import { Recorder } from "./recorder.ts";

const LINK: EventBody = { kind: "link", node: "db1", interface: "eth0", up: true };

describe("waiting for the cluster", () => {
  it("is over as soon as the event is recorded", async () => {
    const recorder = new Recorder();
    const waiting = recorder.until(() => recorder.eventsOf("link").length > 0, 60_000_000);
    recorder.record(5, LINK);
    expect(await waiting).toBe(true);
  });

  it("is over at once when the condition holds already", async () => {
    expect(await new Recorder().until(() => true, 60_000_000)).toBe(true);
  });

  it("ends at the bound and says that the condition did not come true", async () => {
    expect(await new Recorder().until(() => false, 1000)).toBe(false);
  });

  it("keeps facts by kind, with whole microseconds", () => {
    const recorder = new Recorder();
    recorder.record(1.4, LINK);
    recorder.record(2, { kind: "clock", wallMinusMonotonicUs: 0 });
    expect(recorder.eventsOf("link")).toEqual([{ ...LINK, tUs: 1 }]);
    expect(recorder.events().map((event) => event.tUs)).toEqual([1, 2]);
  });
});
