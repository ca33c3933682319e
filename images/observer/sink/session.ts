/**
 * One SMTP session as far as a sender of alerts needs one (RFC 5321): lines in, replies out, and each
 * mail that was accepted. Everything is accepted from everybody; nothing is passed on. Left out:
 * extensions, TLS, authentication, VRFY that verifies.
 */

export interface AcceptedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** The message with its header, lines ended by a line feed. */
  readonly data: string;
}

/** RFC 5321 4.5.3.1.8: a server has to take 100 recipients. */
const RECIPIENTS_MAX = 100;
/** A sender that never ends its message must not fill the memory. */
const DATA_MAX = 1_000_000;

export const GREETING = "220 mail sink";

/** What is answered to a line of the client's; `close` ends the connection. */
export interface Reply {
  readonly text: string;
  readonly close?: true;
}

const OK: Reply = { text: "250 OK" };
const BAD_SEQUENCE: Reply = { text: "503 bad sequence of commands" };

export class Session {
  private readonly onMail: (mail: AcceptedMail) => void;
  private isGreeted = false;
  private from: string | undefined;
  private to: string[] = [];
  /** Lines of the message; absent while commands are read. */
  private data: string[] | undefined;
  private size = 0;

  constructor(onMail: (mail: AcceptedMail) => void) {
    this.onMail = onMail;
  }

  /** Nothing is answered to the lines of a message. */
  line(text: string): Reply | undefined {
    return this.data === undefined ? this.command(text) : this.message(this.data, text);
  }

  private command(text: string): Reply {
    const [, verb = "", argument = ""] = /^(\S*)\s*(.*)$/.exec(text) ?? [];
    switch (verb.toUpperCase()) {
      case "HELO":
      case "EHLO":
        if (argument === "") return { text: "501 who are you?" };
        this.reset();
        this.isGreeted = true;
        return { text: "250 mail sink" };
      case "MAIL":
        return this.mail(argument);
      case "RCPT":
        return this.recipient(argument);
      case "DATA":
        if (this.from === undefined) return BAD_SEQUENCE;
        if (this.to.length === 0) return { text: "554 no valid recipients" };
        this.data = [];
        this.size = 0;
        return { text: "354 end with a line of one full stop" };
      case "RSET":
        this.reset();
        return OK;
      case "NOOP":
        return OK;
      case "VRFY":
        return { text: "252 not verified, but a mail would be taken" };
      case "QUIT":
        return { text: "221 closing", close: true };
      default:
        return { text: "500 command not recognised" };
    }
  }

  private mail(argument: string): Reply {
    if (!this.isGreeted || this.from !== undefined) return BAD_SEQUENCE;
    const path = pathAfter("FROM", argument);
    if (typeof path !== "string") return path;
    this.from = path;
    return OK;
  }

  private recipient(argument: string): Reply {
    if (this.from === undefined) return BAD_SEQUENCE;
    const path = pathAfter("TO", argument);
    if (typeof path !== "string") return path;
    if (path === "") return { text: "501 a recipient is needed" };
    if (this.to.length >= RECIPIENTS_MAX) return { text: "452 too many recipients" };
    this.to.push(path);
    return OK;
  }

  private message(data: string[], text: string): Reply | undefined {
    if (text !== ".") {
      // A line that begins with a full stop got another one on its way (RFC 5321 4.5.2).
      const line = text.startsWith(".") ? text.slice(1) : text;
      this.size += line.length + 1;
      if (this.size <= DATA_MAX) data.push(line);
      return undefined;
    }
    const { from = "", to } = this;
    const isTooLong = this.size > DATA_MAX;
    this.reset();
    if (isTooLong) return { text: "552 message too long" };
    this.onMail({ from, to, data: data.join("\n") });
    return OK;
  }

  private reset(): void {
    this.from = undefined;
    this.to = [];
    this.data = undefined;
    this.size = 0;
  }
}

/** `FROM:<a@b>`; the null path `<>` is one too. Parameters are for extensions, of which there are none. */
function pathAfter(keyword: "FROM" | "TO", argument: string): string | Reply {
  const found = /^(\w+)\s*:\s*(?:<([^<>]*)>|([^<>\s]+))\s*(.*)$/.exec(argument);
  if (found?.[1]?.toUpperCase() !== keyword) return { text: `501 expected ${keyword}:<address>` };
  if (found[4] !== "") return { text: "555 parameters are not known here" };
  return found[2] ?? found[3] ?? "";
}
