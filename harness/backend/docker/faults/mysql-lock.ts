/** The global read lock, held by a session of ours. */
import { HarnessError } from "../../../core/errors.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { NOW_US_SQL, tryWriteSql } from "../../../mysql/administration.ts";
import { timed } from "../node.ts";
import type { Applied, FaultContext, FaultDriver } from "./driver.ts";
import { FOREVER, heard, holdSessions, killSessions, type HeldSessions } from "./mysql-session.ts";
import { appTries, attemptWords, lookUntil, textOf, type Attempt } from "./mysql-sql.ts";

/** ER_LOCK_WAIT_TIMEOUT. */
const WAITED_IN_VAIN = 1205;
/** Statements that are under way have to end first. */
const LOCK_MS_MAX = 20_000;
const HEALED_LOOKS = 20;

export function lockDriver(): FaultDriver {
  let session: HeldSessions | undefined;
  return {
    look: async (context) => {
      const { errno, said } = await write(context);
      return { errno: errno ?? 0, said };
    },
    act: async (context) => {
      const [begin, end] = [`SELECT 'begin', ${NOW_US_SQL}`, `SELECT 'end', ${NOW_US_SQL}`];
      const sql = `${begin}; FLUSH TABLES WITH READ LOCK; ${end};`;
      session = await holdSessions(context.node, `echo "${sql}"; ${FOREVER}`);
      await heard(session, "end", 1, LOCK_MS_MAX);
      return spanOf(session) ?? timed(context.node.host, "true");
    },
    prove: async (context, before): Promise<Receipt> => {
      if (before["errno"] !== 0) {
        const proof = `a write before the fault got "${textOf(before["said"])}"`;
        return { confirmed: false, proof, facts: before };
      }
      const written = await write(context);
      const read = await appTries(context, "SELECT 1");
      const words = `a write on ${context.node.spec.name} ${attemptWords(written)}; a read ${attemptWords(read)}`;
      const trouble = session?.said() ?? "";
      return {
        confirmed: written.errno === WAITED_IN_VAIN && read.errno === undefined,
        proof: trouble === "" ? words : `${words}; the session said ${trouble}`,
        facts: { writeErrno: written.errno ?? 0, write: written.said, readErrno: read.errno ?? 0 },
      };
    },
    heal: async (context) => {
      if (session === undefined) throw new HarnessError("COMMAND_FAILED", "there is no session");
      const killed = await killSessions(context.node, [session]);
      const free = (attempt: Attempt): boolean => attempt.errno === undefined;
      const written = await lookUntil(() => write(context), free, HEALED_LOOKS);
      const receipt: Receipt = {
        confirmed: free(written),
        proof: `a write on ${context.node.spec.name} ${attemptWords(written)}`,
        facts: { writeErrno: written.errno ?? 0, write: written.said },
      };
      return { ...killed, receipt };
    },
  };
}

function write(context: FaultContext): Promise<Attempt> {
  const wait = "SET SESSION lock_wait_timeout = 1";
  return appTries(context, `${wait}; ${tryWriteSql(context.handle)}`);
}

/** From the statement to the lock, on the server's clock, which is the node's. */
function spanOf({ lines }: HeldSessions): Applied | undefined {
  const [begin, end] = ["begin", "end"].map((word) => lines.find(([first]) => first === word)?.[1]);
  if (begin === undefined || end === undefined) return undefined;
  return { beginEpochUs: Number(begin), endEpochUs: Number(end) };
}
