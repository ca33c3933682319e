/**
 * An event in words: what it is, and its fields decoded. Shared with the viewer, so it reads events as the
 * JSON they are stored as; of what an unknown event has, nothing is left out.
 */
import type { Json, JsonObject } from "../../../harness/core/json.ts";
import { exactSeconds, spanWords } from "./format.ts";

export interface Description {
  readonly title: string;
  readonly rows: readonly (readonly [name: string, value: string])[];
}

const TITLES: Readonly<Record<string, string>> = {
  phase: "Phase of the run",
  step: "Step of the schedule",
  fault: "Fault",
  receipt: "Receipt of a fault",
  address: "Address changed (netlink)",
  "address-dump": "Addresses read",
  link: "Link changed (netlink)",
  advert: "VRRP advertisement",
  arp: "ARP packet",
  neighbour: "Neighbour entry changed (netlink)",
  mail: "Mail",
  monitor: "Monitor",
  jitter: "Lateness of the machine",
  "multicast-probe": "Multicast probe",
  tcp: "TCP handshake packet",
  log: "Log line",
  invoke: "Client operation begins",
  complete: "Client operation ends",
  mysqld: "State of a mysqld",
  replication: "State of replication",
  ipvs: "IPVS table",
  copy: "Copy of the workload table",
  clock: "Clocks compared",
  leftovers: "What was left behind",
  observer: "Observer",
};

/** `zeroUs`: times within events are told from the same zero as everything else. */
export function describeEvent(event: JsonObject, zeroUs: number): Description {
  const kind = wordOf(event["kind"]);
  const title = titleOf(event, kind);
  const rows = Object.entries(event)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => rowOf(kind, name, value, zeroUs));
  return { title, rows: [...rows, ...extraRows(event, kind)] };
}

const HIDDEN = new Set(["kind", "seq", "tUs"]);

function titleOf(event: JsonObject, kind: string): string {
  const plain = TITLES[kind] ?? kind;
  switch (kind) {
    case "advert":
      return event["priority"] === 0 ? `${plain}: goodbye (priority 0)` : plain;
    case "arp":
      return event["gratuitous"] === true ? "Gratuitous ARP" : `ARP ${wordOf(event["operation"])}`;
    case "tcp":
      return `TCP ${wordOf(event["flag"]).toUpperCase()}`;
    case "fault":
    case "receipt":
      return `${plain}: ${wordOf(event["action"])}${event["edge"] === undefined ? "" : `, ${wordOf(event["edge"])}`}`;
    default:
      return plain;
  }
}

/** Names as the field says them; others by taking the name of the field apart. */
const NAMES: Readonly<Record<string, string>> = {
  vrid: "VRID",
  vip: "VIP",
  mac: "MAC address",
  senderMac: "Sender MAC",
  seenAt: "Seen at",
  op: "Operation",
  notBeforeUs: "Not before",
  source: "Source",
  wallMinusMonotonicUs: "Wall clock less monotonic clock",
  lateUs: "Late by at most",
};

const SPANS = new Set(["lateUs", "spanUs", "waitedUs"]);
const TIMES = new Set(["notBeforeUs", "beganUs"]);

function rowOf(kind: string, name: string, value: Json, zeroUs: number): readonly [string, string] {
  const label = NAMES[name] ?? spaced(name.replace(/Us$/, ""));
  if (typeof value === "number") {
    if (SPANS.has(name)) return [label, spanWords(value)];
    if (TIMES.has(name)) return [label, exactSeconds(value - zeroUs)];
    if (kind === "advert" && name === "priority" && value === 0)
      return [label, "0: stops being master"];
  }
  return [label, wordsOf(value)];
}

function extraRows(event: JsonObject, kind: string): [string, string][] {
  if (kind === "advert" && event["sender"] === undefined) {
    return [["Sender", "none of the nodes: a stranger"]];
  }
  if (kind === "complete" && event["outcome"] === "indeterminate") {
    return [["Meaning", "sent, no answer: it may have happened"]];
  }
  if (kind === "tcp") {
    const meanings: Readonly<Record<string, string>> = {
      syn: "the client asks for a connection",
      "syn-ack": "a host answers at the VIP",
      rst: "refused: a host is there, no server listens",
    };
    return [["Meaning", meanings[wordOf(event["flag"])] ?? "unknown"]];
  }
  return [];
}

function spaced(name: string): string {
  const words = name.replaceAll(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A text as it is, anything else as JSON. */
export function wordOf(value: Json | undefined): string {
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}

function wordsOf(value: Json): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value === "" ? "(empty)" : value;
  if (Array.isArray(value)) {
    const list: readonly Json[] = value;
    if (list.length === 0) return "none";
    if (list.every((item) => typeof item === "string" || typeof item === "number")) {
      return list.join(", ");
    }
  }
  return JSON.stringify(value);
}
