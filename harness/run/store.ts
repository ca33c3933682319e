/** The run directory: written once, read by everything that judges or reports. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { LIVE_EVENTS, type EvidenceStore } from "../backend/backend.ts";
import { HarnessError, InputError, messageOf } from "../core/errors.ts";
import { decodeHistory, encodeHistory, sequence, type History } from "../history/codec.ts";
import type { Event } from "../history/events.ts";
import { RUN_FORMAT, RUN_VERSION, type RunRecord } from "./record.ts";

export interface RunDirectory {
  readonly path: string;
  readonly evidence: EvidenceStore;
  writeRecord(record: RunRecord): void;
  writeHistory(originEpochUs: number, events: readonly Event[]): void;
  writeReport(name: string, text: string): void;
}

/** `2026-11-21T063001-dual-script-mysqld-killed-x3f9` under the chosen folder. */
export function createRunDirectory(out: string, name: string): RunDirectory {
  const path = join(out, name);
  guardSpace(path, () => {
    makeFolders(join(path, "evidence"));
  });
  const write = (file: string, text: string): void => {
    guardSpace(path, () => {
      writeFileSync(join(path, file), text);
    });
  };
  return {
    path,
    evidence: {
      append: (file, bytes) => {
        const target = join(path, "evidence", file);
        guardSpace(path, () => {
          makeFolders(dirname(target));
          appendFileSync(target, bytes);
        });
      },
    },
    writeRecord: (record) => {
      write("run.json", `${JSON.stringify(record, null, 2)}\n`);
    },
    writeHistory: (originEpochUs, events) => {
      write("history.jsonl", encodeHistory(originEpochUs, events));
      rmSync(join(path, "evidence", LIVE_EVENTS), { force: true });
    },
    writeReport: write,
  };
}

export interface StoredRun {
  readonly path: string;
  readonly record: RunRecord;
  readonly history: History;
}

/** Run directories right below a folder, in name order; links such as `latest` are none. */
export function runsBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "run.json")))
    .map((entry) => join(folder, entry.name))
    .sort();
}

export function readRun(path: string): StoredRun {
  const file = join(path, "run.json");
  if (!existsSync(file)) {
    throw new InputError("NOT_A_RUN", `${path} is not a run directory: there is no run.json in it`);
  }
  return { path, record: readRecord(file), history: readHistory(path) };
}

function readRecord(file: string): RunRecord {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new InputError("RUN_UNREADABLE", `${file} is not JSON`, { cause: error });
  }
  const record = value as Partial<RunRecord>;
  if (record.format !== RUN_FORMAT || record.version !== RUN_VERSION) {
    throw new InputError(
      "RUN_UNREADABLE",
      `${file} has format ${String(record.format)} version ${String(record.version)}; this vipdrill reads ${RUN_FORMAT} ${RUN_VERSION}`,
    );
  }
  return value as RunRecord;
}

/** A run that was killed has no history yet; its facts are in the order in which they arrived. */
function readHistory(path: string): History {
  const file = join(path, "history.jsonl");
  if (existsSync(file)) return decodeHistory(readFileSync(file, "utf8"));
  const live = join(path, "evidence", LIVE_EVENTS);
  const facts = existsSync(live) ? readFileSync(live, "utf8") : "";
  const { header, events, torn } = decodeHistory(`${encodeHistory(0, [])}${facts}`);
  return { header, events: sequence(events), torn };
}

/** One level after the other: Node's recursive mkdir never returns where the system says ENOENT. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  mkdirSync(path);
}

function guardSpace<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : messageOf(error);
    const what = code === "ENOSPC" ? "no space is left" : `it cannot be written, ${code}`;
    throw new HarnessError(
      "RUN_DIRECTORY_UNWRITABLE",
      `run directory ${path}: ${what}. Choose another with --out`,
      { cause: error },
    );
  }
}
