/**
 * The mail sink of the test network: an SMTP server that takes every mail and prints it as a line on
 * stdout (see `harness/observe/mail.ts`). Ends when its standard input ends.
 */
import { createServer, type Socket } from "node:net";
import type { SinkConfig, SinkLine } from "../../../harness/observe/mail.ts";
import { nowUs } from "../client/clock.ts";
import { GREETING, Session } from "./session.ts";

/** RFC 5321 4.5.3.2.7: a server waits at least five minutes for a command. */
const IDLE_MS = 300_000;
/** A client without line ends is no client (RFC 5321 4.5.3.1.6: 1,000 octets). */
const LINE_MAX = 100_000;

const config = JSON.parse(process.argv[2] ?? "{}") as SinkConfig;

function print(line: SinkLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function serve(socket: Socket): void {
  const sender = socket.remoteAddress ?? "";
  const session = new Session(({ from, to, data }) => {
    print(["mail", nowUs(), sender, from, to, data]);
  });
  let rest = "";
  socket.setEncoding("utf8");
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  // A client that goes away in the middle has sent no mail, which is all there is to say of it.
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LINE_MAX) socket.destroy();
    for (const line of lines) {
      const reply = session.line(line.replace(/\r$/, ""));
      if (reply === undefined || socket.writableEnded) continue;
      if (reply.close === true) socket.end(`${reply.text}\r\n`);
      else socket.write(`${reply.text}\r\n`);
    }
  });
  socket.write(`${GREETING}\r\n`);
}

createServer(serve).listen(config.port, "0.0.0.0", () => {
  print(["ready", nowUs()]);
});

process.stdin.resume();
process.stdin.once("end", () => {
  process.stdout.write("", () => process.exit(0));
});
