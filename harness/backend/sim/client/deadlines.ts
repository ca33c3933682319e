/** Deadlines of one length run out in the order they were set: one timer serves them all. */
import type { Us } from "../../../core/time.ts";
import type { Clock } from "../clock.ts";

export interface Expiring {
  readonly done: boolean;
  expire(): void;
}

export class Deadlines {
  private readonly agenda: Clock;
  private readonly durationUs: Us;
  private items: { readonly dueUs: Us; readonly item: Expiring }[] = [];
  private head = 0;
  private armed = false;

  constructor(agenda: Clock, durationUs: Us) {
    this.agenda = agenda;
    this.durationUs = durationUs;
  }

  push(item: Expiring): void {
    this.items.push({ dueUs: this.agenda.nowUs() + this.durationUs, item });
    this.arm();
  }

  private arm(): void {
    if (this.armed) return;
    while (this.items[this.head]?.item.done === true) this.head += 1;
    if (this.head > 1000) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    const next = this.items[this.head];
    if (next === undefined) return;
    this.armed = true;
    this.agenda.at(next.dueUs, () => {
      this.armed = false;
      this.expireDue();
      this.arm();
    });
  }

  private expireDue(): void {
    for (;;) {
      const next = this.items[this.head];
      if (next === undefined || next.dueUs > this.agenda.nowUs()) return;
      this.head += 1;
      const { item } = next;
      if (!item.done) item.expire();
    }
  }
}
