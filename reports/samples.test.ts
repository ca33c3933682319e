/** The committed samples are what the reports make today. `node bench/samples.ts` writes them anew. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { renderSamples, SAMPLES } from "../bench/samples.ts";

const HOW = "differs: if that is meant, run `node bench/samples.ts` and commit what it writes";
const HTML_BYTES_MAX = 400_000;

const committed: string[] = readdirSync(SAMPLES, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(SAMPLES.length + 1))
  .sort();

/** zlib's output is not the same on every processor and in every Node: what it says is compared. */
function inflated(page: string): string {
  return page.replaceAll(/"raw":"([A-Za-z0-9+/=]+)"/g, (_all, packed: string) =>
    inflateSync(Buffer.from(packed, "base64")).toString("utf8"),
  );
}

const SHOWN = 80;

/** Where the texts part, with a little of both: all of it would be longer than anybody reads. */
function difference(old: string, now: string): string | undefined {
  if (old === now) return undefined;
  let at = 0;
  while (at < old.length && old[at] === now[at]) at += 1;
  const from = Math.max(0, at - SHOWN);
  const excerpt = (text: string): string => text.slice(from, from + 2 * SHOWN);
  return `old: ${excerpt(old)}\nnow: ${excerpt(now)}`;
}

let made: ReadonlyMap<string, string>;

beforeAll(async () => {
  made = await renderSamples();
});

describe("the samples", () => {
  it("are all there, and nothing else", () => {
    expect(committed).toEqual([...made.keys()].sort());
  });

  it.each(committed)("%s is what is made today", (path) => {
    const text = readFileSync(join(SAMPLES, path), "utf8");
    expect(difference(inflated(text), inflated(made.get(path)!)), `${path} ${HOW}`).toBeUndefined();
  });

  it("come out as their folders are called, and are marked as simulated", () => {
    const outcomes = committed
      .filter((path) => path.endsWith(".json"))
      .map((path) => {
        const { runs } = JSON.parse(made.get(path)!) as {
          runs: { outcome: string; simulated: boolean }[];
        };
        return [path.split("/")[0], runs[0]!.outcome, runs[0]!.simulated];
      });
    expect(outcomes).toEqual([
      ["as-expected", "as-expected", true],
      ["inconclusive", "inconclusive", true],
      ["split-brain", "as-expected", true],
    ]);
    for (const path of committed.filter((name) => /\.(html|txt|md)$/.test(name))) {
      expect(made.get(path)).toContain("SIMULATED");
    }
  });

  it("are small enough to be kept", () => {
    for (const path of committed.filter((name) => name.endsWith(".html"))) {
      expect(Buffer.byteLength(made.get(path)!)).toBeLessThan(HTML_BYTES_MAX);
    }
  });
});
