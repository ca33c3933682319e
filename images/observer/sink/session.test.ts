import { describe, expect, test } from "vitest";
import { Session, type AcceptedMail } from "./session.ts";

/** Codes of the replies to these lines, `-` where nothing is answered, and what was accepted. */
function talk(...lines: readonly string[]): { codes: string; mails: AcceptedMail[] } {
  const mails: AcceptedMail[] = [];
  const session = new Session((mail) => mails.push(mail));
  const codes = lines.map((line) => session.line(line)?.text.slice(0, 3) ?? "-").join(" ");
  return { codes, mails };
}

const ENVELOPE = ["HELO db1", "MAIL FROM:<a@example.test>", "RCPT TO:<b@example.test>"];

describe("a session", () => {
  test("takes a mail as keepalived sends it", () => {
    const { codes, mails } = talk(
      ...ENVELOPE,
      "RCPT TO:<c@example.test>",
      "DATA",
      "Subject: moved",
      "",
      "body",
      ".",
      "QUIT",
    );
    expect(codes).toBe("250 250 250 250 354 - - - 250 221");
    expect(mails).toEqual([
      {
        from: "a@example.test",
        to: ["b@example.test", "c@example.test"],
        data: "Subject: moved\n\nbody",
      },
    ]);
  });

  test("takes the second full stop off a line that begins with one", () => {
    expect(talk(...ENVELOPE, "DATA", "..", "..x", ".").mails[0]?.data).toBe(".\n.x");
  });

  test("takes several mails, each with recipients of its own", () => {
    const one = [...ENVELOPE.slice(1), "DATA", "x", "."];
    const { mails } = talk("EHLO db1", ...one, ...one);
    expect(mails.map(({ to }) => to)).toEqual([["b@example.test"], ["b@example.test"]]);
  });

  test("forgets an envelope on RSET, and when the client greets again", () => {
    expect(talk(...ENVELOPE, "RSET", "DATA").codes).toBe("250 250 250 250 503");
    expect(talk(...ENVELOPE, "HELO db1", "RCPT TO:<b>").codes).toBe("250 250 250 250 503");
  });

  test("refuses what comes in the wrong order", () => {
    expect(talk("MAIL FROM:<a>", "RCPT TO:<b>", "DATA").codes).toBe("503 503 503");
    expect(talk("HELO x", "MAIL FROM:<a>", "MAIL FROM:<a>", "DATA").codes).toBe("250 250 503 554");
  });

  test("knows no parameters, and says so of what it cannot read", () => {
    const { codes } = talk("HELO x", "MAIL FROM:<a> SIZE=1", "MAIL a", "MAIL TO:<a>", "STARTTLS");
    expect(codes).toBe("250 555 501 501 500");
    expect(talk("HELO x", "MAIL FROM:<>", "RCPT TO:<>").codes).toBe("250 250 501");
  });

  test("refuses a message without end, and goes on", () => {
    const line = "x".repeat(1000);
    const { codes, mails } = talk(
      ...ENVELOPE,
      "DATA",
      ...Array.from({ length: 1001 }, () => line),
      ".",
      ...ENVELOPE.slice(1),
    );
    expect(codes.endsWith("- 552 250 250")).toBe(true);
    expect(mails).toEqual([]);
  });
});
