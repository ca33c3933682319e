/** Files of exploration: what cannot be written or read is told before any work is done. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../core/errors.ts";
import { EXPLORE_FORMAT, EXPLORE_VERSION } from "./record.ts";
import { demandWritable, readRecord, readStored, RECORD_FILE, storeFinding } from "./store.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vipdrill-store-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("a folder to write to", () => {
  it("may not exist yet, and is no file and below none", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    demandWritable(join(folder, "a", "b"));
    expect(() => {
      demandWritable(file);
    }).toThrow(InputError);
    expect(() => {
      demandWritable(join(file, "below"));
    }).toThrow(/is not a folder/);
  });
});

describe("a record", () => {
  it("that is not whole is wrong input", () => {
    const bare = JSON.stringify({ format: EXPLORE_FORMAT, version: EXPLORE_VERSION });
    writeFileSync(join(folder, RECORD_FILE), bare);
    expect(() => readRecord(folder)).toThrow(/not a whole record/);
  });
});

describe("a stored finding", () => {
  it("needs no scenario to be run again", () => {
    const plan = { faults: [], watchUs: 1 };
    const finding = { id: "ab", property: "p", kind: "k", plan, image: "sid", seed: 3 };
    storeFinding(folder, finding);
    expect(readStored(folder)).toEqual([finding]);
  });
});
