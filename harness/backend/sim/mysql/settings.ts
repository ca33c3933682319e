/** What a simulated server takes from its settings: those of the lab's image, and lines of the topology's own. */
import { assignments, countOf } from "../../../mysql/settings-lines.ts";
import type { MysqlServer as MysqlSpec } from "../../../topology/topology.ts";
import type { ServerSettings } from "./server.ts";

/** `images/host/etc/10-vipdrill-host.cnf`. */
const LAB_MAX_CONNECTIONS = 200;

/**
 * The last line wins, as in the server. Everything else that a line may set has no meaning here, and is left
 * out.
 */
export function serverSettings(spec: MysqlSpec): ServerSettings {
  const { autoIncrementOffset, autoIncrementIncrement } = spec;
  const own = assignments(spec.settings ?? []);
  const count = (name: string): number | undefined => countOf(own, name);
  const backLog = count("back_log");
  const isReadOnly = ["read_only", "super_read_only"].some((name) => isOn(own.get(name)));
  return {
    autoIncrementOffset: count("auto_increment_offset") ?? autoIncrementOffset,
    autoIncrementIncrement: count("auto_increment_increment") ?? autoIncrementIncrement,
    maxConnections: count("max_connections") ?? LAB_MAX_CONNECTIONS,
    ...(backLog === undefined ? {} : { backLog }),
    ...(isReadOnly ? { readOnly: true } : {}),
  };
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(?:on|1|true)$/i.test(value);
}
