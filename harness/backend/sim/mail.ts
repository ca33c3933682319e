/**
 * Mail on the segment: a node's daemon reaches the sink beside the client, or nobody. Left out: what a
 * sender does when nobody answers, queues, mail programs of scripts (the lab's images have none).
 */
import type { RandomStream } from "../../core/random.ts";
import type { Us } from "../../core/time.ts";
import type { EventBody } from "../../history/events.ts";
import type { EventQueue } from "./clock.ts";
import type { OutgoingMail } from "./keepalived/host.ts";
import type { Segment } from "./network.ts";

/** From the line of the transition to "connected" in syslog: 0.6 to 5 ms in 20 mails on two busy cores. */
const CONNECTED_US: readonly [leastUs: Us, mostUs: Us] = [600, 4000];
/** From there to the mail at the sink: 0.6 to 100 ms, 6 ms in the median; above 30 ms the machine was late. */
const ACCEPTED_US: readonly [leastUs: Us, mostUs: Us] = [600, 30_000];
/** The answer to it, at the sender. */
const ANSWERED_US: Us = 300;

interface MailParts {
  readonly clock: EventQueue;
  readonly chance: RandomStream;
  readonly segment: Segment;
  readonly record: (tUs: Us, body: EventBody) => void;
  /** Station that the sink runs on. */
  readonly sink: string;
}

export type Deliver = (
  from: string,
  message: OutgoingMail,
  heard: { connected(): void; accepted(): void },
) => void;

export function mailOf({ clock, chance, segment, record, sink }: MailParts): Deliver {
  return (from, { server, from: author, to, subject, body }, heard) => {
    const reaches = (): boolean => {
      const met = segment.connect(from, server.host, server.port);
      return met.kind === "open" && met.node === sink;
    };
    if (!reaches()) return;
    const connectedUs = chance.integer(...CONNECTED_US);
    const acceptedUs = connectedUs + chance.integer(...ACCEPTED_US);
    clock.after(connectedUs, () => {
      heard.connected();
    });
    clock.after(acceptedUs, () => {
      if (!reaches()) return;
      record(clock.nowUs(), { kind: "mail", sender: from, from: author, to, subject, body });
      clock.after(ANSWERED_US, () => {
        heard.accepted();
      });
    });
  };
}
