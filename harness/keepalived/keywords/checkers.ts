/** TCP_CHECK, HTTP_GET, MISC_CHECK and the others (check_api.c, check_*.c). */
import type { CheckerKind } from "../config.ts";
import type { Keyword, KeywordTable, Line, Reader } from "../reading/reader.ts";
import type { CheckDraft, CheckerDraft, RealServerDraft } from "./check-drafts.ts";
import { readTiming, TIMING_KEYWORDS } from "./check-timing.ts";
import { emptyBlock, keep, note, type GlobalState } from "./drafts.ts";
import { asIdentity, hasDefaultUser, isUser, scriptText, splitScript } from "./scripts.ts";
import {
  bareAddress,
  isLinkLocal,
  problem,
  readSwitch,
  readWhole,
  socketFamilyOf,
  UINT_MAX,
} from "./values.ts";
import { LONGEST_SECONDS } from "./vrrp-script.ts";

const SECOND = 1_000_000;

export interface CheckerContext {
  readonly reader: Reader;
  readonly check: CheckDraft;
  readonly globals: GlobalState;
  /** The real server that is being read. */
  realServer(): RealServerDraft | undefined;
}

type Take = (it: CheckerDraft, line: Line) => void;

export function checkerKeywords(context: CheckerContext): KeywordTable {
  const { version } = context.reader.profile;
  const kinds: CheckerKind[] = ["TCP_CHECK", "HTTP_GET", "SSL_GET", "SMTP_CHECK", "MISC_CHECK"];
  if (version !== "1.2.13") kinds.push("DNS_CHECK");
  if (version !== "1.2.13" && version !== "1.4.3")
    kinds.push("PING_CHECK", "UDP_CHECK", "FILE_CHECK", "BFD_CHECK");
  return new Map(kinds.map((kind) => [kind, checkerKeyword(context, kind)]));
}

function checkerKeyword(context: CheckerContext, kind: CheckerKind): Keyword {
  const { reader } = context;
  let current: CheckerDraft | undefined;
  const get = (): CheckerDraft | undefined => current;
  const sub = new Map<string, Keyword>();
  for (const [name, take] of Object.entries(takesOf(context, kind))) {
    sub.set(name, {
      quoted: name === "misc_path",
      handler: (line) => {
        if (current === undefined) return;
        note(current, line);
        take(current, line);
      },
    });
  }
  if (kind === "HTTP_GET" || kind === "SSL_GET") sub.set("url", urlKeyword(reader, get));
  if (kind === "SMTP_CHECK") sub.set("host", hostKeyword(context, get));
  return {
    handler: () => {
      current = {
        ...emptyBlock(reader.at),
        kind,
        timing: {},
        dynamicWeight: false,
        urls: [],
        usable: true,
      };
    },
    sub,
    unknown: (line) => {
      if (current !== undefined) keep(current, line, false);
    },
    end: () => {
      if (current !== undefined) finish(context, current);
      current = undefined;
    },
  };
}

function takesOf(context: CheckerContext, kind: CheckerKind): Readonly<Record<string, Take>> {
  const { reader } = context;
  if (kind === "FILE_CHECK") return fileTakes(context);
  if (kind === "BFD_CHECK") return bfdTakes(context);
  return {
    ...(kind === "MISC_CHECK" ? miscTakes(context) : connectTakes(reader)),
    ...commonTakes(reader, kind),
    ...ownTakes(reader, kind),
  };
}

/** check_api.c:install_checker_common_keywords; 1.2.13 knows fewer. */
function commonTakes(reader: Reader, kind: CheckerKind): Readonly<Record<string, Take>> {
  const timing: Take = (it, line) => readTiming(reader, line, it.timing, "checker");
  const old = reader.profile.version === "1.2.13";
  if (old) {
    const retries = kind === "SMTP_CHECK" ? { retry: timing, delay_before_retry: timing } : {};
    const delay = kind === "HTTP_GET" || kind === "SSL_GET" ? { delay_before_retry: timing } : {};
    return { warmup: timing, ...retries, ...delay };
  }
  const takes: Record<string, Take> = {};
  for (const name of TIMING_KEYWORDS) if (name !== "connect_timeout") takes[name] = timing;
  const onOff =
    (take: (it: CheckerDraft, on: boolean) => void): Take =>
    (it, line) => {
      const value = readSwitch(reader, line, "check_api.c:alpha_handler");
      if (value !== undefined) take(it, value);
    };
  takes["alpha"] = onOff((it, on) => void (it.alpha = on));
  if (reader.profile.version !== "1.4.3") takes["log_all_failures"] = onOff(() => undefined);
  return takes;
}

function connectTakes(reader: Reader): Readonly<Record<string, Take>> {
  const port = (line: Line): number | undefined => {
    const what = line.words[0]?.text ?? "";
    return readWhole(reader, line, 1, {
      min: 1,
      max: 65535,
      what,
      otherwise: "it is ignored",
      source: "check_api.c:co_port_handler",
    });
  };
  const address = (line: Line): string | undefined => {
    const word = reader.need(line, 1);
    if (socketFamilyOf(word.text) !== undefined) return bareAddress(word.text);
    problem(reader, word, {
      code: "invalid-address",
      message: `${word.text} is no address`,
      effect: "the line is ignored",
      source: "check_api.c:co_ip_handler",
    });
    return undefined;
  };
  return {
    connect_ip: (it, line) => {
      const value = address(line);
      if (value !== undefined && familiesAgree(reader, line, value, it.bindTo))
        it.connectIp = value;
    },
    connect_port: (it, line) => {
      const value = port(line);
      if (value !== undefined) it.connectPort = value;
    },
    bindto: (it, line) => {
      const value = address(line);
      if (value !== undefined && familiesAgree(reader, line, value, it.connectIp))
        it.bindTo = value;
    },
    bind_port: (_, line) => void port(line),
    bind_if: (it, line) => void (it.bindIf = reader.need(line, 1).text),
    connect_timeout: (it, line) => readTiming(reader, line, it.timing, "checker"),
    fwmark: (it, line) => {
      readWhole(reader, line, 1, {
        min: 0,
        max: UINT_MAX,
        what: "fwmark",
        otherwise: "it is ignored",
        source: "check_api.c:co_fwmark_handler",
      });
      keep(it, line);
    },
  };
}

function familiesAgree(
  reader: Reader,
  line: Line,
  value: string,
  other: string | undefined,
): boolean {
  if (other === undefined || socketFamilyOf(value) === socketFamilyOf(other)) return true;
  problem(reader, reader.need(line, 1), {
    code: "family-conflict",
    message: `${value} is not of the family of ${other}`,
    effect: "the line is ignored",
    source: "check_api.c:co_srcip_handler",
  });
  return false;
}

function ownTakes(reader: Reader, kind: CheckerKind): Readonly<Record<string, Take>> {
  const kept: Take = (it, line) => keep(it, line);
  const since14 = reader.profile.version !== "1.2.13";
  const since2 = since14 && reader.profile.version !== "1.4.3";
  switch (kind) {
    case "HTTP_GET":
    case "SSL_GET":
      return {
        nb_get_retry: (it, line) => readOldRetry(reader, it, line),
        ...(since14 ? { virtualhost: kept, enable_sni: switched(reader) } : {}),
        ...(since2 ? { http_protocol: kept, fast_recovery: switched(reader) } : {}),
        ...(reader.profile.duplicateAddressesRefused ? { tls_compliant: switched(reader) } : {}),
      };
    case "SMTP_CHECK":
      return { helo_name: kept };
    case "DNS_CHECK":
      return {
        type: (it, line) => readDnsType(reader, it, line),
        name: (it, line) => (reader.need(line, 1), keep(it, line)),
      };
    case "UDP_CHECK":
      return {
        payload: kept,
        require_reply: kept,
        min_reply_length: length(reader),
        max_reply_length: length(reader),
      };
    default:
      return {};
  }
}

function switched(reader: Reader): Take {
  return (it, line) => {
    readSwitch(reader, line, "check_http.c:enable_sni_handler");
    keep(it, line);
  };
}

function length(reader: Reader): Take {
  return (it, line) => {
    const what = line.words[0]?.text ?? "";
    const rule = {
      min: 0,
      max: 65535,
      what,
      otherwise: "it is ignored",
      source: "check_udp.c:min_length_handler",
      strict: true,
    };
    readWhole(reader, line, 1, rule);
    keep(it, line);
  };
}

function readOldRetry(reader: Reader, it: CheckerDraft, line: Line): void {
  const source = "check_http.c:http_get_retry_handler";
  if (reader.profile.version !== "1.2.13") {
    problem(reader, reader.need(line, 0), {
      code: "deprecated-keyword",
      message: "nb_get_retry is called retry",
      effect: "it is read as that",
      source,
    });
  }
  const rule = { min: 0, max: UINT_MAX, what: "nb_get_retry", otherwise: "it is ignored", source };
  const value = readWhole(reader, line, 1, rule);
  if (value !== undefined) it.timing.retry = value;
}

const DNS_TYPES: readonly string[] = [
  "A",
  "NS",
  "CNAME",
  "SOA",
  "MX",
  "TXT",
  "AAAA",
  "RRSIG",
  "DNSKEY",
];

function readDnsType(reader: Reader, it: CheckerDraft, line: Line): void {
  const word = reader.need(line, 1);
  keep(it, line);
  if (DNS_TYPES.includes(word.text.toUpperCase())) return;
  problem(reader, word, {
    code: "unknown-dns-type",
    message: `DNS_CHECK knows no type ${word.text}`,
    effect: "the type is SOA",
    source: "check_dns.c:dns_type_handler",
  });
}

function miscTakes({ reader }: CheckerContext): Readonly<Record<string, Take>> {
  return {
    misc_path: (it, line) => readMiscPath(reader, it, line),
    misc_timeout: (it, line) => {
      const rule = {
        min: 0,
        max: LONGEST_SECONDS,
        what: "misc_timeout",
        otherwise: "it is ignored",
        source: "check_misc.c:misc_timeout_handler",
      };
      const value = readWhole(reader, line, 1, rule);
      if (value !== undefined) it.scriptTimeoutUs = value * SECOND;
    },
    misc_dynamic: (it) => void (it.dynamicWeight = true),
    ...(reader.profile.version === "1.2.13"
      ? {}
      : { user: (it: CheckerDraft, line: Line) => readMiscUser(reader, it, line) }),
  };
}

function readMiscPath(reader: Reader, it: CheckerDraft, line: Line): void {
  const split = splitScript(reader, line);
  const at = line.words[0]?.at ?? it.at;
  if (split === undefined) {
    reader.report.fatal({
      code: "script-quote-crash",
      at,
      message: "a quote of the script is not closed",
      effect: "keepalived crashes while it reads this line",
      source: "check_misc.c:misc_path_handler",
      test: "crash",
    });
    return;
  }
  if (split.argv.length === 0) return;
  const { user, group } = it.command ?? {};
  it.command = {
    at,
    text: scriptText(line),
    argv: split.argv,
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
  };
}

function readMiscUser(reader: Reader, it: CheckerDraft, line: Line): void {
  const source = "check_misc.c:misc_user_handler";
  const [word, user, group] = line.words;
  if (word === undefined) return;
  if (user !== undefined && isUser(reader, user.text)) {
    it.command = { at: word.at, text: "", argv: [], ...it.command, ...asIdentity(user, group) };
    return;
  }
  if (user !== undefined) it.usable = false;
  problem(reader, user ?? word, {
    code: user === undefined ? "parameter-missing" : "script-user-unknown",
    message: user === undefined ? "user names nobody" : `there is no user ${user.text}`,
    effect:
      user === undefined ? "it is ignored" : "the checker is dropped: the real server counts as up",
    source,
  });
}

function fileTakes({ reader, check }: CheckerContext): Readonly<Record<string, Take>> {
  return {
    track_file: (it, line) => {
      const word = reader.need(line, 1);
      it.tracked = word.text;
      if (check.trackFiles.has(word.text)) return;
      delete it.tracked;
      problem(reader, word, {
        code: "track-file-not-found",
        message: `track_file ${word.text} is not defined above`,
        effect: "the line is ignored",
        source: "check_file.c:track_file_handler",
      });
    },
    weight: (it, line) => {
      const rule = {
        min: -65535,
        max: 65535,
        signed: true,
        what: "weight",
        otherwise: "it is ignored",
        source: "check_file.c:track_file_weight_handler",
      };
      readWhole(reader, line, 1, rule);
      keep(it, line);
    },
  };
}

function bfdTakes({ reader, check }: CheckerContext): Readonly<Record<string, Take>> {
  return {
    name: (it, line) => {
      const word = reader.need(line, 1);
      it.tracked = word.text;
      if (check.bfds.has(word.text)) return;
      it.usable = false;
      problem(reader, word, {
        code: "bfd-not-found",
        message: `bfd_instance ${word.text} is not defined above`,
        effect: "the checker is dropped",
        source: "check_bfd.c:bfd_name_handler",
      });
    },
    alpha: (it, line) => {
      const on = readSwitch(reader, line, "check_bfd.c:bfd_alpha_handler");
      if (on !== undefined) it.alpha = on;
    },
  };
}

function urlKeyword(reader: Reader, current: () => CheckerDraft | undefined): Keyword {
  const names = [
    "digest",
    "status_code",
    "virtualhost",
    "regex",
    "regex_no_match",
    "regex_options",
    "regex_min_offset",
    "regex_max_offset",
    "regex_stack",
    "tls_compliant",
  ];
  const sub = new Map<string, Keyword>();
  const at = (take: (url: CheckerDraft["urls"][number], line: Line) => void): Keyword => ({
    handler: (line) => {
      const url = current()?.urls.at(-1);
      if (url !== undefined) take(url, line);
    },
  });
  sub.set(
    "path",
    at((url, line) => void (url.path = reader.need(line, 1).text)),
  );
  for (const name of names) {
    sub.set(
      name,
      at((url, line) => {
        url.words.push(line.words.map(({ text }) => text));
        checkUrlWord(reader, line);
      }),
    );
  }
  return {
    handler: () => void current()?.urls.push({ words: [] }),
    sub,
    end: () => endUrl(reader, current()),
  };
}

function checkUrlWord(reader: Reader, line: Line): void {
  const [word, ...values] = line.words;
  if (word?.text === "digest") {
    const digest = reader.need(line, 1);
    if (/^[0-9A-Fa-f]{32}$/u.test(digest.text)) return;
    problem(reader, digest, {
      code: "invalid-digest",
      message: `digest ${digest.text} is not 32 hexadecimal digits`,
      effect: "the digest is not compared",
      source: "check_http.c:digest_handler",
    });
  }
  if (word?.text !== "status_code") return;
  for (const value of values) {
    const [, low, high] = /^(\d+)(?:-(\d+))?$/u.exec(value.text) ?? [];
    const [from, to] = [Number(low ?? "x"), Number(high ?? low ?? "x")];
    if (from >= 100 && to <= 599 && from <= to) continue;
    problem(reader, value, {
      code: "invalid-status-code",
      message: `${value.text} is no HTTP status`,
      effect: "it is ignored",
      source: "check_http.c:status_code_handler",
    });
  }
}

function endUrl(reader: Reader, it: CheckerDraft | undefined): void {
  if (it === undefined || it.urls.at(-1)?.path !== undefined) return;
  it.urls.pop();
  reader.report.error({
    code: "url-without-path",
    at: it.at,
    message: `a url of ${it.kind} has no path`,
    effect: "the url is dropped",
    source: "check_http.c:url_check",
  });
}

/** The host block of SMTP_CHECK, deprecated: its keywords are read and kept as words. */
function hostKeyword({ reader }: CheckerContext, current: () => CheckerDraft | undefined): Keyword {
  const spare: CheckerDraft = {
    ...emptyBlock(reader.at),
    kind: "SMTP_CHECK",
    timing: {},
    dynamicWeight: false,
    urls: [],
    usable: true,
  };
  const takes = { ...connectTakes(reader), ...commonTakes(reader, "SMTP_CHECK") };
  const sub = new Map<string, Keyword>();
  for (const [name, take] of Object.entries(takes)) {
    sub.set(name, {
      handler: (line) => {
        take(spare, line);
        const it = current();
        if (it !== undefined) keep(it, line);
      },
    });
  }
  return { handler: () => undefined, sub };
}

function finish(context: CheckerContext, it: CheckerDraft): void {
  const { reader } = context;
  const server = context.realServer();
  if (!it.usable || server === undefined) return;
  const drop = (code: string, message: string, source: string): void => {
    it.usable = false;
    reader.report.error({ code, at: it.at, message, effect: "the checker is dropped", source });
  };
  const { user } = it.command ?? {};
  if (it.kind === "MISC_CHECK" && (it.command?.argv.length ?? 0) === 0) {
    drop("script-missing", "MISC_CHECK has no misc_path", "check_misc.c:misc_end_handler");
  } else if (
    it.kind === "MISC_CHECK" &&
    user === undefined &&
    !hasDefaultUser(reader, context.globals)
  ) {
    drop(
      "script-user-unknown",
      "MISC_CHECK has no user, and there is no default one",
      "check_misc.c:misc_end_handler",
    );
  } else if ((it.kind === "HTTP_GET" || it.kind === "SSL_GET") && it.urls.length === 0) {
    drop("url-missing", `${it.kind} has no url`, "check_http.c:http_get_check_end");
  } else if ((it.kind === "FILE_CHECK" || it.kind === "BFD_CHECK") && it.tracked === undefined) {
    drop(
      "checker-names-nothing",
      `${it.kind} does not say what it follows`,
      "check_file.c:file_end_handler",
    );
  } else if (it.bindIf === undefined && isLinkLocal(it.connectIp ?? server.endpoint.address)) {
    drop(
      "link-local-without-interface",
      "a link-local address needs bind_if",
      "check_api.c:check_conn_opts",
    );
  }
  if (it.command !== undefined && user === undefined)
    it.command = { ...it.command, ...context.globals.defs.scriptUser };
  if (it.usable) server.checkers.push(it);
}
