/** SSL, virtual_server_group, virtual_server and real_server (check_parser.c). */
import type { ScriptCommand, VirtualServerGroup, VirtualService } from "../config.ts";
import type { Keyword, KeywordTable, Line, Reader } from "../reading/reader.ts";
import type { Word } from "../reading/words.ts";
import type {
  CheckDraft,
  Endpoint,
  Forwarding,
  RealServerDraft,
  VirtualServerDraft,
} from "./check-drafts.ts";
import { readTiming, TIMING_KEYWORDS } from "./check-timing.ts";
import { checkerKeywords } from "./checkers.ts";
import { emptyBlock, keep, note, type GlobalState } from "./drafts.ts";
import { keywordsOf } from "./known.ts";
import { readNotifyScript } from "./scripts.ts";
import {
  bareAddress,
  problem,
  readSwitch,
  readWhole,
  socketFamilyOf,
  UINT_MAX,
  wholeOf,
  type Family,
} from "./values.ts";

const from = (handler: string): string => `check_parser.c:${handler}`;
const SECOND = 1_000_000;
/** libipvs.h:IPVS_SVC_PERSISTENT_TIMEOUT. */
export const PERSISTENCE_US: number = 360 * SECOND;

export function checkerRoots(
  reader: Reader,
  check: CheckDraft,
  globals: GlobalState,
): KeywordTable {
  const ssl = new Map(
    ["password", "ca", "certificate", "key"].map((name): [string, Keyword] => [
      name,
      { handler: () => undefined },
    ]),
  );
  return new Map<string, Keyword>([
    ["SSL", { handler: () => undefined, sub: ssl }],
    ["virtual_server_group", { handler: (line) => readGroup(reader, check, line) }],
    ["virtual_server", virtualServerKeyword(reader, check, globals)],
  ]);
}

interface Current {
  server: VirtualServerDraft | undefined;
  real: RealServerDraft | undefined;
}

function virtualServerKeyword(reader: Reader, check: CheckDraft, globals: GlobalState): Keyword {
  const current: Current = { server: undefined, real: undefined };
  const sub = new Map<string, Keyword>();
  const takes = serverTakes(reader, globals);
  for (const name of keywordsOf("virtual_server", reader.profile.version)) {
    const take = takes[name];
    const quoted = name === "quorum_up" || name === "quorum_down";
    sub.set(name, {
      quoted,
      handler: (line) => {
        const { server } = current;
        if (server === undefined) return;
        if (take === undefined) keep(server, line);
        else {
          note(server, line);
          take(server, line);
        }
      },
    });
  }
  sub.set("real_server", realServerKeyword(reader, check, globals, current));
  return {
    handler: (line) => {
      const service = readService(reader, line);
      current.server = service === undefined ? undefined : newServer(reader, service);
    },
    sub,
    unknown: (line) => {
      if (current.server !== undefined) keep(current.server, line, false);
    },
    end: () => {
      if (current.server === undefined) return;
      endServer(reader, current.server);
      check.servers.push(current.server);
      current.server = undefined;
    },
  };
}

function newServer(reader: Reader, service: VirtualService): VirtualServerDraft {
  const family = service.kind === "address" ? socketFamilyOf(service.address) : undefined;
  return {
    ...emptyBlock(reader.at),
    service,
    ...(family === undefined ? {} : { family }),
    timing: {},
    persistenceTimeoutUs: 0,
    alpha: false,
    omega: false,
    onePacket: false,
    haSuspend: false,
    inhibitOnFailure: false,
    quorum: 1,
    hysteresis: 0,
    weight: 1,
    realServers: [],
  };
}

/** check_data.c:alloc_vs. */
function readService(reader: Reader, line: Line): VirtualService | undefined {
  const word = reader.need(line, 1);
  const value = line.words[2];
  if (word.text === "group") return { kind: "group", name: value?.text ?? "" };
  if (word.text === "fwmark") {
    const rule = {
      min: 0,
      max: UINT_MAX,
      what: "fwmark",
      otherwise: "the block is skipped",
      source: "check_data.c:alloc_vs",
    };
    const mark = value === undefined ? undefined : wholeOf(reader, value, rule);
    if (mark !== undefined) return { kind: "fwmark", mark };
    reader.skipBlock();
    return undefined;
  }
  const endpoint = readEndpoint(reader, word, value, "virtual server", "check_data.c:alloc_vs");
  if (endpoint === undefined) reader.skipBlock();
  return endpoint === undefined ? undefined : { kind: "address", ...endpoint };
}

/** Port 0 is as none; a port that is no number drops the whole thing. */
function readEndpoint(
  reader: Reader,
  word: Word,
  port: Word | undefined,
  what: string,
  source: string,
): Endpoint | undefined {
  let number = 0;
  if (port !== undefined && !/^0*$/u.test(port.text)) {
    const rule = {
      min: 1,
      max: 65535,
      what: "port",
      otherwise: `the ${what} is dropped`,
      source: "utils.c:inet_stosockaddr",
    };
    const value = wholeOf(reader, port, rule);
    if (value === undefined) return undefined;
    number = value;
  }
  if (socketFamilyOf(word.text) !== undefined)
    return { address: bareAddress(word.text), port: number };
  problem(reader, word, {
    code: "invalid-address",
    message: `${word.text} is no address`,
    effect: `the ${what} is dropped`,
    source,
  });
  return undefined;
}

type Take = (it: VirtualServerDraft, line: Line) => void;

const SCHEDULERS: ReadonlySet<string> = new Set(
  "rr wrr lc wlc lblc sh mh dh fo ovf lblcr sed nq twos".split(" "),
);

function serverTakes(
  reader: Reader,
  globals: GlobalState,
): Readonly<Record<string, Take | undefined>> {
  const forwarding: Take = (it, line) => {
    const method = readForwarding(reader, line);
    if (method !== undefined) it.forwarding = method;
  };
  const scheduler: Take = (it, line) => {
    const word = reader.need(line, 1);
    if (SCHEDULERS.has(word.text)) it.scheduler = word.text;
    else
      problem(reader, word, {
        code: "unknown-scheduler",
        message: `${word.text} is no scheduler`,
        effect: "it is ignored",
        source: from("lbalgo_handler"),
      });
  };
  const timing = Object.fromEntries(
    TIMING_KEYWORDS.map((name): [string, Take] => [
      name,
      (it, line) => readTiming(reader, line, it.timing, "server"),
    ]),
  );
  return {
    ...timing,
    ...countTakes(reader),
    ...quorumScripts(reader, globals),
    ...sorryTakes(reader),
    lb_algo: scheduler,
    lvs_sched: scheduler,
    lb_kind: forwarding,
    lvs_method: forwarding,
    protocol: (it, line) => readProtocol(reader, it, line),
    persistence_timeout: (it, line) => readPersistence(reader, it, line),
    persistence_granularity: (it, line) => {
      reader.need(line, 1);
      if (it.persistenceTimeoutUs === 0) it.persistenceTimeoutUs = PERSISTENCE_US;
      keep(it, line);
    },
    persistence_engine: (it, line) => (reader.need(line, 1), keep(it, line)),
    ip_family: (it, line) => readFamily(reader, it, line),
    alpha: (it) => void (it.alpha = true),
    omega: (it) => void (it.omega = true),
    ops: (it) => void (it.onePacket = true),
    ha_suspend: (it) => void (it.haSuspend = true),
    inhibit_on_failure: (it) => void (it.inhibitOnFailure = true),
    smtp_alert: (it, line) => {
      const on = readSwitch(reader, line, from("vs_smtp_alert_handler"));
      if (on !== undefined) it.smtpAlert = on;
    },
    virtualhost: (it, line) => readName(reader, line, () => keep(it, line)),
    snmp_name: (it, line) => readName(reader, line, () => keep(it, line)),
    hashed: flag(reader),
    "sh-port": flag(reader),
    "sh-fallback": flag(reader),
    "mh-port": flag(reader),
    "mh-fallback": flag(reader),
  };
}

function flag(reader: Reader): Take {
  return (it, line) => {
    keep(it, line);
    if (it.scheduler === "sh" || it.scheduler === "mh") return;
    problem(reader, reader.need(line, 0), {
      code: "flag-of-another-scheduler",
      message: `${line.words[0]?.text ?? ""} belongs to the schedulers sh and mh`,
      effect: "it is ignored",
      source: from("lbflags_handler"),
    });
  };
}

function readName(reader: Reader, line: Line, take: () => void): void {
  if (line.words.length >= 2) {
    take();
    return;
  }
  problem(reader, reader.need(line, 0), {
    code: "parameter-missing",
    message: `${line.words[0]?.text ?? ""} needs a parameter`,
    effect: "it is ignored",
    source: from("vs_virtualhost_handler"),
  });
}

function countTakes(reader: Reader): Readonly<Record<string, Take>> {
  const count = (line: Line, min: number, max: number, otherwise: string): number | undefined => {
    const what = line.words[0]?.text ?? "";
    return readWhole(reader, line, 1, {
      min,
      max,
      what,
      otherwise,
      source: from(`${what}_handler`),
    });
  };
  return {
    quorum: (it, line) => void (it.quorum = count(line, 1, UINT_MAX, "it is 1") ?? 1),
    hysteresis: (it, line) =>
      void (it.hysteresis = count(line, 0, UINT_MAX, "it is ignored") ?? it.hysteresis),
    weight: (it, line) => void (it.weight = count(line, 1, 65535, "it is ignored") ?? it.weight),
  };
}

function quorumScripts(reader: Reader, globals: GlobalState): Readonly<Record<string, Take>> {
  return {
    quorum_up: (it, line) => {
      const script = readScriptOnce(reader, line, globals, it.quorumUp);
      if (script !== undefined) it.quorumUp = script;
    },
    quorum_down: (it, line) => {
      const script = readScriptOnce(reader, line, globals, it.quorumDown);
      if (script !== undefined) it.quorumDown = script;
    },
  };
}

function readScriptOnce(
  reader: Reader,
  line: Line,
  globals: GlobalState,
  before: ScriptCommand | undefined,
): ScriptCommand | undefined {
  if (before === undefined) return readNotifyScript(reader, line, globals);
  problem(reader, reader.need(line, 0), {
    code: "duplicate-notify",
    message: `${line.words[0]?.text ?? ""} is given already`,
    effect: "this second one is ignored",
    source: from("notify_up_handler"),
  });
  return undefined;
}

function sorryTakes(reader: Reader): Readonly<Record<string, Take>> {
  const early = (line: Line): void =>
    problem(reader, reader.need(line, 0), {
      code: "sorry-server-missing",
      message: `${line.words[0]?.text ?? ""} comes before sorry_server, or without it`,
      effect: "it is ignored",
      source: from("ssvri_handler"),
    });
  return {
    sorry_server: (it, line) => {
      const word = reader.need(line, 1);
      const endpoint = readEndpoint(
        reader,
        word,
        line.words[2],
        "sorry server",
        "check_data.c:alloc_ssvr",
      );
      if (endpoint === undefined) return;
      const { forwarding } = it;
      it.sorryServer = {
        ...endpoint,
        family: socketFamilyOf(word.text) ?? "inet",
        inhibit: false,
        ...(forwarding === undefined ? {} : { forwarding }),
      };
    },
    sorry_server_inhibit: (it, line) => {
      if (it.sorryServer === undefined) early(line);
      else it.sorryServer.inhibit = true;
    },
    sorry_server_lvs_method: (it, line) => {
      if (it.sorryServer === undefined) {
        early(line);
        return;
      }
      const method = readForwarding(reader, line);
      if (method !== undefined) it.sorryServer.forwarding = method;
    },
  };
}

function readForwarding(reader: Reader, line: Line): Forwarding | undefined {
  const word = reader.need(line, 1);
  if (word.text === "NAT" || word.text === "DR" || word.text === "TUN") return word.text;
  problem(reader, word, {
    code: "unknown-forwarding",
    message: `${word.text} is neither NAT nor DR nor TUN`,
    effect: "it is ignored",
    source: from("svr_forwarding_handler"),
  });
  return undefined;
}

function readProtocol(reader: Reader, it: VirtualServerDraft, line: Line): void {
  const word = reader.need(line, 1);
  const name = word.text.toUpperCase();
  if (name === "TCP" || name === "UDP" || name === "SCTP") {
    it.protocol = name;
    return;
  }
  problem(reader, word, {
    code: "unknown-protocol",
    message: `${word.text} is neither TCP nor UDP nor SCTP`,
    effect: "it is ignored",
    source: from("proto_handler"),
  });
}

function readPersistence(reader: Reader, it: VirtualServerDraft, line: Line): void {
  if (line.words.length < 2) {
    it.persistenceTimeoutUs = PERSISTENCE_US;
    return;
  }
  // global_data.h:LVS_MAX_TIMEOUT, 31 days.
  const rule = {
    min: 1,
    max: 86_400 * 31,
    what: "persistence_timeout",
    otherwise: "it is ignored",
    source: from("pto_handler"),
    strict: true,
  };
  const value = readWhole(reader, line, 1, rule);
  if (value !== undefined) it.persistenceTimeoutUs = value * SECOND;
}

function readFamily(reader: Reader, it: VirtualServerDraft, line: Line): void {
  const word = reader.need(line, 1);
  const family = word.text === "inet" || word.text === "inet6" ? word.text : undefined;
  if (family !== undefined && (it.family ?? family) === family) {
    it.family = family;
    return;
  }
  problem(reader, word, {
    code: family === undefined ? "unknown-family" : "family-conflict",
    message:
      family === undefined
        ? `${word.text} is neither inet nor inet6`
        : `${family} is not the family of the virtual server`,
    effect: "it is ignored",
    source: from("ip_family_handler"),
  });
}

function endServer(reader: Reader, it: VirtualServerDraft): void {
  const sorry = it.sorryServer;
  if (sorry === undefined || sorry.forwarding === "TUN") return;
  it.family ??= sorry.family;
  if (it.family === sorry.family) return;
  delete it.sorryServer;
  reader.report.error({
    code: "family-conflict",
    at: it.given["sorry_server"] ?? it.at,
    message: `sorry_server ${sorry.address} is not of the family of the virtual server`,
    effect: "the sorry server is dropped",
    source: from("vs_end_handler"),
  });
}

function realServerKeyword(
  reader: Reader,
  check: CheckDraft,
  globals: GlobalState,
  current: Current,
): Keyword {
  const takes = realTakes(reader, globals);
  const sub = new Map<string, Keyword>();
  for (const name of keywordsOf("real_server", reader.profile.version)) {
    const take = takes[name];
    sub.set(name, {
      quoted: name.startsWith("notify"),
      handler: (line) => {
        const { real } = current;
        if (real === undefined) return;
        if (take === undefined) keep(real, line);
        else {
          note(real, line);
          take(real, line);
        }
      },
    });
  }
  for (const [name, keyword] of checkerKeywords({
    reader,
    check,
    globals,
    realServer: () => current.real,
  }))
    sub.set(name, keyword);
  return {
    handler: (line) => {
      const word = reader.need(line, 1);
      const endpoint = readEndpoint(
        reader,
        word,
        line.words[2],
        "real server",
        "check_data.c:alloc_rs",
      );
      if (endpoint === undefined) reader.skipBlock();
      const family = socketFamilyOf(word.text) ?? "inet";
      current.real =
        endpoint === undefined
          ? undefined
          : {
              ...emptyBlock(word.at),
              endpoint,
              family,
              timing: {},
              checkers: [],
              ...forwardingOf(current),
            };
    },
    sub,
    unknown: (line) => {
      if (current.real !== undefined) keep(current.real, line, false);
    },
    end: () => {
      if (current.real !== undefined && current.server !== undefined)
        endReal(reader, current.server, current.real);
      current.real = undefined;
    },
  };
}

function forwardingOf({ server }: Current): { forwarding?: Forwarding } {
  return server?.forwarding === undefined ? {} : { forwarding: server.forwarding };
}

function endReal(reader: Reader, server: VirtualServerDraft, real: RealServerDraft): void {
  if (real.forwarding !== "TUN") {
    server.family ??= real.family;
    if (server.family !== real.family) {
      problem(
        reader,
        { text: real.endpoint.address, at: real.at },
        {
          code: "family-conflict",
          message: `real server ${real.endpoint.address} is not of the family of its virtual server`,
          effect: "the real server is dropped",
          source: from("rs_end_handler"),
        },
      );
      return;
    }
  }
  server.realServers.push(real);
}

function realTakes(
  reader: Reader,
  globals: GlobalState,
): Readonly<Record<string, ((it: RealServerDraft, line: Line) => void) | undefined>> {
  type RealTake = (it: RealServerDraft, line: Line) => void;
  const onOff =
    (source: string, take: (it: RealServerDraft, on: boolean) => void): RealTake =>
    (it, line) => {
      const on = readSwitch(reader, line, from(source));
      if (on !== undefined) take(it, on);
    };
  const threshold: RealTake = (it, line) => {
    const what = line.words[0]?.text ?? "";
    readWhole(reader, line, 1, {
      min: 0,
      max: UINT_MAX,
      what,
      otherwise: "it is ignored",
      source: from(`${what}_handler`),
    });
    keep(it, line);
  };
  const timing = Object.fromEntries(
    TIMING_KEYWORDS.map((name): [string, RealTake] => [
      name,
      (it, line) => readTiming(reader, line, it.timing, "server"),
    ]),
  );
  return {
    ...timing,
    weight: (it, line) => {
      const rule = {
        min: 0,
        max: 65535,
        what: "weight",
        otherwise: "it is ignored",
        source: from("rs_weight_handler"),
      };
      const value = readWhole(reader, line, 1, rule);
      if (value !== undefined) it.weight = value;
    },
    lvs_method: (it, line) => {
      const method = readForwarding(reader, line);
      if (method !== undefined) it.forwarding = method;
    },
    uthreshold: threshold,
    lthreshold: threshold,
    inhibit_on_failure: onOff("rs_inhibit_handler", (it, on) => void (it.inhibitOnFailure = on)),
    alpha: onOff("rs_alpha_handler", (it, on) => void (it.alpha = on)),
    smtp_alert: onOff("rs_smtp_alert_handler", (it, on) => void (it.smtpAlert = on)),
    notify_up: (it, line) => {
      const script = readScriptOnce(reader, line, globals, it.notifyUp);
      if (script !== undefined) it.notifyUp = script;
    },
    notify_down: (it, line) => {
      const script = readScriptOnce(reader, line, globals, it.notifyDown);
      if (script !== undefined) it.notifyDown = script;
    },
    virtualhost: (it, line) => readName(reader, line, () => keep(it, line)),
    snmp_name: (it, line) => readName(reader, line, () => keep(it, line)),
  };
}

/** check_data.c:alloc_vsg_entry, with ranges and masks kept as they are written. */
function readGroup(reader: Reader, check: CheckDraft, line: Line): void {
  const name = reader.need(line, 1);
  const services: VirtualService[] = [];
  let without: Family | undefined;
  const families = new Set<Family>();
  const [keyword] = line.words;
  const rest = keyword === undefined ? [] : [keyword, ...line.words.slice(2)];
  reader.valueBlock({ ...line, words: rest }, (each) => {
    const [word, value, third] = each.words;
    if (word === undefined) return;
    if (word.text === "fwmark") {
      const rule = {
        min: 0,
        max: UINT_MAX,
        what: "fwmark",
        otherwise: "it is ignored",
        source: "check_data.c:alloc_vsg_entry",
      };
      const mark = readWhole(reader, each, 1, rule);
      if (mark === undefined) return;
      if (third === undefined) without = "inet";
      else families.add(third.text === "inet6" ? "inet6" : "inet");
      services.push({ kind: "fwmark", mark });
      return;
    }
    const endpoint = readEndpoint(reader, word, value, "entry", "check_data.c:alloc_vsg_entry");
    if (endpoint === undefined) return;
    families.add(socketFamilyOf(word.text) ?? "inet");
    services.push({ kind: "address", address: word.text, port: endpoint.port });
  });
  const mixed = families.size > 1 && without !== undefined;
  if (services.length > 0 && !mixed) {
    const group: VirtualServerGroup = { ...emptyBlock(name.at), name: name.text, services };
    check.groups.add(group);
    return;
  }
  problem(reader, name, {
    code: mixed ? "family-conflict" : "empty-block",
    message: mixed
      ? `${name.text} has IPv4, IPv6 and a mark of neither`
      : `virtual_server_group ${name.text} is empty`,
    effect: "the group is dropped",
    source: from("vsg_handler"),
  });
}
