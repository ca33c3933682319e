/**
 * Lines of `ip -ts -o monitor link address neigh` (iproute2), one netlink message each.
 *
 * `[2026-11-21T06:30:01.123456] 2: eth0    inet 198.18.0.100/24 scope global secondary eth0 ...`
 * `[...] Deleted 2: eth0    inet ...`, `[...] 2: eth0@if7: <BROADCAST,...,UP,LOWER_UP> mtu ...`,
 * `[...] 198.18.0.100 dev eth0 lladdr 02:42:c6:12:00:0b REACHABLE`, `[...] 198.18.0.100 dev eth0 FAILED`
 */
export type NetlinkFact =
  | {
      readonly kind: "address";
      readonly epochUs: number;
      readonly interface: string;
      readonly address: string;
      readonly action: "added" | "removed";
    }
  | {
      readonly kind: "link";
      readonly epochUs: number;
      readonly interface: string;
      readonly up: boolean;
    }
  | {
      readonly kind: "neighbour";
      readonly epochUs: number;
      readonly interface: string;
      readonly address: string;
      /** Absent when the kernel does not know it, or has deleted the entry. */
      readonly mac?: string;
      readonly state: string;
    };

const STAMP = /^\[(?<date>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(?<fraction>\d{6})\] (?<rest>.*)$/;
const ADDRESS = /^(?<deleted>Deleted )?\d+: (?<interface>\S+)\s+inet (?<address>[\d.]+)\/\d+ /;
const LINK = /^(?<deleted>Deleted )?\d+: (?<interface>[^:@\s]+)(?:@\S+)?: <(?<flags>[^>]*)>/;
const NEIGHBOUR =
  /^(?<deleted>Deleted )?(?<address>\d+\.\d+\.\d+\.\d+) dev (?<interface>\S+) +(?:lladdr (?<mac>[\da-f:]{17}) +)?(?:[a-z_]+ +)*(?<state>[A-Z]+) *$/;

/** The fact, or nothing for lines that say something else (IPv6). */
export function parseMonitorLine(line: string): NetlinkFact | undefined {
  const stamped = STAMP.exec(line)?.groups;
  if (stamped === undefined) return undefined;
  const epochUs = stampToEpochUs(stamped["date"] ?? "", stamped["fraction"] ?? "");
  const rest = stamped["rest"] ?? "";
  const address = ADDRESS.exec(rest)?.groups;
  if (address !== undefined) {
    return {
      kind: "address",
      epochUs,
      interface: address["interface"] ?? "",
      address: address["address"] ?? "",
      action: address["deleted"] === undefined ? "added" : "removed",
    };
  }
  const link = LINK.exec(rest)?.groups;
  if (link === undefined) return neighbourOf(rest, epochUs);
  const flags = (link["flags"] ?? "").split(",");
  return {
    kind: "link",
    epochUs,
    interface: link["interface"] ?? "",
    up: link["deleted"] === undefined && flags.includes("UP") && flags.includes("LOWER_UP"),
  };
}

function neighbourOf(rest: string, epochUs: number): NetlinkFact | undefined {
  const entry = NEIGHBOUR.exec(rest)?.groups;
  if (entry === undefined) return undefined;
  const { deleted, mac } = entry;
  return {
    kind: "neighbour",
    epochUs,
    interface: entry["interface"] ?? "",
    address: entry["address"] ?? "",
    ...(deleted === undefined && mac !== undefined ? { mac } : {}),
    state: deleted === undefined ? (entry["state"] ?? "") : "deleted",
  };
}

/** IPv4 addresses in the output of `ip -o -4 address show`. */
export function parseAddressDump(text: string): string[] {
  return [...text.matchAll(/ inet ([\d.]+)\/\d+ /g)].map((match) => match[1] ?? "");
}

/** Stamps are in the observer's time zone, which is UTC. */
function stampToEpochUs(date: string, fraction: string): number {
  return Date.parse(`${date}Z`) * 1000 + Number(fraction);
}
