/** What connects or asks over the network: ping, nc, telnet, curl, wget, `/dev/tcp`. */
import { seconds, type Us } from "../../core/time.ts";
import { CONNECT_SILENT_US, CONNECT_US, PING_SILENT_US, PING_US, PROCESS_US } from "../costs.ts";
import type { CommandEnd } from "../host.ts";
import { ended, optionsOf, unmodelled, type Call } from "./call.ts";

interface Reached {
  readonly how: "open" | "refused" | "silent";
  readonly durationUs: Us;
}

function reach(call: Call, address: string, port: number, limitUs: Us | undefined): Reached {
  const how = call.host.connect(address === "localhost" ? "127.0.0.1" : address, port);
  const waitedUs = Math.min(limitUs ?? CONNECT_SILENT_US, CONNECT_SILENT_US);
  return { how, durationUs: PROCESS_US + (how === "silent" ? waitedUs : CONNECT_US) };
}

function limitOf(text: string | undefined): Us | undefined {
  const value = Number(text);
  return text === undefined || Number.isNaN(value) || value <= 0 ? undefined : seconds(value);
}

/** The redirection of bash: no process of its own. */
export function devTcp(call: Call): CommandEnd {
  const [address = "", port = ""] = call.args;
  const { how, durationUs } = reach(call, address, Number(port), undefined);
  const error = how === "refused" ? "connect: Connection refused" : "connect: Connection timed out";
  return ended("", how === "open" ? 0 : 1, how === "open" ? "" : error, durationUs - PROCESS_US);
}

/** -z only looks; without it the end of standard input ends the call, as with `echo x | nc`. */
export function nc(call: Call): CommandEnd {
  const options = optionsOf(call.args, "zvnut46Nkl", "wipsqX");
  const [address = "", port = ""] = options.rest;
  if (options.has("l") || options.has("u")) return unmodelled(`nc ${call.args.join(" ")}`);
  const limit = limitOf(options.value("w"));
  const { how, durationUs } = reach(call, address, Number(port), limit);
  const text =
    how === "open"
      ? `Connection to ${address} ${port} port [tcp/*] succeeded!\n`
      : `nc: connect to ${address} port ${port} (tcp) failed: ${how === "refused" ? "Connection refused" : "Connection timed out"}\n`;
  if (how === "open" && !options.has("z") && limit === undefined && !options.has("q"))
    return { kind: "hangs" };
  return ended(
    "",
    how === "open" ? 0 : 1,
    options.has("v") || options.has("z") ? text : "",
    durationUs,
  );
}

/** At the end of standard input telnet closes the connection at once and ends with 1. */
export function telnet(call: Call): CommandEnd {
  const [address = "", port = "23"] = call.args.filter((arg) => !arg.startsWith("-"));
  const { how, durationUs } = reach(call, address, Number(port), undefined);
  if (how !== "open") {
    const why = how === "refused" ? "Connection refused" : "Connection timed out";
    return ended(
      `Trying ${address}...\n`,
      1,
      `telnet: Unable to connect to remote host: ${why}\n`,
      durationUs,
    );
  }
  const text = `Trying ${address}...\nConnected to ${address}.\nEscape character is '^]'.\n`;
  return ended(text, 1, "Connection closed by foreign host.\n", durationUs);
}

/** Host and port of a URL. */
function target(url: string): { address: string; port: number } | undefined {
  const match = /^(?:(https?|tcp|telnet):\/\/)?(?:[^@/]*@)?([^:/?#]+)(?::(\d+))?/.exec(url);
  if (match === null) return undefined;
  return { address: match[2] ?? "", port: Number(match[3] ?? (match[1] === "https" ? 443 : 80)) };
}

/** What an open port would say is not known, so a page is empty; exit codes as in curl(1). */
export function curl(call: Call): CommandEnd {
  const options = optionsOf(call.args, "sSfLkIiGvN046#", "moXHdwuAebxTFQrEK", {
    "--silent": "s",
    "--show-error": "S",
    "--fail": "f",
    "--insecure": "k",
    "--location": "L",
    "--head": "I",
    "--max-time=": "m",
    "--connect-timeout=": "c",
    "--output=": "o",
    "--request=": "X",
    "--header=": "H",
    "--data=": "d",
    "--data-binary=": "d",
    "--data-raw=": "d",
    "--write-out=": "w",
    "--user=": "u",
    "--retry=": "r",
  });
  const [url] = options.rest;
  const to = url === undefined ? undefined : target(url);
  if (to === undefined) return ended("", 2, "curl: no URL specified!\n");
  const limit = limitOf(options.value("c")) ?? limitOf(options.value("m"));
  const { how, durationUs } = reach(call, to.address, to.port, limit);
  const { address, port } = to;
  if (how === "refused") {
    return ended(
      written(options.value("w"), "000"),
      7,
      `curl: (7) Failed to connect to ${address} port ${String(port)}: Connection refused\n`,
      durationUs,
    );
  }
  if (how === "silent") {
    return ended(
      written(options.value("w"), "000"),
      28,
      `curl: (28) Connection timed out\n`,
      durationUs,
    );
  }
  return ended(written(options.value("w"), "200"), 0, "", durationUs);
}

function written(format: string | undefined, code: string): string {
  return (format ?? "")
    .replaceAll("%{http_code}", code)
    .replaceAll("%{response_code}", code)
    .replaceAll("\\n", "\n");
}

/** wget(1): 4 is a network failure. */
export function wget(call: Call): CommandEnd {
  const options = optionsOf(call.args, "qSN", "OTtPo", {
    "--quiet": "q",
    "--timeout=": "T",
    "--tries=": "t",
    "--spider": "q",
    "--output-document=": "O",
  });
  const to = target(options.rest[0] ?? "");
  if (to === undefined) return ended("", 1, "wget: missing URL\n");
  const { how, durationUs } = reach(call, to.address, to.port, limitOf(options.value("T")));
  return how === "open"
    ? ended("", 0, "", durationUs)
    : ended("", 4, "failed: Connection refused.\n", durationUs);
}

export function ping(call: Call): CommandEnd {
  const options = optionsOf(call.args, "qnfabAvR46", "cwWiIstM");
  const address = options.rest.at(-1) ?? "";
  const count = options.value("c");
  const answers = call.host.ping(address === "localhost" ? "127.0.0.1" : address);
  const deadline = limitOf(options.value("w"));
  // Without a count or a deadline ping never ends.
  if (count === undefined && deadline === undefined) return { kind: "hangs" };
  const packets = Number(count ?? 1);
  const interval = limitOf(options.value("i")) ?? seconds(1);
  const wait = limitOf(options.value("W")) ?? PING_SILENT_US;
  const spentUs = (packets - 1) * interval + (answers ? PING_US : wait);
  const durationUs = PROCESS_US + Math.min(spentUs, deadline ?? spentUs);
  const loss = answers ? "0" : "100";
  const text = [
    `PING ${address} (${address}) 56(84) bytes of data.`,
    ...(answers && !options.has("q")
      ? Array.from(
          { length: packets },
          (_, at) => `64 bytes from ${address}: icmp_seq=${String(at + 1)} ttl=64 time=0.3 ms`,
        )
      : []),
    "",
    `--- ${address} ping statistics ---`,
    `${String(packets)} packets transmitted, ${answers ? String(packets) : "0"} received, ${loss}% packet loss, time ${String((packets - 1) * 1000)}ms`,
    ...(answers ? ["rtt min/avg/max/mdev = 0.300/0.300/0.300/0.000 ms"] : []),
    "",
  ].join("\n");
  return ended(text, answers ? 0 : 1, "", durationUs);
}
