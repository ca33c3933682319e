/** `merge`: what the shards of one search have found, as one report, and as scenario files beside it. */
import { mergedRecords } from "../../explore/record.ts";
import { renderMarkdown, renderText } from "../../explore/report.ts";
import { readRecord, writeRecord, writeText } from "../../explore/store.ts";
import { exitCodeFor } from "./explore.ts";
import { againWith, keepFindings } from "./explore-keep.ts";
import { targetOf } from "./explore-target.ts";

export interface MergeOptions {
  readonly out: string;
}

export async function mergeCommand(
  folders: readonly string[],
  { out }: MergeOptions,
): Promise<number> {
  const record = mergedRecords(folders.map(readRecord));
  const { asked: target, seed, image } = record;
  const options = { again: againWith({ store: out, target, seed, image }) };
  keepFindings(record, await targetOf(target), out);
  writeRecord(out, record);
  writeText(out, "explore.txt", renderText(record, options));
  writeText(out, "explore.md", renderMarkdown(record, options));
  process.stdout.write(renderText(record, options));
  return exitCodeFor(record);
}
