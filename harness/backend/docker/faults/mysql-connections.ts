/**
 * A server without room: idle sessions of ours, and `max_connections` no higher than what is connected.
 *
 * Lowered to that number and not below: over-full, a server would refuse root too, and not keep the one
 * more place that it has for an administrator (MySQL manual 7.1.12.1).
 */
import type { JsonObject } from "../../../core/json.ts";
import { HarnessError } from "../../../core/errors.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { closeRanksSql, MAX_CONNECTIONS_LEAST } from "../../../mysql/administration.ts";
import { timed } from "../node.ts";
import type { Applied, FaultContext, FaultDriver } from "./driver.ts";
import { FOREVER, heard, holdSessions, killSessions, type HeldSessions } from "./mysql-session.ts";
import { appTries, attemptWords, lookUntil, rootTries, textOf, type Attempt } from "./mysql-sql.ts";

/** ER_CON_COUNT_ERROR. */
const TOO_MANY = 1040;
const LOOKS = 20;
const SESSIONS_MS_MAX = 20_000;
/** Clients that come and go are counted too; the smallest of a few looks is without most of them. */
const ROUNDS = 3;
const EVERY_SECONDS = "0.1";

interface Held {
  idle: HeldSessions | undefined;
  control: HeldSessions | undefined;
}

export function exhaustDriver(): FaultDriver {
  const held: Held = { idle: undefined, control: undefined };
  let most: number | undefined;
  return {
    look: async (context) => {
      const ask = "SELECT @@GLOBAL.max_connections";
      const app = await appTries(context, ask);
      // Where the application is refused already root may still get in, and that limit is to come back.
      const told = app.errno === undefined ? app : await rootTries(context.node, ask);
      most = told.errno === undefined ? Number(told.said) : undefined;
      return { errno: app.errno ?? 0, said: app.said, maxConnections: most ?? 0 };
    },
    act: (context) => fill(context, held),
    prove: (context, before) => proveFull(context, before, held),
    heal: async (context) => {
      const { control, idle } = held;
      if (control === undefined || idle === undefined)
        throw new HarnessError("COMMAND_FAILED", "nothing was filled");
      const healed = await killSessions(context.node, [control, idle], restoring(most));
      return { ...healed, receipt: await proveRoom(context, most) };
    },
  };
}

/** Clients that come in first may have the places for a moment. */
function restoring(most: number | undefined): string {
  if (most === undefined) return "true"; // Nobody could be asked for it before, so there is nothing to go back to.
  const restore = `mysql --execute 'SET GLOBAL max_connections = ${most}'`;
  return `i=0; until ${restore} 2>/dev/null || [ $i -ge ${LOOKS} ]; do i=$((i + 1)); sleep ${EVERY_SECONDS}; done`;
}

async function fill(context: FaultContext, held: Held): Promise<Applied> {
  const { node } = context;
  const idle = await holdSessions(node, `echo "SELECT 'in';"; ${FOREVER}`, MAX_CONNECTIONS_LEAST);
  held.idle = idle;
  await heard(idle, "in", MAX_CONNECTIONS_LEAST, SESSIONS_MS_MAX);
  // A quoted here-document, so that the shell leaves the statement alone.
  const feed = `sql=$(cat <<'SQL'\n${closeRanksSql()}\nSQL\n); while :; do echo "$sql"; sleep ${EVERY_SECONDS}; done`;
  held.control = await holdSessions(node, feed);
  await heard(held.control, "set", ROUNDS, SESSIONS_MS_MAX);
  return spanOf(held.control) ?? timed(node.host, "true");
}

/** From before the first lowering to after the last that was waited for. */
function spanOf({ lines }: HeldSessions): Applied | undefined {
  const begin = lines.find(([first]) => first === "most")?.[2];
  const end = lines.findLast(([first]) => first === "set")?.[2];
  if (begin === undefined || end === undefined) return undefined;
  return { beginEpochUs: Number(begin), endEpochUs: Number(end) };
}

async function proveFull(
  context: FaultContext,
  before: JsonObject,
  { control }: Held,
): Promise<Receipt> {
  const { name } = context.node.spec;
  if (before["errno"] !== 0) {
    const proof = `a fresh login on ${name} before the fault got "${textOf(before["said"])}"`;
    return { confirmed: false, proof, facts: before };
  }
  const login = (): Promise<Attempt> => appTries(context, "SELECT 1");
  // Without an act there is nothing to wait for.
  const app = await lookUntil(
    login,
    ({ errno }) => errno === TOO_MANY,
    control === undefined ? 1 : LOOKS,
  );
  const lowered = Number(control?.lines.findLast(([first]) => first === "set")?.[1] ?? 0);
  const trouble = control?.said() ?? "";
  const words = `a fresh login of the application's account on ${name} ${attemptWords(app)}`;
  return {
    confirmed: app.errno === TOO_MANY,
    proof: trouble === "" ? words : `${words}; our session said ${trouble}`,
    facts: {
      errno: app.errno ?? 0,
      before: Number(before["maxConnections"]),
      maxConnections: lowered,
    },
  };
}

async function proveRoom(context: FaultContext, most: number | undefined): Promise<Receipt> {
  const free = ({ errno }: Attempt): boolean => errno === undefined;
  const app = await lookUntil(() => appTries(context, "SELECT 1"), free, LOOKS);
  const { said } = await rootTries(context.node, "SELECT @@GLOBAL.max_connections");
  return {
    confirmed: free(app) && Number(said) === most,
    proof: `a fresh login of the application's account on ${context.node.spec.name} ${attemptWords(app)}; max_connections is ${said}`,
    facts: { errno: app.errno ?? 0, maxConnections: said },
  };
}
