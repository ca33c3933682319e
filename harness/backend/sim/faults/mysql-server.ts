/** Faults of one server: read-only, full, locked, without semi-synchronous replication. */
import { present } from "../../../core/assert.ts";
import type { MysqlReadOnly } from "../../../fault/mysql/mysql-read-only.ts";
import type { MysqlServer } from "../mysql/server.ts";
import { EXHAUST, LOCK, MAKE_ROOM, SQL } from "./costs.ts";
import {
  AT_ONCE,
  type Command,
  type Proof,
  type SimFault,
  type SimFaultContext,
} from "./driver.ts";

/** What a fresh login of the application's account meets that writes and takes it back; 0 is success. */
function writeErrno(server: MysqlServer): number {
  if (!server.answers()) return 2002;
  if (server.exhausted) return 1040;
  // The lock is asked for before it is looked whether the server takes writes at all.
  if (server.locked) return 1205;
  return server.readOnly ? 1290 : 0;
}

function attemptWords(errno: number): string {
  return errno === 0 ? "went through" : `got error ${errno}`;
}

interface Change {
  readonly set: (on: boolean) => void;
  /** The error that a write then gets. */
  readonly errno: number;
  readonly costs: NonNullable<SimFault["costs"]>;
  readonly alsoKnown?: string;
}

/** A write is tried before, while and after. */
function changed(server: MysqlServer, { set, errno, costs, alsoKnown }: Change): SimFault {
  const proof = (wanted: number): Proof => {
    const got = writeErrno(server);
    const words = `a write of the application's account on ${server.node} ${attemptWords(got)}`;
    return {
      confirmed: got === wanted,
      proof: alsoKnown === undefined ? words : `${words}; ${alsoKnown}`,
      facts: { errno: got },
    };
  };
  // What an earlier step has in force stays so: the fault is not confirmed, and nothing is undone.
  let wasOn = false;
  return {
    look: () => {
      const before = writeErrno(server);
      wasOn = before === errno;
      return { errno: before };
    },
    act: () => {
      if (!wasOn) set(true);
      return AT_ONCE;
    },
    prove: (before) => {
      const earlier = Number(before["errno"]);
      if (earlier === 0) return proof(errno);
      const words = `a write on ${server.node} before the fault ${attemptWords(earlier)}`;
      return { confirmed: false, proof: words, facts: before };
    },
    heal: {
      act: () => {
        if (!wasOn) set(false);
        return AT_ONCE;
      },
      prove: () => proof(wasOn ? errno : 0),
    },
    costs,
  };
}

export function readOnly(context: SimFaultContext, fault: MysqlReadOnly): SimFault {
  const server = serverOf(context);
  const hasSuper = server.flavour === "mysql-9.7";
  return changed(server, {
    set: (on) => {
      server.readOnly = on;
      server.superReadOnly = on && fault.super && hasSuper;
    },
    errno: 1290,
    costs: { inject: SQL, heal: SQL },
    ...(fault.super && !hasSuper
      ? { alsoKnown: "MariaDB has no super_read_only, so root still writes" }
      : {}),
  });
}

export function exhausted(context: SimFaultContext): SimFault {
  const server = serverOf(context);
  return changed(server, {
    set: (on) => {
      server.exhausted = on;
    },
    errno: 1040,
    costs: { inject: EXHAUST, heal: MAKE_ROOM },
  });
}

export function locked(context: SimFaultContext): SimFault {
  const server = serverOf(context);
  return changed(server, {
    set: (on) => {
      server.locked = on;
    },
    errno: 1205,
    costs: { inject: LOCK, heal: LOCK },
  });
}

export function semiSyncOff(context: SimFaultContext): SimFault {
  const { world, host } = context;
  const { replication } = world.traffic;
  const status = (): string => replication.semiSyncStatus(host.name) ?? "not installed";
  const proof = (wanted: "ON" | "OFF"): Proof => ({
    confirmed: status() === wanted,
    proof: `semi-synchronous replication is ${status()} on ${host.name}`,
    facts: { status: status() },
  });
  let was = "";
  return {
    look: () => {
      was = status();
      return { status: was };
    },
    act: () => switchOff(context),
    prove: (before) => {
      if (before["status"] === "ON") return proof("OFF");
      const words = `semi-synchronous replication was ${was} on ${host.name} before the fault`;
      return { confirmed: false, proof: words, facts: before };
    },
    heal: {
      act: () => {
        replication.enableSemiSync(host.name, true);
        return AT_ONCE;
      },
      prove: () => proof("ON"),
    },
    costs: { inject: SQL, heal: SQL },
  };
}

/**
 * MySQL waits for the thread that receives acknowledgements, and whoever asks for a global variable or logs in
 * waits with it. Measured on 9.7.4: 0.1 to 1.1 s, seven times; MariaDB 11.8 is done at once.
 */
const STALL_US = [80_000, 1_100_000] as const;

function switchOff(context: SimFaultContext): Command {
  const { world, host } = context;
  const server = serverOf(context);
  const off = (): void => {
    world.traffic.replication.enableSemiSync(host.name, false);
  };
  if (server.flavour !== "mysql-9.7" || server.frozen || !server.answers()) {
    off();
    return AT_ONCE;
  }
  let isDone = false;
  server.freeze();
  world.clock.after(world.chance.integer(...STALL_US), () => {
    server.thaw();
    off();
    isDone = true;
  });
  return { done: () => isDone };
}

function serverOf({ world, host }: SimFaultContext): MysqlServer {
  return present(world.traffic.server(host.name), `mysqld on ${host.name}`);
}
