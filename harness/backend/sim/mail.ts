/**
 * Mail on the segment: a node's daemon reaches the sink beside the client, or nobody. Left out: what a
 * sender does when its server is lost halfway, queues, mail programs of scripts (the lab's images have none).
 */
import type { RandomStream } from "../../core/random.ts";
import type { Us } from "../../core/time.ts";
import type { EventBody } from "../../history/events.ts";
import type { EventQueue } from "./clock.ts";
import type { Meeting } from "./database.ts";
import type { MailNews, OutgoingMail } from "./keepalived/host.ts";
import type { Segment } from "./network.ts";

/** From the line of the transition to "connected" in syslog: 0.6 to 5 ms in 20 mails on two busy cores. */
const CONNECTED_US: readonly [leastUs: Us, mostUs: Us] = [600, 4000];
/** From there to the mail at the sink: 0.6 to 480 ms, 6 ms in the median; above 30 ms the machine was late. */
const ACCEPTED_US: readonly [leastUs: Us, mostUs: Us] = [600, 30_000];
/** The answer to it, at the sender. */
const ANSWERED_US: Us = 300;

interface MailParts {
  readonly clock: EventQueue;
  readonly chance: RandomStream;
  readonly segment: Segment;
  readonly record: (tUs: Us, body: EventBody) => void;
  /** Station that the sink runs on. */
  readonly station: string;
}

export type Deliver = (
  from: string,
  message: OutgoingMail,
  heard: (news: MailNews) => void,
) => void;

export function mailOf({ clock, chance, segment, record, station }: MailParts): Deliver {
  return (from, message, heard) => {
    const { server, from: author, to, subject, body } = message;
    const met = (): Meeting => segment.connect(from, server.host, server.port);
    const isTaken = (meeting: Meeting): boolean =>
      meeting.kind === "open" && meeting.node === station;
    const told = (delayUs: Us, news: MailNews): void => {
      clock.after(delayUs, () => {
        heard(news);
      });
    };
    const first = met();
    if (first.kind === "silence") {
      told(message.connectTimeoutUs, "silent");
      return;
    }
    const connectedUs = chance.integer(...CONNECTED_US);
    if (!isTaken(first)) {
      told(connectedUs, "refused");
      return;
    }
    told(connectedUs, "connected");
    const acceptedUs = connectedUs + chance.integer(...ACCEPTED_US);
    clock.after(acceptedUs, () => {
      if (!isTaken(met())) return;
      record(clock.nowUs(), { kind: "mail", sender: from, from: author, to, subject, body });
      told(ANSWERED_US, "accepted");
    });
  };
}
