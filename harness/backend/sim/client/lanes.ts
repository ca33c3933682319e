/** The lanes of client activity, by the rules of `images/observer/client/lanes.ts`. */
import type { Us } from "../../../core/time.ts";
import type { Lane, Workload } from "../../../workload/workload.ts";
import { NEXT_INVOKE_US } from "./costs.ts";
import type { Operation, Operations } from "./operations.ts";
import { freshTick, heldOpening, heldTick, type Answering, type HeldTick } from "./timeline.ts";
import { Connection, VIP_TARGET, type Answer, type Wire } from "./wire.ts";

export interface LaneParts {
  readonly wire: Wire;
  readonly operations: Operations;
  readonly workload: Workload;
  readonly seed: number;
}

function ask(
  parts: LaneParts,
  connection: Connection,
  operation: Operation,
  times: Answering,
  ended: (answer: Answer) => void,
): void {
  const execute = parts.operations.statement(operation);
  connection.ask(times, parts.workload.operationDeadlineUs, execute, ended);
}

/** Connect, read, write, close; does not wait for earlier ticks. Called when the timer fires. */
export function startFreshTick(parts: LaneParts, tick: number): void {
  const { wire, operations, workload } = parts;
  const times = freshTick(parts.seed, tick);
  const read = operations.invoke("fresh", "read");
  const write = (connection: Connection): void => {
    const operation = operations.invoke("fresh", "write");
    ask(parts, connection, operation, times.write, (answer) => {
      operations.complete(operation, answer);
      connection.close();
    });
  };
  const connection = new Connection(wire, {
    target: VIP_TARGET,
    opening: times.opening,
    deadlineUs: workload.connectDeadlineUs,
    failed: (code) => {
      operations.failed(read, code);
    },
    ready: () => {
      ask(parts, connection, read, times.read, (answer) => {
        if (operations.complete(read, answer)) {
          wire.agenda.after(NEXT_INVOKE_US, () => {
            write(connection);
          });
        } else connection.close();
      });
    },
  });
}

/** A lane on one connection. */
export interface HeldLaneSpec {
  readonly lane: Lane;
  /** Index of its address among the wire's targets. */
  readonly target: number;
  /** Of its own, so that no two lanes draw the same figures. */
  readonly seed: number;
}

/** One connection that lives on, writes and reads in turn; a tick that finds it busy is skipped. */
export class HeldLane {
  connection: Connection | undefined;
  busy: boolean = false;
  turn: number = 0;
  private readonly parts: LaneParts;
  private readonly spec: HeldLaneSpec;

  constructor(parts: LaneParts, spec: HeldLaneSpec) {
    this.parts = parts;
    this.spec = spec;
  }

  /** When its timer fires, from the tick's nominal time. */
  invokedUs(tick: number): Us {
    return heldTick(this.spec.seed, tick, "read").invokedUs;
  }

  tick(tick: number): void {
    if (this.busy) return;
    this.busy = true;
    const { wire, operations, workload } = this.parts;
    const { lane, target, seed } = this.spec;
    const action = this.turn % 2 === 0 ? "write" : "read";
    const times = heldTick(seed, tick, action);
    const operation = operations.invoke(lane, action);
    this.turn += 1;
    if (this.connection !== undefined) {
      this.perform(this.connection, operation, times);
      return;
    }
    const connection = new Connection(wire, {
      target,
      opening: heldOpening(seed, tick),
      deadlineUs: workload.connectDeadlineUs,
      failed: (code) => {
        operations.failed(operation, code);
        this.busy = false;
      },
      ready: () => {
        this.connection = connection;
        this.perform(connection, operation, times);
      },
    });
  }

  close(): void {
    this.connection?.close();
    this.connection = undefined;
  }

  private perform(connection: Connection, operation: Operation, times: HeldTick): void {
    ask(this.parts, connection, operation, times.answering, (answer) => {
      if (!this.parts.operations.complete(operation, answer)) this.close();
      this.busy = false;
    });
  }
}
