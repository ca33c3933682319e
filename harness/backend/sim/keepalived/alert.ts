/**
 * Mails of the daemon: one for each call, to the server of the configuration, asynchronous; subject, body and
 * log as received from 2.2.7, 2.3.3 and 2.3.4. Left out: what it logs when the server refuses or is silent, and
 * `smtp_helo_name`, which no receiver here looks at.
 */
import type { GlobalDefs } from "../../../keepalived/config.ts";
import type { DaemonHost, Program } from "./host.ts";

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
  };
  host.mail(message, {
    connected: () => {
      const where = `[${smtpServer.host}]:${smtpServer.port}`;
      host.log(program, `Remote SMTP server ${where} connected.`);
    },
    accepted: () => {
      host.log(program, "SMTP alert successfully sent.");
    },
  });
}
