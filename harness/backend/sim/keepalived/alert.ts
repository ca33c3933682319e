/**
 * Mails of the daemon: one for each call, to the server of the configuration, asynchronous, and tried once;
 * subject, body and log as received from 2.2.7, 2.3.3 and 2.3.4. Left out: a server that is lost halfway, and
 * `smtp_helo_name`, which no receiver here looks at.
 */
import type { GlobalDefs } from "../../../keepalived/config.ts";
import type { DaemonHost, MailNews, Program } from "./host.ts";

interface Sender {
  readonly host: DaemonHost;
  readonly globals: GlobalDefs;
  readonly program: Program;
}

/** Without a server or a recipient nothing is sent (`smtp.c:smtp_alert`, 2.3.4). */
export function sendAlert(
  { host, globals, program }: Sender,
  { subject, body }: { readonly subject: string; readonly body: string },
): void {
  const { smtpServer, notificationEmails, notificationEmailFrom } = globals;
  if (smtpServer === undefined || notificationEmails.length === 0) return;
  const message = {
    server: smtpServer,
    from: notificationEmailFrom ?? `root@${host.name}`,
    to: notificationEmails,
    subject: `[${globals.routerId ?? host.name}] ${subject}`,
    body: `${body}\n`,
    connectTimeoutUs: globals.smtpConnectTimeoutUs,
  };
  const where = `[${smtpServer.host}]:${smtpServer.port}`;
  host.mail(message, (news) => {
    host.log(program, wordsOf(news, where));
  });
}

/** Its connection's, in a daemon with one instance: 16 in 2.3.3 and 2.3.4, 15 in 2.2.7. */
const FIRST_FREE_FD = 16;

function wordsOf(news: MailNews, server: string): string {
  switch (news) {
    case "connected":
      return `Remote SMTP server ${server} connected.`;
    case "accepted":
      return "SMTP alert successfully sent.";
    case "refused":
      return `smtp fd ${FIRST_FREE_FD} returned write error`;
    case "silent":
      return `Timeout opening connection to remote SMTP server ${server}.`;
  }
}
