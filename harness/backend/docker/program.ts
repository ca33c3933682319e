/**
 * A program of ours in the observer: begun with its configuration, followed line by line, ended by the
 * end of its input. It is an observer like any other: its end, when nobody asked for it, is a loss.
 */
import type Dockerode from "dockerode";
import type { Us } from "../../core/time.ts";
import type { EventBody } from "../../history/events.ts";
import type { EvidenceStore } from "../backend.ts";
import { lineSplitter, startStream } from "./stream.ts";
import { notWatching, watches } from "./watching.ts";

export interface ProgramContext {
  readonly observer: Dockerode.Container;
  readonly evidence: EvidenceStore;
  readonly recordAt: (epochUs: number, body: EventBody) => void;
  readonly recordNow: (body: EventBody) => void;
  readonly until: (holds: () => boolean, boundUs: Us) => Promise<boolean>;
  readonly onLost: (observer: string) => void;
}

export interface ProgramSpec {
  /** As the history has it. */
  readonly name: string;
  /** Folder in the image. */
  readonly folder: string;
  readonly config: object;
  /** Where its lines are kept as they are. */
  readonly evidence: string;
  /** True for the line that says that it is watching. */
  readonly onLine: (line: string) => boolean;
}

export interface Program {
  stop(boundUs: Us): Promise<void>;
}

export async function startProgram(context: ProgramContext, spec: ProgramSpec): Promise<Program> {
  const { name } = spec;
  const said: string[] = [];
  let state: "starting" | "watching" | "stopping" | "ended" = "starting";
  const now = (): typeof state => state;
  const splitLines = lineSplitter((line) => {
    if (!spec.onLine(line) || state !== "starting") return;
    state = "watching";
    context.recordNow({ kind: "observer", observer: name, state: "watching" });
  });
  const running = await startStream(
    context.observer,
    ["node", `/app/${spec.folder}/main.js`, JSON.stringify(spec.config)],
    {
      stdin: true,
      onStdout: (chunk) => {
        context.evidence.append(spec.evidence, chunk);
        splitLines(chunk);
      },
      onStderr: (chunk) => {
        context.evidence.append("observers.log", chunk);
        said.push(chunk.toString("utf8"));
      },
    },
  );
  void running.ended.then(() => {
    if (state === "stopping")
      context.recordNow({ kind: "observer", observer: name, state: "ended" });
    else context.onLost(name);
    state = "ended";
  });
  if (!(await watches(context, () => now() !== "starting")) || now() === "ended") {
    throw notWatching(name, /^.*Error.*$/m.exec(said.join(""))?.[0]);
  }
  return {
    stop: async (boundUs) => {
      if (now() === "ended") return;
      state = "stopping";
      running.endInput();
      if (!(await context.until(() => now() === "ended", boundUs))) context.onLost(name);
    },
  };
}
