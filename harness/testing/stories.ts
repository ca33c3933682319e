/** Complete hand-made histories: drills of the dual-script pair in which everything went well. */
import type { PlainFault } from "../fault/fault.ts";
import { history, type HistoryBuilder } from "./history.ts";

const HOLDER = { role: "holder" } as const;

export const MYSQLD_KILLED: PlainFault = { kind: "mysqld-killed", node: HOLDER };
export const KEEPALIVED_KILLED: PlainFault = { kind: "keepalived-killed", node: HOLDER };
export const CUT: PlainFault = { kind: "cut", node: HOLDER };
export const ADDRESS_ADDED: PlainFault = { kind: "address-added", node: { role: "standby" } };

/**
 * mysqld of db1 is killed at 2 s; its check says goodbye at 3 s; db2 has the VIP at 3.613 s, skew(99)
 * later, and is written to at 3.7 s; mysqld is started again at 6 s and the run is collected at 8 s.
 */
export function goodFailover(): HistoryBuilder {
  return history()
    .settled()
    .holds("db1", 0.5, 3.001)
    .announces("db1", 0.501)
    .advert("db1", 0.5, 101)
    .advert("db1", 0.5, 101, "db2")
    .advert("db1", 1.5, 101)
    .answers("db1", 1.9)
    .traffic("db1", 1, 2)
    .step("fault", 1.99)
    .fault(MYSQLD_KILLED, 2)
    .mysqld("db1", 2.05, "down", { notBeforeSeconds: 1.95 })
    .write(2.1, { outcome: "failed" })
    .advert("db1", 2.5, 101)
    .advert("db1", 3, 0)
    .advert("db2", 3.613, 99)
    .holds("db2", 3.6135)
    .announces("db2", 3.614)
    .answers("db2", 3.65)
    .read(3.68, { node: "db2" })
    .step("moved", 3.62)
    .traffic("db2", 3.7, 5.9)
    .fault(MYSQLD_KILLED, 6, { action: "heal" })
    .mysqld("db1", 6.5, "up")
    .traffic("db2", 6, 7)
    .read(7.1, { node: "db2" });
}
