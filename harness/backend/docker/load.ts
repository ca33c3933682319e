/** The client program in the observer: started, followed line by line, stopped at the end of input. */
import type Dockerode from "dockerode";
import { HarnessError } from "../../core/errors.ts";
import { milliseconds, seconds } from "../../core/time.ts";
import type { EventBody } from "../../history/events.ts";
import { WORKLOAD_SCHEMA, type Account } from "../../mysql/dialect.ts";
import { parseClientLine, type ClientConfig, type ClientLine } from "../../observe/client.ts";
import { replicationEvent } from "../../observe/replication.ts";
import type { ResolvedNode } from "../../topology/resolve.ts";
import { isVipLane, laneAt, type Workload } from "../../workload/workload.ts";
import type { EvidenceStore } from "../backend.ts";
import { lineSplitter, startStream } from "./stream.ts";

export interface LoadRequest {
  readonly observer: Dockerode.Container;
  readonly workload: Workload;
  readonly vip: string;
  readonly account: Account;
  readonly identitySql: string;
  readonly nodes: readonly ResolvedNode[];
  readonly evidence: EvidenceStore;
  /** Zero of the history; the client's times count from the epoch. */
  readonly originEpochUs: number;
  readonly recordAt: (epochUs: number, body: EventBody) => void;
  readonly recordNow: (body: EventBody) => void;
  readonly until: (holds: () => boolean, boundUs: number) => Promise<boolean>;
  /** False: it is enough that the client has begun to try. */
  readonly demandAnswers: boolean;
}

export interface Load {
  stop(): Promise<void>;
}

const START_BOUND_US = seconds(10);
/** On top of the deadlines of what was under way. */
const STOP_SLACK_US = seconds(5);
const MS = milliseconds(1);

/**
 * Resolves once reads and writes through the VIP have been acknowledged, where that is demanded. Other lanes
 * may have trouble.
 */
export async function startLoad(request: LoadRequest): Promise<Load> {
  const { workload, demandAnswers } = request;
  const flowing = { begun: false, reads: false, writes: false };
  const followLines = lineSplitter((line) => {
    const parsed = parseClientLine(line);
    if (parsed === undefined) return;
    const body = toEvent(parsed, request);
    if (body === undefined) return;
    flowing.begun = true;
    if (body.kind === "complete" && body.outcome === "ok" && isVipLane(body.lane)) {
      if (body.action === "read") flowing.reads = true;
      else flowing.writes = true;
    }
    request.recordAt(parsed[1], body);
  });
  const said: string[] = [];
  let ended = false;
  let stopping = false;
  const running = await startStream(
    request.observer,
    ["node", "/app/client/main.js", JSON.stringify(configOf(request))],
    {
      stdin: true,
      onStdout: (chunk) => {
        request.evidence.append("client.jsonl", chunk);
        followLines(chunk);
      },
      onStderr: (chunk) => {
        request.evidence.append("client.log", chunk);
        said.push(chunk.toString("utf8"));
      },
    },
  );
  void running.ended.then(() => {
    ended = true;
    const state = stopping ? "ended" : "lost";
    request.recordNow({ kind: "observer", observer: "client", state });
  });
  const serves = (): boolean => flowing.reads && flowing.writes;
  const settled = (): boolean => ended || (demandAnswers ? serves() : flowing.begun);
  if (!(await request.until(settled, START_BOUND_US)) || ended) {
    running.endInput();
    throw new HarnessError(
      "NOT_SETTLED",
      `the client got no answer through ${request.vip}: reads ${String(flowing.reads)}, ` +
        `writes ${String(flowing.writes)}. ${/^.*Error.*$/m.exec(said.join(""))?.[0] ?? ""}`,
    );
  }
  return {
    stop: async () => {
      stopping = true;
      running.endInput();
      const bound = workload.connectDeadlineUs + workload.operationDeadlineUs + STOP_SLACK_US;
      if (await request.until(() => ended, bound)) return;
      request.recordNow({ kind: "observer", observer: "client", state: "lost" });
    },
  };
}

function configOf(request: LoadRequest): ClientConfig {
  const { workload } = request;
  return {
    vip: request.vip,
    user: request.account.user,
    password: request.account.password,
    schema: WORKLOAD_SCHEMA,
    identitySql: request.identitySql,
    cadenceMs: workload.cadenceUs / MS,
    connectDeadlineMs: workload.connectDeadlineUs / MS,
    operationDeadlineMs: workload.operationDeadlineUs / MS,
    healthCadenceMs: workload.healthCadenceUs / MS,
    direct:
      workload.direct === true
        ? request.nodes.map(({ name, address }) => ({ lane: laneAt(name), address }))
        : [],
    nodes: request.nodes.map(({ name, address }) => ({ name, address })),
  };
}

function toEvent(
  line: ClientLine,
  { originEpochUs, nodes }: Pick<LoadRequest, "originEpochUs" | "nodes">,
): EventBody | undefined {
  switch (line[0]) {
    case "ready":
      return { kind: "observer", observer: "client", state: "watching" };
    case "i": {
      const [, , op, lane, action, write] = line;
      return { kind: "invoke", op, lane, action, ...(write === null ? {} : { write }) };
    }
    case "c": {
      const [, , op, lane, action, outcome, server, read, error] = line;
      return {
        kind: "complete",
        op,
        lane,
        action,
        outcome,
        ...(server === null ? {} : { server }),
        ...(read === null ? {} : { read }),
        ...(error === null ? {} : { error }),
      };
    }
    case "h": {
      const [, , node, state, writable, server, notBefore] = line;
      return {
        kind: "mysqld",
        node,
        state,
        ...(writable === null ? {} : { writable }),
        ...(server === null ? {} : { server }),
        notBeforeUs: notBefore - originEpochUs,
      };
    }
    case "r":
      return replicationEvent(line[2], line[3], nodes);
    case "k":
      return { kind: "clock", wallMinusMonotonicUs: line[2] };
    case "j":
      return { kind: "jitter", lateUs: line[2], spanUs: line[3] };
    default:
      return undefined;
  }
}
