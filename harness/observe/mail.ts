/**
 * Lines that the mail sink prints in the observer, one JSON array each: `["ready",t]`,
 * `["mail",t,senderAddress,from,to,message]`, and what a message says. Times are microseconds since the
 * epoch on the engine's clock.
 */
/** As observers are called in the history. */
export const MAIL_SINK = "mail sink";

export type SinkLine =
  readonly ["ready", number] | readonly ["mail", number, string, string, readonly string[], string];

/** What it is told on its command line, as JSON. */
export interface SinkConfig {
  readonly port: number;
}

/** The line, or nothing when it is torn or not from our program. */
export function parseSinkLine(line: string): SinkLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!Array.isArray(value) || typeof value[1] !== "number") return undefined;
    return value[0] === "ready" || (value[0] === "mail" && value.length === 6)
      ? (value as unknown as SinkLine)
      : undefined;
  } catch {
    return undefined; // a torn last line
  }
}

/** As much as the history keeps of a body. */
const BODY_MAX = 2000;

/**
 * Subject and body of a message (RFC 5322): the header ends at the first empty line, and a line of it that
 * begins with a space goes on with the one before. Encoded words (RFC 2047) are left as they are.
 */
export function readMessage(data: string): { readonly subject: string; readonly body: string } {
  const lines = data.replaceAll("\r\n", "\n").split("\n");
  const empty = lines.indexOf("");
  const header = (empty < 0 ? lines : lines.slice(0, empty))
    .join("\n")
    .replaceAll(/\n[ \t]+/g, " ");
  const subject = /^subject:[ \t]*(.*)$/im.exec(header)?.[1] ?? "";
  const body = empty < 0 ? "" : lines.slice(empty + 1).join("\n");
  return { subject: subject.trim(), body: body.slice(0, BODY_MAX) };
}
