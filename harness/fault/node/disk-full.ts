/** The disk of the data directory has no block left: mysqld stays up and answers reads, and writes wait. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface DiskFull {
  readonly kind: "disk-full";
  readonly node: NodeSelector;
}

export const diskFull: FaultDefinition<DiskFull> = {
  kind: "disk-full",
  group: "node",
  schema: z.strictObject({ kind: z.literal("disk-full"), node: nodeSchema }),
  needs: ["data-disk"],
  standsFor: "binary logs, a dump or a forgotten backup fill the disk that MySQL writes to",
  does:
    "Needs a server with `dataDiskMb` in the topology: its data directory then is on a file system of its own of that size. " +
    "A file of ours takes all blocks that are left on it.",
  receipt:
    "The file system says that no block is available, and a write of one byte to a new file fails.",
  healing: "The file is removed. Receipt: blocks are available again.",
  healingWords: "there is space again",
  simulated:
    "From then on commits wait, and so do a replica's writes; both go on with the server's next try, as below. Reads and " +
    "connections are not affected.",
  worthKnowing:
    "Measured on MySQL 9.7.4 and MariaDB 11.8: nothing fails and nothing ends. The first commit that finds no space for the binary log " +
    "waits, all later ones queue behind it, and the error log says once that the disk is full. Reads are answered, " +
    "the port is open, and a check that does not write finds the server in order: the VIP stays. The server tries again " +
    "every 60 s after the first failure, so writes go on up to a minute after there is space again.",
  words: (_fault, node) => `fill the disk of ${node}`,
  examples: [{ kind: "disk-full", node: HOLDER }],
};
