/**
 * How many connections wait for a mysqld that does not take them: its `back_log`, which the kernel cuts.
 *
 * The defaults by max_connections: MySQL 5.7 manual 5.1.7 and MariaDB knowledge base, back_log (MariaDB 10.11.18 and
 * 11.8.6 were asked with max_connections 200 and 1000: 90 and 250); MySQL 8.0: WL#9704. MySQL 9.7.4 has 10,000
 * compiled in (`performance_schema.variables_info`, `mysqld --verbose --help`), the same with max_connections 200 and
 * 1000, and `ss -ltn` shows 4096. Which release between the two changed that is not known.
 */
export const BACK_LOG_RULES = ["mysql-5.7", "mysql-8.0", "mysql-9.7", "mariadb"] as const;
export type BackLogRule = (typeof BACK_LOG_RULES)[number];

/** Linux cuts every listen queue at net.core.somaxconn, 4096 since 5.4. */
export const SOMAXCONN = 4096;

/** Of MySQL and of MariaDB. */
const MAX_CONNECTIONS = 151;

function autosized(maxConnections: number): number {
  return Math.min(900, 50 + Math.floor(maxConnections / 5));
}

const DEFAULTS: Readonly<Record<BackLogRule, (maxConnections: number) => number>> = {
  "mysql-5.7": autosized,
  "mysql-8.0": (maxConnections) => maxConnections,
  "mysql-9.7": () => 10_000,
  mariadb: autosized,
};

/** What the kernel grants a server that asks for so much. */
export function granted(backLog: number): number {
  return Math.min(SOMAXCONN, backLog);
}

/** What a server gets whose settings say nothing of `back_log`. */
export function defaultBackLog(
  rule: BackLogRule,
  maxConnections: number = MAX_CONNECTIONS,
): number {
  return granted(DEFAULTS[rule](maxConnections));
}

/** A number that one knows to lie in a range. */
export interface BackLogRange {
  readonly least: number;
  readonly most: number;
}

const EACH = BACK_LOG_RULES.map((rule) => defaultBackLog(rule));

/** Of a server with default settings of which nothing is known: 80 to 4096. */
export const ANY_BACK_LOG: BackLogRange = { least: Math.min(...EACH), most: Math.max(...EACH) };
