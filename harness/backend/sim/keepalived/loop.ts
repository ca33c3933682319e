/**
 * Time as one process of the daemon has it: nothing fires when the process is dead, and what falls due
 * while it is stopped waits for SIGCONT.
 *
 * An alarm can be set again and again: it keeps its deadline in a field and one entry in the queue of
 * events, which looks at the deadline when it comes up. Later deadlines, which every accepted advert
 * brings, cost nothing.
 */
import type { Us } from "../../../core/time.ts";
import type { Clock, Timer } from "../clock.ts";

export const NEVER: Us = Number.POSITIVE_INFINITY;

export class Alarm {
  deadlineUs: Us = NEVER;
  private timer: Timer | undefined;
  private timerUs: Us = NEVER;
  private readonly loop: Loop;
  private readonly run: () => void;
  private readonly wake: () => void;

  constructor(loop: Loop, run: () => void) {
    this.loop = loop;
    this.run = run;
    this.wake = (): void => this.wakeUp();
  }

  set(deadlineUs: Us): void {
    this.deadlineUs = deadlineUs;
    if (deadlineUs === NEVER || this.timerUs <= deadlineUs) return;
    this.timer?.cancel();
    this.timerUs = Math.max(deadlineUs, this.loop.clock.nowUs());
    this.timer = this.loop.clock.at(this.timerUs + this.loop.lateUs, this.wake);
  }

  get isSet(): boolean {
    return this.deadlineUs !== NEVER;
  }

  off(): void {
    this.deadlineUs = NEVER;
  }

  /** Runs if it is due; otherwise sees to it that it will. */
  settle(): void {
    if (this.deadlineUs === NEVER || !this.loop.alive) return;
    if (this.deadlineUs > this.loop.clock.nowUs()) {
      this.set(this.deadlineUs);
      return;
    }
    this.deadlineUs = NEVER;
    this.run();
  }

  private wakeUp(): void {
    this.timer = undefined;
    this.timerUs = NEVER;
    if (this.loop.frozen && this.deadlineUs <= this.loop.clock.nowUs()) this.loop.hold(this);
    else this.settle();
  }
}

export class Loop {
  readonly clock: Clock;
  /** How late timers are. */
  readonly lateUs: Us;
  alive = true;
  frozen = false;
  private held: Alarm[] = [];

  constructor(clock: Clock, lateUs: Us = 0) {
    this.clock = clock;
    this.lateUs = lateUs;
  }

  nowUs(): Us {
    return this.clock.nowUs();
  }

  alarm(run: () => void): Alarm {
    return new Alarm(this, run);
  }

  after(delayUs: Us, run: () => void): Alarm {
    const alarm = new Alarm(this, run);
    alarm.set(this.clock.nowUs() + delayUs);
    return alarm;
  }

  hold(alarm: Alarm): void {
    this.held.push(alarm);
  }

  /** How long ago the first of what waits was due; 0: nothing waits. */
  overdueUs(): Us {
    let firstUs = NEVER;
    for (const alarm of this.held) firstUs = Math.min(firstUs, alarm.deadlineUs);
    return firstUs === NEVER ? 0 : this.clock.nowUs() - firstUs;
  }

  /** Runs what fell due meanwhile, in the order in which it was due. */
  thaw(): void {
    this.frozen = false;
    const waiting = this.held;
    this.held = [];
    for (const alarm of waiting) alarm.settle();
  }

  end(): void {
    this.alive = false;
    this.held = [];
  }
}
