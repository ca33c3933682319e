/**
 * What shows sockets and addresses: netstat, ss, lsof -i, ip, ifconfig, hostname. The layout is that of
 * net-tools 2.10, iproute2 6.x and lsof 4.9x, because scripts cut columns out of it.
 */
import type { AddressEntry, CommandEnd, SocketEntry } from "../host.ts";
import { ended, optionsOf, textOf, unmodelled, type Call } from "./call.ts";

/** /etc/services, the ports such scripts look for. */
const SERVICES: Readonly<Record<number, string>> = {
  22: "ssh",
  25: "smtp",
  53: "domain",
  80: "http",
  111: "sunrpc",
  123: "ntp",
  443: "https",
  3306: "mysql",
  5432: "postgresql",
  6379: "redis",
  11211: "memcache",
};

function portName(port: number, numeric: boolean): string {
  return numeric ? String(port) : (SERVICES[port] ?? String(port));
}

const NETSTAT_LONG = {
  "--all": "a",
  "--listening": "l",
  "--numeric": "n",
  "--tcp": "t",
  "--udp": "u",
  "--programs": "p",
  "--program": "p",
  "--extend": "e",
  "--processes": "p",
};

function endOf(
  address: string,
  port: number | undefined,
  numeric: boolean,
  spoken: boolean,
): string {
  const host =
    spoken && !numeric && (address === "127.0.0.1" || address === "::1") ? "localhost" : address;
  return `${host}:${port === undefined ? "*" : portName(port, numeric)}`;
}

function shown(sockets: readonly SocketEntry[], all: boolean, listening: boolean): SocketEntry[] {
  return sockets.filter((one) =>
    listening ? one.state === "LISTEN" : all || one.state !== "LISTEN",
  );
}

function owner(one: SocketEntry): string {
  return one.pid === undefined || one.process === undefined || one.state === "TIME_WAIT"
    ? "-"
    : `${String(one.pid)}/${one.process.slice(0, 13)}`;
}

export function netstat(call: Call): CommandEnd {
  const options = optionsOf(call.args, "anltupeoWc46wxrsig", "A", NETSTAT_LONG);
  if (options.has("r") || options.has("i") || options.has("s"))
    return unmodelled("netstat -r, -i, -s");
  const [all, listening] = [options.has("a"), options.has("l")];
  const numeric = options.has("n");
  const title = listening ? "(only servers)" : all ? "(servers and established)" : "(w/o servers)";
  const columns = options.has("p") ? "PID/Program name    " : "";
  const lines = [
    `Active Internet connections ${title}`,
    `Proto Recv-Q Send-Q Local Address           Foreign Address         State       ${columns}`,
  ];
  const wantsTcp = options.has("t") || !(options.has("u") || options.has("x") || options.has("w"));
  for (const one of wantsTcp ? shown(call.host.sockets(), all, listening) : []) {
    const any = one.protocol === "tcp6" ? "::" : "0.0.0.0";
    const local = endOf(one.address, one.port, numeric, true);
    const peer =
      one.peer === undefined ? `${any}:*` : endOf(one.peer.address, one.peer.port, numeric, true);
    const process = options.has("p") ? `${owner(one).padEnd(19)} ` : "";
    lines.push(
      `${one.protocol.padEnd(4)}  ${"0".padStart(6)} ${"0".padStart(6)} ${local.padEnd(23)} ${peer.padEnd(23)} ${one.state.padEnd(11)} ${process}`,
    );
  }
  const unix = options.has("x") || !["t", "u", "w"].some((flag) => options.has(flag));
  if (unix) lines.push(...unixSockets(call, all, listening));
  return ended(textOf(lines));
}

/** The server's own socket file is the one that scripts meet. */
function unixSockets(call: Call, all: boolean, listening: boolean): string[] {
  const title = listening ? "(only servers)" : all ? "(servers and established)" : "(w/o servers)";
  const lines = [
    `Active UNIX domain sockets ${title}`,
    "Proto RefCnt Flags       Type       State         I-Node   Path",
  ];
  if (!all && !listening) return lines;
  const paths = [
    "/run/systemd/private",
    "/var/lib/mysql/mysql.sock",
    "/var/run/mysqld/mysqld.sock",
    "/tmp/mysql.sock",
  ];
  for (const [at, path] of paths.entries()) {
    if (at > 0 && call.host.fileKind(path) !== "socket") continue;
    lines.push(
      `unix  2      [ ACC ]     STREAM     LISTENING     ${String(20_000 + at)}    ${path}`,
    );
  }
  return lines;
}

/** Filters of ss: `sport = :3306`, `( dport = :80 or sport = :80 )`, `state listening`. */
function ssFilter(words: readonly string[]): ((one: SocketEntry) => boolean) | undefined {
  const text = words.join(" ").replaceAll(/[()]/g, " ");
  const state = /\bstate (\S+)/.exec(text)?.[1]?.replace("-", "_").toUpperCase();
  const ports = [...text.matchAll(/\b(sport|dport) (?:=|==|eq) *:?(\w+)/g)];
  const rest = text
    .replaceAll(/\bstate \S+|\b(?:sport|dport) (?:=|==|eq) *:?\w+|\bor\b|\band\b|\|\|?|&&?/g, "")
    .trim();
  if (rest !== "") return undefined;
  const wanted = state === "LISTENING" ? "LISTEN" : state;
  return (one) =>
    (wanted === undefined || wanted === "ALL" || one.state === wanted) &&
    (ports.length === 0 ||
      ports.some(([, side, port]) => {
        const number = side === "sport" ? one.port : one.peer?.port;
        return number !== undefined && (String(number) === port || SERVICES[number] === port);
      }));
}

export function ss(call: Call): CommandEnd {
  const options = optionsOf(call.args, "anltupeoimHsrx46", "fA", {
    ...NETSTAT_LONG,
    "--no-header": "H",
    "--oneline": "O",
  });
  const filter = ssFilter(options.rest);
  if (filter === undefined || options.has("s")) return unmodelled(`ss ${call.args.join(" ")}`);
  const numeric = options.has("n");
  const [all, listening] = [
    options.has("a") || /\bstate\b/.test(options.rest.join(" ")),
    options.has("l"),
  ];
  const netid = !options.has("t");
  const lines = options.has("H")
    ? []
    : [
        `${netid ? "Netid " : ""}State      Recv-Q Send-Q  Local Address:Port    Peer Address:Port ${options.has("p") ? "Process" : ""}`,
      ];
  for (const one of shown(call.host.sockets(), all, listening).filter(filter)) {
    if (options.has("u") && !options.has("t")) continue;
    const state = { LISTEN: "LISTEN", ESTABLISHED: "ESTAB", TIME_WAIT: "TIME-WAIT" }[one.state];
    const any = one.protocol === "tcp6" ? (one.address === "::" ? "*" : "[::]") : "0.0.0.0";
    const address = one.protocol === "tcp6" && one.address === "::" ? "*" : one.address;
    const local = `${address}:${portName(one.port, numeric)}`;
    const peer =
      one.peer === undefined
        ? `${any}:*`
        : `${one.peer.address}:${portName(one.peer.port, numeric)}`;
    const process =
      options.has("p") && one.process !== undefined && one.pid !== undefined
        ? `users:(("${one.process}",pid=${String(one.pid)},fd=20))`
        : "";
    const queue = one.state === "LISTEN" ? "128" : "0";
    lines.push(
      `${netid ? "tcp   " : ""}${state.padEnd(10)} ${"0".padEnd(6)} ${queue.padEnd(6)} ${local.padStart(20)} ${peer.padStart(20)} ${process}`,
    );
  }
  return ended(textOf(lines));
}

/** Only questions about ports (`lsof -i :3306`); open files are not modelled. */
export function lsof(call: Call): CommandEnd {
  const { args } = call;
  const at = args.findIndex((arg) => arg.startsWith("-i"));
  if (at < 0) return unmodelled(`lsof ${call.args.join(" ")}`);
  const given = args[at] ?? "";
  const spec =
    given === "-i" && /^(?:tcp|udp|[46])?[@:\d]/i.test(args[at + 1] ?? "")
      ? (args[at + 1] ?? "")
      : given.slice(2);
  const ports = /:([\w,-]+)$/.exec(spec)?.[1]?.split(",");
  const quiet = args.some((arg) => /^-[a-zA-Z]*t[a-zA-Z]*$/.test(arg) && !arg.startsWith("-i"));
  const listening = args.some((arg) => /LISTEN/i.test(arg));
  const numeric = args.some((arg) => /^-[a-zA-Z]*P/.test(arg));
  const hits = call.host.sockets().filter((one) => {
    if (one.pid === undefined || (listening && one.state !== "LISTEN")) return false;
    return (
      ports === undefined ||
      ports.includes(String(one.port)) ||
      ports.includes(String(one.peer?.port))
    );
  });
  if (hits.length === 0) return ended("", 1);
  if (quiet) return ended(textOf([...new Set(hits.map((one) => String(one.pid)))]));
  const rows = hits.map((one) => {
    const address = one.address === "0.0.0.0" || one.address === "::" ? "*" : one.address;
    const kind = one.protocol === "tcp6" ? "IPv6" : "IPv4";
    const peer =
      one.peer === undefined ? "" : `->${one.peer.address}:${portName(one.peer.port, numeric)}`;
    return `${(one.process ?? "").slice(0, 9).padEnd(9)} ${String(one.pid).padStart(5)} root   20u  ${kind}  20123      0t0  TCP ${address}:${portName(one.port, numeric)}${peer} (${one.state})`;
  });
  return ended(textOf(["COMMAND     PID USER   FD   TYPE DEVICE SIZE/OFF NODE NAME", ...rows]));
}

function byInterface(entries: readonly AddressEntry[]): Map<string, AddressEntry[]> {
  const groups = new Map<string, AddressEntry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.interface);
    if (group === undefined) groups.set(entry.interface, [entry]);
    else group.push(entry);
  }
  return groups;
}

function maskOf(prefixLength: number): string {
  const bits = prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
  return [24, 16, 8, 0].map((shift) => String((bits >>> shift) & 255)).join(".");
}

function broadcastOf(address: string, prefixLength: number): string {
  const number = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const host = prefixLength === 32 ? 0 : 2 ** (32 - prefixLength) - 1;
  const all = number - (number % (host + 1)) + host;
  return [24, 16, 8, 0].map((shift) => String(Math.floor(all / 2 ** shift) % 256)).join(".");
}

function ipLines(call: Call, only: string | undefined, oneLine: boolean, v4: boolean): string[] {
  const lines: string[] = [];
  let index = 0;
  for (const [name, entries] of byInterface(call.host.addresses())) {
    index += 1;
    if (only !== undefined && only !== name) continue;
    const loopback = name === "lo";
    if (!oneLine) {
      const flags = loopback
        ? "<LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN"
        : "<BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP";
      lines.push(`${String(index)}: ${name}: ${flags} group default qlen 1000`);
      const mac = loopback
        ? "00:00:00:00:00:00 brd 00:00:00:00:00:00"
        : "52:54:00:00:00:01 brd ff:ff:ff:ff:ff:ff";
      if (!v4) lines.push(`    link/${loopback ? "loopback" : "ether"} ${mac}`);
    }
    for (const { address, prefixLength } of entries) {
      const family = address.includes(":") ? "inet6" : "inet";
      const scope = loopback ? "host" : "global";
      const where = `${family} ${address}/${String(prefixLength)} ${loopback || prefixLength === 32 || family === "inet6" ? "" : `brd ${broadcastOf(address, prefixLength)} `}scope ${scope} ${family === "inet6" ? "" : name}`;
      if (oneLine)
        lines.push(
          `${String(index)}: ${name}    ${where}\\       valid_lft forever preferred_lft forever`,
        );
      else lines.push(`    ${where.trimEnd()}`, "       valid_lft forever preferred_lft forever");
    }
  }
  return lines;
}

export function ip(call: Call): CommandEnd {
  const options = call.args.filter((arg) => arg.startsWith("-"));
  const [object = "", verb = "show", ...rest] = call.args.filter((arg) => !arg.startsWith("-"));
  if (/^a(?:d|dd|ddr|ddre|ddres|ddress)?$/.test(object)) {
    if (/^(?:add|del|delete|d)$/.test(verb)) return changeAddress(call, verb.startsWith("a"), rest);
    const words = /^(?:s|sh|sho|show|list|ls|l)$/.test(verb) ? rest : [verb, ...rest];
    const dev = words.indexOf("dev");
    const only =
      dev >= 0
        ? words[dev + 1]
        : words.find((word) => !["to", "scope", "up", "global"].includes(word));
    if (words.includes("to")) return unmodelled(`ip ${call.args.join(" ")}`);
    const oneLine = options.some(
      (arg) => /^-(?:o|oneline|\d?o\d?)$/.test(arg) || arg.startsWith("-o"),
    );
    const lines = ipLines(
      call,
      verb === "show" && rest.length === 0 ? undefined : only,
      oneLine,
      options.includes("-4"),
    );
    if (lines.length === 0 && only !== undefined)
      return ended("", 1, `Device "${only}" does not exist.\n`);
    return ended(textOf(lines));
  }
  if (/^r(?:o|oute)?$/.test(object) && /^(?:show|list|ls|s)$/.test(verb)) {
    const first = call.host.addresses().find((one) => one.interface !== "lo");
    if (first === undefined) return ended("");
    const network = first.address.replace(/\d+$/, "");
    return ended(
      textOf([
        `default via ${network}1 dev ${first.interface}`,
        `${network}0/24 dev ${first.interface} proto kernel scope link src ${first.address}`,
      ]),
    );
  }
  if (/^(?:l|link)$/.test(object) && verb === "show")
    return ended(
      textOf(
        ipLines(
          call,
          rest.find((word) => word !== "dev"),
          false,
          false,
        ).filter((line) => !/inet|valid_lft/.test(line)),
      ),
    );
  call.host.act(call.argv);
  return /^(?:route|r|ro|rule|neigh|link|l)$/.test(object)
    ? ended("")
    : unmodelled(`ip ${call.args.join(" ")}`);
}

function changeAddress(call: Call, add: boolean, words: readonly string[]): CommandEnd {
  const [address = "", length] = (words[0] ?? "").split("/");
  const dev = words.indexOf("dev");
  const name = dev >= 0 ? (words[dev + 1] ?? "") : "";
  const prefixLength = length === undefined ? 32 : Number(length);
  if (call.host.changeAddress(name, address, prefixLength, add ? "add" : "remove"))
    return ended("");
  // iproute2 ends with 2 when the kernel refuses (ip(8), EXIT STATUS).
  return ended(
    "",
    2,
    `RTNETLINK answers: ${add ? "File exists" : "Cannot assign requested address"}\n`,
  );
}

export function ifconfig(call: Call): CommandEnd {
  const [name, ...rest] = call.args.filter((arg) => arg !== "-a");
  if (name !== undefined && rest.length > 0) return changeInterface(call, name, rest);
  const groups = byInterface(call.host.addresses());
  const wanted = name === undefined ? undefined : name.split(":")[0];
  const blocks = [...groups].filter(([one]) => wanted === undefined || one === wanted);
  if (blocks.length === 0 && name !== undefined) {
    return ended("", 1, `${name}: error fetching interface information: Device not found\n`);
  }
  const text = blocks
    .map(([one, entries]) => {
      const flags =
        one === "lo"
          ? "flags=73<UP,LOOPBACK,RUNNING>  mtu 65536"
          : "flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500";
      // ifconfig knows one address of an interface; those that keepalived adds do not show.
      const { address, prefixLength } = entries[0] ?? { address: "0.0.0.0", prefixLength: 0 };
      const broadcast = one === "lo" ? "" : `  broadcast ${broadcastOf(address, prefixLength)}`;
      return `${one}: ${flags}\n        inet ${address}  netmask ${maskOf(prefixLength)}${broadcast}\n`;
    })
    .join("\n");
  return ended(text);
}

function changeInterface(call: Call, name: string, words: readonly string[]): CommandEnd {
  const [first = ""] = words;
  if (/^\d+\.\d+\.\d+\.\d+/.test(first)) {
    const [address = "", length = "24"] = first.split("/");
    call.host.changeAddress(name.split(":")[0] ?? name, address, Number(length), "add");
    return ended("");
  }
  call.host.act(call.argv);
  return ended("");
}

export function hostname(call: Call): CommandEnd {
  const name = call.host.hostname();
  const [flag] = call.args;
  const addresses = call.host.addresses().filter((one) => one.interface !== "lo");
  if (flag === "-I" || flag === "--all-ip-addresses")
    return ended(`${addresses.map((one) => one.address).join(" ")} \n`);
  if (flag === "-i" || flag === "--ip-address")
    return ended(`${addresses[0]?.address ?? "127.0.1.1"}\n`);
  if (flag === "-s" || flag === "--short") return ended(`${name.split(".")[0] ?? ""}\n`);
  if (flag === undefined || flag.startsWith("-")) return ended(`${name}\n`);
  call.host.act(call.argv);
  return ended("");
}
