/** One MySQL connection with explicit deadlines: connect, ask, and never wait without a bound. */
import mysql from "mysql2";
import type { Connection, RowDataPacket } from "mysql2";

export interface Target {
  readonly host: string;
  readonly user: string;
  readonly password: string;
  readonly schema: string;
}

export class DeadlineExceeded extends Error {
  constructor(what: string, deadlineMs: number) {
    super(`${what} not done after ${deadlineMs} ms`);
  }
}

/** Opens and authenticates, or fails at the deadline; a late success is thrown away. */
export async function connect(target: Target, deadlineMs: number): Promise<Connection> {
  const connection = mysql.createConnection({
    host: target.host,
    user: target.user,
    password: target.password,
    database: target.schema,
    multipleStatements: true,
    connectTimeout: deadlineMs,
  });
  connection.on("error", ignoreError);
  try {
    await within("connect", deadlineMs, (done) => {
      connection.connect(done);
    });
    return connection;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** All rows of all result sets of the statements, or an error at the deadline. */
export async function ask(
  connection: Connection,
  sql: string,
  deadlineMs: number,
): Promise<RowDataPacket[]> {
  let rows: RowDataPacket[] = [];
  await within("query", deadlineMs, (done) => {
    connection.query(sql, (error, result) => {
      rows = Array.isArray(result) ? (result as unknown[]).flat().filter(isRow) : [];
      done(error);
    });
  });
  return rows;
}

/** Every caller learns of errors through its own operation; this keeps them from being thrown. */
function ignoreError(): void {
  // see above
}

function isRow(value: unknown): value is RowDataPacket {
  return typeof value === "object" && value !== null && !("affectedRows" in value);
}

function within(
  what: string,
  deadlineMs: number,
  start: (done: (error: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new DeadlineExceeded(what, deadlineMs));
    }, deadlineMs);
    start((error) => {
      clearTimeout(timer);
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/**
 * The server refused, as opposed to the connection breaking: certainly nothing happened. Connection
 * exceptions (class 08) and interrupted queries (70100) can come after the commit, so they are not
 * refusals (SQL standard, classes of SQLSTATE).
 */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !("sqlState" in error)) return false;
  const state = String(error.sqlState);
  return state !== "" && !state.startsWith("08") && state !== "70100";
}

export function codeOf(error: unknown): string {
  if (error instanceof DeadlineExceeded) return "DEADLINE";
  if (error instanceof Error && "code" in error && typeof error.code === "string")
    return error.code;
  return error instanceof Error ? error.message : String(error);
}
