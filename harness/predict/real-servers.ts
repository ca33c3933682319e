/**
 * When each real server behind a virtual server leaves the director's table, and when it is back: for every way in which a
 * server can fail, from its checkers' settings alone.
 *
 * Virtual servers that are checks of their node have their intervals in the routers' tables (`directors.ts`, `ways.ts`).
 * Left out: HTTP, SSL, SMTP, DNS and other checkers that do not ask for MySQL, what a PING_CHECK sees of a host, what a
 * MISC_CHECK's script sees of another host, when a MISC_CHECK puts a server back, quorum, UDP.
 */
import { formatSeconds, type Us } from "../core/time.ts";
import type { Checker, RealServer, VirtualServer } from "../keepalived/config.ts";
import { profileOf, type KeepalivedVersion, type VersionProfile } from "../keepalived/versions.ts";
import { endpointName, serviceName } from "../keepalived/services.ts";
import { ANY_BACK_LOG } from "../mysql/listen-queue.ts";
import type { PredictedNode } from "./cluster.ts";
import { untilMiscFailed } from "./detection.ts";
import { directs, quorumWithout, stoppersOf } from "./directors.ts";
import { boundsOf, earliest, type Quantity, type Simple } from "./quantity.ts";
import { untilFirstRemoval, untilRemoved, untilReturned, type ServerFailure } from "./tcp-check.ts";

/** What can be wrong with a real server, in the order of the tables. */
export const SERVER_EVENTS = [
  "mysqld-down",
  "host-silent",
  "mysqld-frozen",
  "down-at-start",
] as const;
export type ServerEvent = (typeof SERVER_EVENTS)[number];

export const SERVER_EVENT_WORDS: Readonly<Record<ServerEvent, string>> = {
  "mysqld-down": "mysqld killed, stopped",
  "host-silent": "host off, cut, silent",
  "mysqld-frozen": "mysqld frozen",
  "down-at-start": "down at keepalived's start",
};

/** `not-in`: it is not in the table to begin with. */
export type ServerOutcome = "leaves" | "never" | "not-in" | "unknown";

export interface ServerRow {
  readonly event: ServerEvent;
  readonly outcome: ServerOutcome;
  /** From the event to the removal, when it leaves. */
  readonly removed?: Quantity;
  /** From the moment at which the server is well again; absent where that is not known, or does not happen. */
  readonly returned?: Quantity;
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
}

/** Servers of one service that are looked at alike. */
export interface PredictedServers {
  readonly servers: readonly {
    readonly address: string;
    readonly port: number;
    readonly weight: number;
  }[];
  readonly checkers: readonly string[];
  /** With persistence: until when a client that was given this server is sent to it, dead or not. */
  readonly tiedClients?: "until-removed" | "until-back";
  readonly rows: readonly ServerRow[];
}

export interface PredictedService {
  /** `198.18.7.100:3306`, `fwmark 5`, `group NAME`. */
  readonly service: string;
  /** Nodes that say the same of it. */
  readonly directors: readonly string[];
  readonly keepalivedVersion: KeepalivedVersion;
  readonly scheduler: string;
  readonly forwarding: VirtualServer["forwarding"];
  readonly persistenceTimeoutUs?: Us;
  readonly servers: readonly PredictedServers[];
}

/** In the order of the nodes and of their files; what several nodes say alike stands once. */
export function predictServices(nodes: readonly PredictedNode[]): PredictedService[] {
  const found = new Map<string, PredictedService>();
  for (const node of nodes) {
    for (const server of node.config.virtualServers.filter((item) => directs(item, node))) {
      const service = predictedService(server, node);
      const key = JSON.stringify({ ...service, directors: [] });
      const known = found.get(key);
      const directors = [...new Set([...(known?.directors ?? []), node.name])];
      found.set(key, { ...service, directors });
    }
  }
  return [...found.values()];
}

function predictedService(server: VirtualServer, node: PredictedNode): PredictedService {
  const { name, config } = node;
  const { persistenceTimeoutUs, scheduler, forwarding } = server;
  return {
    service: serviceName(server),
    directors: [name],
    keepalivedVersion: config.version,
    scheduler,
    forwarding,
    ...(persistenceTimeoutUs === 0 ? {} : { persistenceTimeoutUs }),
    servers: alike(server.realServers.map((real) => predictedServer(server, real, node))),
  };
}

function alike(all: readonly PredictedServers[]): PredictedServers[] {
  const groups = Map.groupBy(all, (item) => JSON.stringify({ ...item, servers: [] }));
  return [...groups.values()].flatMap((list) => {
    const [first] = list;
    return first === undefined
      ? []
      : [{ ...first, servers: list.flatMap(({ servers }) => servers) }];
  });
}

function predictedServer(
  server: VirtualServer,
  real: RealServer,
  node: PredictedNode,
): PredictedServers {
  const { address, port, weight, checkers, inhibitOnFailure } = real;
  const profile = profileOf(node.config.version);
  const end = endOfDirector(server, real, node);
  return {
    servers: [{ address, port, weight }],
    checkers: checkers.map(({ kind }) => kind),
    ...(server.persistenceTimeoutUs === 0
      ? {}
      : { tiedClients: inhibitOnFailure ? "until-back" : "until-removed" }),
    rows: SERVER_EVENTS.map((event) => ({
      event,
      ...withEnd(serverRow(real, profile, event), end),
    })),
  };
}

type Told = Omit<ServerRow, "event">;

/** What the removal does to keepalived itself. */
interface End {
  /** The removal of this server alone is enough. */
  readonly sure: boolean;
  readonly note: string;
}

function endOfDirector(
  server: VirtualServer,
  real: RealServer,
  node: PredictedNode,
): End | undefined {
  const stoppers = stoppersOf(server, real, node);
  if (stoppers.includes("notify_down")) {
    const note =
      "the removal runs notify_down, which stops keepalived on the director: its addresses leave, and the server is not put back";
    return { sure: true, note };
  }
  if (!stoppers.includes("quorum_down")) return undefined;
  const { left, needed, lost } = quorumWithout(server, real);
  const note = lost
    ? `the removal loses the quorum (weight ${left} is left, ${needed} is needed) and runs quorum_down, which stops ` +
      "keepalived on the director: its addresses leave, and the server is not put back"
    : `quorum_down stops keepalived on the director once a weight of less than ${needed} is left; without this server alone it is ${left}`;
  return { sure: lost, note };
}

function withEnd(told: Told, end: End | undefined): Told {
  if (end === undefined || told.outcome === "never" || told.outcome === "not-in") return told;
  const { returned, ...rest } = told;
  return {
    ...rest,
    ...(end.sure || returned === undefined ? {} : { returned }),
    notes: [...told.notes, end.note],
  };
}

function serverRow(real: RealServer, profile: VersionProfile, event: ServerEvent): Told {
  const none = { reasons: [], notes: [] };
  if (real.checkers.length === 0) {
    const reasons = ["no checker: nothing looks at the server"];
    return { outcome: "never", ...none, reasons };
  }
  const alpha = real.checkers.some((checker) => checker.alpha);
  if (event === "down-at-start" && alpha) {
    const reasons = ["alpha: a server gets into the table with its first good check"];
    return { outcome: "not-in", ...none, reasons };
  }
  const looks = real.checkers.map((checker) => lookOf(checker, real, profile, event));
  const times = looks.flatMap(({ removed }) => removed ?? []);
  const notes = [...new Set(looks.flatMap((look) => look.notes))];
  const reasons = [...new Set(looks.flatMap(({ reason }) => reason ?? []))];
  const unknown = looks.some((look) => look.unknown);
  if (times.length === 0) return { outcome: unknown ? "unknown" : "never", reasons, notes };
  // The first of several that fails takes it out.
  const removed = earliest(times);
  if (unknown) {
    const most = `${formatSeconds(boundsOf(removed).maxUs)} at most, by the checkers that are computed; another may be sooner`;
    return { outcome: "unknown", reasons: [most, ...reasons], notes };
  }
  const failed = looks.filter((look) => look.removed !== undefined);
  const returned = slowest(failed.map((look) => look.returned));
  return {
    outcome: "leaves",
    removed,
    ...(returned === undefined ? {} : { returned }),
    reasons: [],
    notes: [...notes, ...reasons],
  };
}

/** All that failed have to be content again; nothing is known where one is not computed. */
function slowest(all: readonly (Quantity | undefined)[]): Quantity | undefined {
  const known = all.filter((item) => item !== undefined);
  if (known.length < all.length) return undefined;
  return known.toSorted((a, b) => boundsOf(b).maxUs - boundsOf(a).maxUs)[0];
}

/** What one checker sees of one event. */
interface Look {
  readonly removed?: Simple;
  readonly returned?: Quantity;
  readonly unknown: boolean;
  readonly reason?: string;
  readonly notes: readonly string[];
}

function lookOf(
  checker: Checker,
  real: RealServer,
  profile: VersionProfile,
  event: ServerEvent,
): Look {
  switch (checker.kind) {
    case "TCP_CHECK":
      return tcpLook(checker, real, profile, event);
    case "MISC_CHECK":
      return miscLook(checker, event);
    case "PING_CHECK":
      if (event === "mysqld-down" || event === "mysqld-frozen") {
        return { unknown: false, reason: "PING_CHECK sees the host, not its mysqld", notes: [] };
      }
      return { unknown: true, reason: "PING_CHECK is not computed", notes: [] };
    default: {
      const reason = `${checker.kind} is not computed: it does not ask for MySQL`;
      return { unknown: true, reason, notes: [] };
    }
  }
}

function tcpLook(
  checker: Checker,
  real: RealServer,
  profile: VersionProfile,
  event: ServerEvent,
): Look {
  const { connectTo, timing } = checker;
  const silent = event === "host-silent";
  // keepalived clears the port of a server behind a fwmark: it stands for any (`check_data.c:validate_check_config`, 2.0.0).
  const anyPort = real.port === 0;
  const otherPort = connectTo.port !== real.port && !anyPort;
  if (connectTo.address !== real.address || (otherPort && !silent)) {
    const reason =
      connectTo.address === real.address
        ? `TCP_CHECK looks at port ${connectTo.port}, not at the server's ${real.port}`
        : `TCP_CHECK looks at ${endpointName(connectTo)}, not at the server`;
    return { unknown: false, reason, notes: [] };
  }
  const taken =
    anyPort && !silent
      ? [
          `the service takes any port: ${connectTo.port === 0 ? "the port that TCP_CHECK looks at" : `port ${connectTo.port} of TCP_CHECK`} is taken to be mysqld's`,
        ]
      : [];
  if (event === "down-at-start") {
    const removed = untilFirstRemoval(timing, { kind: "refused" });
    const notes = ["one failure of the first check is enough", ...taken];
    return { removed, unknown: false, notes };
  }
  const failure = FAILURES[event];
  return {
    removed: untilRemoved(timing, profile, failure),
    returned: untilReturned(timing, profile, failure.kind),
    unknown: false,
    notes: [...(event === "mysqld-frozen" ? [FROZEN] : []), ...taken],
  };
}

const FAILURES: Readonly<Record<Exclude<ServerEvent, "down-at-start">, ServerFailure>> = {
  "mysqld-down": { kind: "refused" },
  "host-silent": { kind: "silent" },
  "mysqld-frozen": { kind: "full-queue", backlog: ANY_BACK_LOG },
};

const FROZEN =
  `TCP_CHECK: the kernel answers for a frozen mysqld until its listen queue is full, ${ANY_BACK_LOG.least} (MariaDB) ` +
  `to ${ANY_BACK_LOG.most} (MySQL 9.7) places: the mean says nothing; clients fill it sooner`;

/** The script is taken to do what it is meant to: to fail where mysqld refuses, and to hang where nothing answers. */
function miscLook(checker: Checker, event: ServerEvent): Look {
  if (event === "down-at-start") {
    return { unknown: true, reason: "MISC_CHECK: its first run is not computed", notes: [] };
  }
  const ends = event === "mysqld-down" ? "fails" : "hangs";
  const timeoutUs = checker.scriptTimeoutUs ?? checker.timing.delayLoopUs;
  return {
    removed: untilMiscFailed(checker, { ends, remarks: [] }),
    unknown: false,
    notes: [
      `MISC_CHECK is taken to fail when mysqld refuses and to hang, until it is ended after ${formatSeconds(timeoutUs)}, when nothing answers; when it puts a server back is not computed`,
    ],
  };
}
