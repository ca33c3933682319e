/** The mail sink in the observer: every mail that the nodes send there becomes a fact. */
import { MAIL_SINK, parseSinkLine, readMessage, type SinkConfig } from "../../observe/mail.ts";
import type { ResolvedTopology } from "../../topology/resolve.ts";
import { SMTP_PORT } from "../mail.ts";
import { startProgram, type ProgramContext } from "./program.ts";

/** It watches until the observer is taken down. */
export async function startMailSink(
  context: ProgramContext,
  topology: ResolvedTopology,
): Promise<void> {
  const config: SinkConfig = { port: SMTP_PORT };
  const nodeAt = new Map(topology.nodes.map((node) => [node.address, node.name]));
  await startProgram(context, {
    name: MAIL_SINK,
    folder: "sink",
    config,
    evidence: "mail.jsonl",
    onLine: (line) => {
      const parsed = parseSinkLine(line);
      if (parsed?.[0] !== "mail") return parsed !== undefined;
      const [, epochUs, address, from, to, data] = parsed;
      const node = nodeAt.get(address);
      const sender = node === undefined ? {} : { sender: node };
      context.recordAt(epochUs, { kind: "mail", ...sender, from, to, ...readMessage(data) });
      return false;
    },
  });
}
