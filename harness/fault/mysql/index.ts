/** Faults of the database server and of replication, made with SQL or at its start. */
import type { Definitions } from "../definition.ts";

export type MysqlFault = never;

export const MYSQL_FAULTS: Definitions<MysqlFault> = {};
