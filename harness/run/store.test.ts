import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { LIVE_EVENTS } from "../backend/backend.ts";
import { runRecord } from "../testing/record.ts";
import { goodFailover } from "../testing/stories.ts";
import { createRunDirectory, readRun } from "./store.ts";

const out = mkdtempSync(join(tmpdir(), "vipdrill-store-"));
afterAll(() => {
  rmSync(out, { recursive: true });
});

describe("a run directory", () => {
  it("gives back the record and the history that were written", () => {
    const directory = createRunDirectory(out, "whole");
    const events = goodFailover().events();
    directory.writeRecord(runRecord());
    directory.writeHistory(7, events);
    const { record, history } = readRun(directory.path);
    expect({ record, events: history.events, originEpochUs: history.header.originEpochUs }).toEqual(
      {
        record: runRecord(),
        events,
        originEpochUs: 7,
      },
    );
  });

  it("has an empty history when the run ended before one was written", () => {
    const directory = createRunDirectory(out, "early");
    directory.writeRecord(runRecord());
    expect(readRun(directory.path).history.events).toEqual([]);
  });

  it("has the facts of a run that was killed, but for the line that was being written", () => {
    const directory = createRunDirectory(out, "killed");
    directory.writeRecord(runRecord());
    const events = goodFailover().events();
    const lines = events.map(({ seq: _seq, ...fact }) => JSON.stringify(fact)).join("\n");
    directory.evidence.append(LIVE_EVENTS, new TextEncoder().encode(lines));
    const { history } = readRun(directory.path);
    expect({ events: history.events, torn: history.torn }).toEqual({
      events: events.slice(0, -1),
      torn: true,
    });
  });

  it("keeps evidence as it arrives, in folders of its own", () => {
    const directory = createRunDirectory(out, "evidence");
    for (const text of ["one ", "two"]) {
      directory.evidence.append("pcap/db1.pcap", new TextEncoder().encode(text));
    }
    expect(readFileSync(join(directory.path, "evidence/pcap/db1.pcap"), "utf8")).toBe("one two");
  });

  const refusal = (name: string, runJson?: string): unknown => {
    const { path } = createRunDirectory(out, name);
    if (runJson !== undefined) writeFileSync(join(path, "run.json"), runJson);
    try {
      return readRun(path);
    } catch (error) {
      return error;
    }
  };

  it("is refused when it is none, damaged, or of another format", () => {
    expect([
      refusal("empty"),
      refusal("damaged", '{"format":'),
      refusal("foreign", '{"format":"other","version":1}'),
      refusal("newer", JSON.stringify({ ...runRecord(), version: 3 })),
    ]).toEqual([
      expect.objectContaining({ name: "InputError", code: "NOT_A_RUN" }),
      expect.objectContaining({ name: "InputError", code: "RUN_UNREADABLE" }),
      expect.objectContaining({ name: "InputError", code: "RUN_UNREADABLE" }),
      expect.objectContaining({
        message: expect.stringContaining("version 3; this vipdrill reads vipdrill-run 2") as string,
      }),
    ]);
  });
});
