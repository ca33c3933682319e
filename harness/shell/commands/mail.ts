/** What tells people: mail, mailx, mutt, sendmail, logger, wall. */
import type { CommandEnd } from "../host.ts";
import { ended, optionsOf, type Call } from "./call.ts";

export function mail(call: Call): CommandEnd {
  const options = optionsOf(call.args, "vntEiN", "sarbcSquFeA");
  const recipient = options.rest.join(", ");
  const delivered = call.host.mail(recipient, options.value("s") ?? "");
  return ended("", delivered ? 0 : 1, delivered ? "" : `${call.name}: cannot send message\n`);
}

/** The subject is a line of the message. */
export function sendmail(call: Call): CommandEnd {
  const to = call.args.filter((arg) => !arg.startsWith("-"));
  const recipient = to.length > 0 ? to.join(", ") : (/^To: *(.+)$/im.exec(call.stdin)?.[1] ?? "");
  const delivered = call.host.mail(recipient, /^Subject: *(.+)$/im.exec(call.stdin)?.[1] ?? "");
  return ended("", delivered ? 0 : 75);
}

export function logger(call: Call): CommandEnd {
  call.host.act(call.argv);
  return ended("");
}
