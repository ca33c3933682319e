/** The IPVS table of a node in the words of `ipvsadm -S -n` (ipvsadm 1.31), as our watcher in the node prints it. */
import { seconds } from "../core/time.ts";
import type { IpvsServer, IpvsService } from "../history/events.ts";

/** What the watcher prints whenever the table is not as it was. */
export interface IpvsLine {
  readonly epochUs: number;
  /** When it was last as before. */
  readonly notBeforeEpochUs: number;
  readonly services: readonly IpvsService[];
}

/** `TIME NOT-BEFORE TABLE`, times in microseconds since the epoch, the table's lines with ` ; ` between them. */
export function parseIpvsLine(line: string): IpvsLine | undefined {
  const match = /^(\d{16}) (\d{16}) ?(.*)$/.exec(line);
  if (match === null) return undefined;
  const [, now = "", before = "", table = ""] = match;
  return {
    epochUs: Number(now),
    notBeforeEpochUs: Number(before),
    services: parseTable(table.split(" ; ")),
  };
}

const FORWARDING: Readonly<Record<string, IpvsServer["forwarding"]>> = {
  "-g": "route",
  "-i": "tunnel",
  "-m": "masq",
};

/** Services of UDP, SCTP or a firewall mark are left out: MySQL speaks TCP. */
export function parseTable(lines: readonly string[]): readonly IpvsService[] {
  const services = new Map<string, IpvsService & { readonly servers: IpvsServer[] }>();
  for (const line of lines) {
    const words = line.trim().split(/\s+/);
    const place = placeOf(valueOf(words, "-t"));
    if (place === undefined) continue;
    const key = `${place.address}:${place.port}`;
    if (words[0] === "-A") {
      const persistence = Number(valueOf(words, "-p") ?? 0);
      const lasting = persistence > 0 ? { persistenceUs: seconds(persistence) } : {};
      services.set(key, {
        ...place,
        scheduler: valueOf(words, "-s") ?? "",
        ...lasting,
        servers: [],
      });
    }
    if (words[0] !== "-a") continue;
    const server = placeOf(valueOf(words, "-r"));
    const how = words.find((word) => word in FORWARDING);
    if (server === undefined) continue;
    services.get(key)?.servers.push({
      ...server,
      weight: Number(valueOf(words, "-w") ?? 1),
      forwarding: FORWARDING[how ?? "-g"] ?? "route",
    });
  }
  return [...services.values()];
}

function valueOf(words: readonly string[], option: string): string | undefined {
  const index = words.indexOf(option);
  return index < 0 ? undefined : words[index + 1];
}

function placeOf(
  text: string | undefined,
): { readonly address: string; readonly port: number } | undefined {
  const match = /^([\d.]+):(\d+)$/.exec(text ?? "");
  return match === null ? undefined : { address: match[1] ?? "", port: Number(match[2]) };
}
