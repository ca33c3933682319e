/** What tells people: mail, mailx, mutt, sendmail, logger, wall. */
import type { CommandEnd } from "../host.ts";
import { ended, linesOf, optionsOf, type Call } from "./call.ts";

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

/** `logger [-t TAG] [TEXT...]`: one line, or each line of standard input; without a tag the user's name (logger(1)). */
export function logger(call: Call): CommandEnd {
  const options = optionsOf(call.args, "diesT", "tpfnPSu", {
    "--tag=": "t",
    "--priority=": "p",
    "--stderr": "s",
    "--id": "i",
    "--skip-empty": "e",
  });
  const { host } = call;
  host.act(call.argv);
  const lines = options.rest.length > 0 ? [options.rest.join(" ")] : linesOf(call.stdin);
  for (const line of lines) host.log(options.value("t") ?? "root", line);
  return ended("");
}

/** To terminals, of which there are none. */
export function wall(call: Call): CommandEnd {
  call.host.act(call.argv);
  return ended("");
}
