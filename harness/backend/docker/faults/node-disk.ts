/** Driver that takes all space on the disk of a node's data directory. */
import type { Receipt } from "../../../fault/receipt.ts";
import { DATA_DISK } from "../disk.ts";
import { inHost, timed, type DockerNode } from "../node.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";

export function diskFullDriver(): FaultDriver {
  return {
    look: async ({ node }) => ({
      disk: hasDisk(node),
      ...(hasDisk(node) ? { availableBlocks: await availableBlocks(node) } : {}),
    }),
    act: (context) => {
      if (!hasDisk(context.node)) return timed(context.node.toolbox, "true");
      const file = fillFile(context);
      // First in large steps; then what is left of the last one.
      return timed(
        context.node.host,
        `dd if=/dev/zero of=${file} bs=1M; dd if=/dev/zero of=${file} bs=4k oflag=append conv=notrunc`,
      );
    },
    prove: async (context, before) => {
      const { node } = context;
      if (before["disk"] !== true) {
        return {
          confirmed: false,
          proof: `the data directory of ${node.spec.name} has no disk of its own: its server has no dataDiskMb in the topology`,
          facts: { before },
        };
      }
      if (before["availableBlocks"] === 0) {
        const proof = `the disk of ${node.spec.name} was full before`;
        return { confirmed: false, proof, facts: { before } };
      }
      return proveFull(context);
    },
    heal: async (context) => {
      const { node } = context;
      if (!hasDisk(node)) {
        const proof = "there was no disk to fill";
        return { ...(await timed(node.toolbox, "true")), receipt: refused(proof) };
      }
      const done = await timed(node.host, `rm -f ${fillFile(context)}`);
      const blocks = await availableBlocks(node);
      return {
        ...done,
        receipt: {
          confirmed: blocks > 0,
          proof: `${blocks} blocks are available on the disk of ${node.spec.name}`,
          facts: { availableBlocks: blocks },
        },
      };
    },
  };
}

function refused(proof: string): Receipt {
  return { confirmed: false, proof, facts: {} };
}

function hasDisk(node: DockerNode): boolean {
  return node.spec.mysql?.dataDiskMb !== undefined;
}

/** On the same file system as the data directory, and not in it. */
function fillFile({ handle }: FaultContext): string {
  return `${DATA_DISK}/fill-${handle}`;
}

async function availableBlocks(node: DockerNode): Promise<number> {
  const { stdout } = await inHost(node, ["stat", "-f", "-c", "%a", DATA_DISK]);
  return Number(stdout.trim() || Number.NaN);
}

async function proveFull(context: FaultContext): Promise<Receipt> {
  const { node, handle } = context;
  const probe = `${DATA_DISK}/probe-${handle}`;
  const blocks = await availableBlocks(node);
  const written = await inHost(node, [
    "sh",
    "-c",
    `LC_ALL=C dd if=/dev/zero of=${probe} bs=1 count=1; rc=$?; rm -f ${probe}; exit $rc`,
  ]);
  const said = written.stderr.trim();
  const fails = written.exitCode !== 0 && /No space left/.test(said);
  return {
    confirmed: blocks === 0 && fails,
    proof: `${blocks} blocks are available on the disk of ${node.spec.name}, and a write ${fails ? "fails for lack of space" : "does not fail for lack of space"}`,
    facts: { availableBlocks: blocks, write: said },
  };
}
