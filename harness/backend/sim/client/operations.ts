/** Reads and writes of the workload: numbered, invoked, completed, as `images/observer/client/operations.ts` does. */
import type { Us } from "../../../core/time.ts";
import type { CompleteEvent, EventBody, InvokeEvent } from "../../../history/events.ts";
import type { Action, Lane } from "../../../workload/workload.ts";
import type { Clock } from "../clock.ts";
import type { MysqlServer, Session } from "../mysql/server.ts";
import type { Answer, Execute, Wire } from "./wire.ts";

export interface Operation {
  readonly id: number;
  readonly lane: Lane;
  readonly action: Action;
  readonly write: number | undefined;
}

/** What the numbering has come to. */
export interface Counters {
  operations: number;
  readonly writes: Record<Lane, number>;
}

export interface Acknowledged {
  readonly tUs: Us;
  readonly server: string;
}

interface Insertion {
  readonly lane: Lane;
  readonly write: number;
  readonly respond: (answer: Answer) => void;
  readonly session: Session;
}

/** Tells replication of a commit, and calls back when the client may be answered. */
export type Committed = (server: MysqlServer, gno: number, release: () => void) => void;

export class Operations {
  readonly counters: Counters = { operations: 0, writes: { fresh: 0, held: 0 } };
  underWay: number = 0;
  readonly last: Record<Lane, Partial<Record<Action, Acknowledged>>> = { fresh: {}, held: {} };
  private readonly agenda: Clock;
  private readonly record: (tUs: Us, body: EventBody) => void;
  private readonly wire: Wire;
  private readonly committed: Committed;

  constructor(wire: Wire, committed: Committed) {
    this.wire = wire;
    this.agenda = wire.agenda;
    this.record = wire.options.record;
    this.committed = committed;
  }

  invoke(lane: Lane, action: Action): Operation {
    const { counters } = this;
    counters.operations += 1;
    const write = action === "write" ? (counters.writes[lane] ?? 0) + 1 : undefined;
    if (write !== undefined) counters.writes[lane] = write;
    const operation = { id: counters.operations, lane, action, write };
    this.underWay += 1;
    this.record(this.agenda.nowUs(), invoked(operation));
    return operation;
  }

  /** It never reached a server. */
  failed(operation: Operation, code: string): void {
    this.complete(operation, { kind: "refused", code });
  }

  /** True when the connection is still good. */
  complete(operation: Operation, answer: Answer): boolean {
    this.underWay -= 1;
    const nowUs = this.agenda.nowUs();
    this.record(nowUs, completed(operation, answer));
    if (answer.kind !== "answered") return false;
    (this.last[operation.lane] ??= {})[operation.action] = { tUs: nowUs, server: answer.server };
    return true;
  }

  /** What a server does with the statement. */
  statement(operation: Operation): Execute {
    const { lane, write } = operation;
    if (write === undefined) {
      return (server, respond) => {
        respond({ kind: "answered", server: server.serverUuid, read: server.highest(lane) });
      };
    }
    return (server, respond, session) => {
      this.insert(server, { lane, write, respond, session });
    };
  }

  private insert(server: MysqlServer, insertion: Insertion): void {
    const { lane, write, respond, session } = insertion;
    if (server.locked) {
      const { starts } = server;
      session.waiting = true;
      this.wire.waitForLock(server, () => {
        if (server.starts !== starts) return;
        session.waiting = false;
        this.insert(server, insertion);
        // Executed for nobody: the server learns only now that its client has gone.
        if (session.gone) server.sessions.delete(session);
      });
      return;
    }
    if (server.readOnly) {
      respond({ kind: "refused", code: "ER_OPTION_PREVENTS_STATEMENT" });
      return;
    }
    const gno = server.commit(lane, write, this.agenda.nowUs());
    this.committed(server, gno, () => {
      respond({ kind: "answered", server: server.serverUuid, read: undefined });
    });
  }
}

export function invoked({ id, lane, action, write }: Operation): InvokeEvent {
  const body: InvokeEvent = { kind: "invoke", op: id, lane, action };
  return write === undefined ? body : { ...body, write };
}

export function completed({ id, lane, action }: Operation, answer: Answer): CompleteEvent {
  const body = { kind: "complete", op: id, lane, action } as const;
  switch (answer.kind) {
    case "answered": {
      const { server, read } = answer;
      const ok = { ...body, outcome: "ok", server } as const;
      return read === undefined ? ok : { ...ok, read };
    }
    case "refused":
      return { ...body, outcome: "failed", error: answer.code };
    case "broken": {
      // A read has no effect, so that it failed is certain.
      const outcome = action === "read" ? "failed" : "indeterminate";
      return { ...body, outcome, error: answer.code };
    }
  }
}
