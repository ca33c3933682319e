/**
 * Two programs have the name: iputils' (`-D`: is the address free?) and Thomas Habets' (`-d`: do several
 * hosts answer?). Exit codes and times as measured with arping 2.29 and iputils 20250605; the host that asks
 * never answers itself, so that a holder of the address sees only the others.
 */
import { milliseconds, seconds, type Us } from "../../core/time.ts";
import { PING_US, PROCESS_US } from "../costs.ts";
import type { CommandEnd } from "../host.ts";
import { ended, optionsOf, type Call } from "./call.ts";

export function arping(call: Call): CommandEnd {
  const isHabets = call.host.arpingOf() === "habets";
  const isUnknown = call.host.arpingOf() === undefined;
  const asksForDuplicates = optionsOf(call.args, HABETS_FLAGS, HABETS_VALUED).has("d");
  return isHabets || (isUnknown && asksForDuplicates) ? habets(call) : iputils(call);
}

const HABETS_FLAGS = "0aAbBdDeFpPqrRuUvzZ";
const HABETS_VALUED = "wWSTstcCimgVQ";
/** One request a second; a run with `-c 1` took 1.10 to 1.17 s, one with `-c 3` 3.1 s. */
const HABETS_START_US: Us = milliseconds(100);

/** 0 when nobody answers and when one host does: with `-d` only a second host is an error. */
function habets(call: Call): CommandEnd {
  const options = optionsOf(call.args, HABETS_FLAGS, HABETS_VALUED);
  const address = options.rest.at(-1) ?? "";
  const count = options.value("c");
  if (count === undefined && options.value("w") === undefined) return { kind: "hangs" };
  const probes = Number(count ?? options.value("w"));
  const macs = call.host.arp(address);
  const replies = macs.length * probes;
  const lines = Array.from(
    { length: replies },
    (_, at) =>
      `42 bytes from ${macs[at % macs.length] ?? ""} (${address}): index=${at} time=10.000 usec\n`,
  );
  const unanswered = macs.length === 0 ? 100 : 0;
  const text =
    `ARPING ${address}\n${lines.join("")}${macs.length === 0 ? "Timeout\n".repeat(probes) : ""}\n` +
    `--- ${address} statistics ---\n${probes} packets transmitted, ${replies} packets received, ` +
    `${String(unanswered).padStart(3)}% unanswered (${Math.max(0, replies - probes)} extra)\n`;
  const isDuplicate = new Set(macs).size > 1;
  const status = options.has("d") ? Number(isDuplicate) : Number(macs.length === 0);
  const durationUs = PROCESS_US + HABETS_START_US + seconds(probes);
  return ended(options.has("q") ? "" : text, status, "", durationUs);
}

/** `-D`: 0 when nobody has the address, 1 when somebody has, be it one host or two (iputils arping(8)). */
function iputils(call: Call): CommandEnd {
  const options = optionsOf(call.args, "AUDbfqv0", "cwIsiSTt");
  const address = options.rest.at(-1) ?? "";
  const [unknown] = options.unknown;
  if (unknown !== undefined && call.host.arpingOf() === "iputils") {
    return ended("", 2, `arping: invalid option -- '${unknown.replace(/^-/, "")}'\n`);
  }
  const packets = Number(options.value("c") ?? 1);
  if (options.value("c") === undefined && options.value("w") === undefined)
    return { kind: "hangs" };
  if (options.has("A") || options.has("U")) {
    call.host.act(call.argv);
    return ended("", 0, "", PROCESS_US + seconds(packets - 1));
  }
  const answers = call.host.arp(address).length > 0;
  const durationUs =
    PROCESS_US + (answers && (options.has("f") || options.has("D")) ? PING_US : seconds(packets));
  return ended(
    `Received ${answers ? String(packets) : "0"} response(s)\n`,
    answers === options.has("D") ? 1 : 0,
    "",
    durationUs,
  );
}
