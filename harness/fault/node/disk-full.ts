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
    "From then on every write waits, and so does a replica's applier (its receiver goes on); they go on with the server's next try, " +
    "a multiple of 60 s after the injection. Waiting writes keep their connections. Error 1114, and a server that is started " +
    "on a full disk, are not modelled.",
  worthKnowing:
    "Measured on MySQL 9.7.4 and MariaDB 11.8, which do the same: the server stays up. A write whose table needs another " +
    "page fails with error 1114 (the table is full). The first commit that finds no space for the binary log waits, all later " +
    "ones queue behind it, and the error log says once that the disk is full. Every waiting write keeps its connection, also " +
    "when its client has given up; with a write every 10 ms the 200 connections were used up within seconds, and then reads " +
    "failed as well (error 1040). The port is open all the time, and a check that only looks at it finds the server in order: the " +
    "VIP stays. After there is space again the server waits for the end of the minute that began with the first failure: clients were " +
    "without writes for 62 s and 59 s although the disk was full for 10 s. Ending the server and starting it " +
    "anew is faster.",
  words: (_fault, node) => `fill the disk of ${node}`,
  examples: [{ kind: "disk-full", node: HOLDER }],
};
