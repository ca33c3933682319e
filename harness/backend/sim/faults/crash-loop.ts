/** mysqld killed and started over and over, by the same steps as the loop on a container. */
import type { Us } from "../../../core/time.ts";
import type { Timer } from "../clock.ts";
import type { SimHost } from "../host.ts";
import { KILL, NOTHING } from "./costs.ts";
import { AT_ONCE, type Command, type SimFault, type SimFaultContext } from "./driver.ts";
import { numbers, pidsOf, proveRunning } from "./service.ts";

interface Span {
  readonly upUs: Us;
  readonly downUs: Us;
}

export function crashLooping({ host }: SimFaultContext, span: Span): SimFault {
  const loop = new CrashLoop(host, span);
  return {
    look: () => ({ pids: pidsOf(host, "mysql") }),
    act: () => {
      loop.kill();
      return AT_ONCE;
    },
    prove: (before) => {
      const { deaths, starts } = loop;
      const facts = { before: numbers(before["pids"]), deaths: [...deaths], starts };
      if (numbers(before["pids"]).length === 0) {
        const proof = `mysql was not running on ${host.name} before the fault`;
        return { confirmed: false, proof, facts };
      }
      const confirmed = deaths.length >= 2;
      return {
        confirmed,
        undecided: !confirmed && loop.runs,
        proof: confirmed
          ? `mysqld process ${deaths[0] ?? 0} died, and after a start ${deaths[1] ?? 0}`
          : `${deaths.length} deaths of mysqld were seen, and ${starts} starts`,
        facts,
      };
    },
    heal: {
      act: () => loop.end(),
      prove: () => proveRunning(host, "mysql"),
    },
    costs: { inject: KILL, heal: NOTHING },
  };
}

class CrashLoop {
  readonly deaths: number[] = [];
  starts = 0;
  runs = false;
  private readonly host: SimHost;
  private readonly span: Span;
  private timer: Timer | undefined;
  private starting: Command | undefined;

  constructor(host: SimHost, span: Span) {
    this.host = host;
    this.span = span;
  }

  kill(): void {
    this.runs = true;
    for (const pid of pidsOf(this.host, "mysql")) {
      this.host.processes.signal(pid, "KILL");
      this.deaths.push(pid);
    }
    this.timer = this.host.clock.after(this.span.downUs, () => {
      this.starting = this.host.service("mysql", "start");
      this.awaitStart(this.starting);
    });
  }

  /** `downUs` is over; the loop goes on when the start command has returned. */
  private awaitStart(start: Command): void {
    if (!start.done()) {
      this.timer = this.host.clock.after(LOOK_US, () => {
        this.awaitStart(start);
      });
      return;
    }
    this.starts += 1;
    if (!this.runs) return;
    this.timer = this.host.clock.after(this.span.upUs, () => {
      this.kill();
    });
  }

  /** A start that is under way is let finish, as a shell does with its child. */
  end(): Command {
    this.runs = false;
    const { starting, host } = this;
    if (starting === undefined || starting.done()) {
      this.timer?.cancel();
      return host.service("mysql", "start");
    }
    let last: Command | undefined;
    return {
      done: () => {
        if (!starting.done()) return false;
        last ??= host.service("mysql", "start");
        return last.done();
      },
    };
  }
}

/** The init script looks every 20 ms whether the server answers. */
const LOOK_US: Us = 20_000;
