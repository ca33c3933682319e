/** `merge`: what the shards of one search have found, as one report. */
import { join } from "node:path";
import { mergedRecords } from "../../explore/record.ts";
import { renderMarkdown, renderText } from "../../explore/report.ts";
import { readRecord, writeRecord, writeText } from "../../explore/store.ts";
import { againWith, exitCodeFor } from "./explore.ts";

export interface MergeOptions {
  readonly out?: string;
}

export function mergeCommand(folders: readonly string[], { out }: MergeOptions): number {
  const record = mergedRecords(folders.map(readRecord));
  const store = join(".vipdrill", "explore", record.target.replaceAll(/[^\w.-]+/g, "-"));
  const options = { again: againWith(store, record.target, record.seed) };
  process.stdout.write(renderText(record, options));
  if (out !== undefined) {
    writeRecord(out, record);
    writeText(out, "explore.txt", renderText(record, options));
    writeText(out, "explore.md", renderMarkdown(record, options));
  }
  return exitCodeFor(record);
}
