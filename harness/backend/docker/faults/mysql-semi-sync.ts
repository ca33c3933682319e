/** Semi-synchronous replication switched off on a source. */
import type { Receipt } from "../../../fault/receipt.ts";
import { semiSyncNames, semiSyncSql } from "../../../mysql/administration.ts";
import { awaitSemiSync } from "../settle.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";
import { textOf, timedSql } from "./mysql-sql.ts";

const LOOKS = 100;

export function semiSyncDriver(): FaultDriver {
  return {
    look: async (context) => ({ status: await status(context, "ON", 1) }),
    act: ({ node, flavour }) => timedSql(node, semiSyncSql(flavour, false)),
    prove: async (context, before) => {
      const was = textOf(before["status"]);
      if (was === "ON") return proveStatus(context, "OFF");
      const { name } = context.node.spec;
      const proof = `semi-synchronous replication was ${was || "not installed"} on ${name} before the fault`;
      return { confirmed: false, proof, facts: before };
    },
    heal: async (context) => {
      const healed = await timedSql(context.node, semiSyncSql(context.flavour, true));
      return { ...healed, receipt: await proveStatus(context, "ON") };
    },
  };
}

function status(context: FaultContext, wanted: "ON" | "OFF", looks: number): Promise<string> {
  return awaitSemiSync(context.node, context.flavour, wanted, looks);
}

async function proveStatus(context: FaultContext, wanted: "ON" | "OFF"): Promise<Receipt> {
  const said = await status(context, wanted, wanted === "ON" ? LOOKS : 1);
  const { node, flavour } = context;
  return {
    confirmed: said === wanted,
    proof: `${semiSyncNames(flavour).status} is ${said || "unknown"} on ${node.spec.name}`,
    facts: { status: said },
  };
}
